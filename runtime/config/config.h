/* config.h: configuration from YAML files, in the original's form.
 *
 * Values are looked up by dotted path ("container.registry.hosts"). $(env.X) and $(var.x) are replaced while loading.
 * The tree is read-only after loading; all texts live until config_free. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "core/failure.h"

typedef struct config config;

typedef enum config_kind { CONFIG_SCALAR, CONFIG_LIST, CONFIG_MAP } config_kind;

/* A node knows where it stands: errors about it name file, line and column. */
typedef struct config_node config_node;
struct config_node {
    config_kind kind;
    const char *text; /* SCALAR: after replacement; NULL for YAML null */
    const char *key;  /* in a map; else NULL */
    const char *file;
    unsigned line, column;         /* from 1 */
    unsigned key_line, key_column; /* of the key; elsewhere as the value's */
    bool quoted;                   /* SCALAR: in quotes, or a block: a text, whatever it looks like */
    const config_node *parent;     /* NULL: the root */
    config_node *next;             /* next in the same list or map */
    config_node *first;            /* LIST, MAP: first child */
};

/* Loads what `lymph --config` and the environment say: LYMPH_NODE_CONFIG first (its sections container, registry,
 * event_system, plugins, dependencies only), then `file`, else LYMPH_CONFIG, else .lymph.yml if there is one. `vars`:
 * file of variables, else LYMPH_VARS. Sections merge as in the original: a later file's keys replace the earlier ones'
 * within a section. Top-level `registry` and `event_system` are taken as container.registry and container.events.
 * LYMPH_ECONFIG: unreadable file, bad YAML, a second document, a tag that means nothing, undefined variable, a key
 * that is there twice; `f` names file, line and column. Bounds: 1 MiB a file, 64 levels, 20,000 nodes and 16 MiB of
 * texts, counting what aliases and variables repeat; reading ends where they are passed. */
lymph_status config_load(const char *file, const char *vars, config **out, failure *f);
lymph_status config_load_text(const char *text, size_t size, const char *name, config **out,
                              failure *f); /* for tests */
void config_free(config *c);               /* NULL is fine */

const config_node *config_root(const config *c); /* a MAP, perhaps empty */

/* The folder of the main configuration file ("." when there is none). */
const char *config_folder(const config *c);

/* NULL if there is nothing at `path` (relative to `node`; NULL node: NULL). */
const config_node *config_get(const config_node *node, const char *path);

/* The section (map) at `path`: NULL if there is none, or null. LYMPH_ECONFIG: something else stands there, or on the
 * way there. */
lymph_status config_section(const config_node *node, const char *path, const config_node **out, failure *f);

/* The text at `path`: `*out` keeps its value when there is nothing (or null). LYMPH_ECONFIG: a list or a section stands
 * there, or no section on the way there. Borrowed from the configuration. What a section holds is read by decode.h. */
lymph_status config_text(const config_node *node, const char *path, const char **out, failure *f);

#endif
