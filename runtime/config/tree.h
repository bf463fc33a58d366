/* tree.h: the configuration behind config.h, as the files of this folder share it. */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

#include "config/config.h"
#include "core/arena.h"

#define CONFIG_TEXT_MAX (16u << 20) /* of all texts, with what aliases and variables repeat */

struct config {
    arena memory;
    config_node *root;
    config_node *vars; /* for $(var.x); NULL: none */
    const char *folder;
    size_t nodes, text; /* so far: against the limits of load.c */
};

/* The child of that key; NULL if `map` is none or has none. The key's `size` bytes are not ended. */
const config_node *config_child(const config_node *map, const char *key, size_t size);

#define CONFIG_PATH_MAX 128

/* "container.registry.hosts[1]": the keys that lead to `n`; of a path that is too long, the end. */
void config_path(const config_node *n, char out[CONFIG_PATH_MAX]);

/* LYMPH_ECONFIG with the place and the path of `n`: `expected` belongs there. What stands there is told unless it is
 * secret. */
lymph_status config_wrong(const config_node *n, const char *expected, bool secret, failure *f);
lymph_status config_missing(const config_node *n, failure *f);

lymph_status config_no_memory(failure *f);
lymph_status config_too_large(const char *file, unsigned line, unsigned column, failure *f);

#endif
