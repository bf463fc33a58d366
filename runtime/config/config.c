/* config.c: YAML by libyaml's document API, copied into nodes that know their places. */
#include "config/config.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include <lymph/client.h>

#include "core/arena.h"
#include "core/number.h"

#define FILE_MAX  (1u << 20)
#define DEPTH_MAX 64
#define NODES_MAX 20000       /* with what aliases repeat */
#define TEXT_MAX  (16u << 20) /* of all texts, with what aliases and variables repeat */

struct config {
    arena memory;
    config_node *root;
    config_node *vars; /* for $(var.x); NULL: none */
    const char *folder;
    size_t nodes, text; /* so far: against NODES_MAX and TEXT_MAX */
};

/* One file being loaded. */
typedef struct loading {
    config *c;
    yaml_document_t document;
    const char *file;
    failure *f;
    bool replaces; /* $(…) in it is replaced */
} loading;

static lymph_status no_memory(failure *f)
{
    return failure_set(f, LYMPH_ENOMEM, "out of memory");
}

static lymph_status too_large(const loading *l, unsigned line, unsigned column)
{
    return failure_set(l->f, LYMPH_ECONFIG, "%s:%u:%u: nested too deep, or too large with its aliases and variables",
                       l->file, line, column);
}

/* ---- variables ---- */

static const config_node *child(const config_node *map, const char *key, size_t size)
{
    for (const config_node *n = map && map->kind == CONFIG_MAP ? map->first : NULL; n; n = n->next)
        if (strlen(n->key) == size && memcmp(n->key, key, size) == 0)
            return n;
    return NULL;
}

/* A variable's text; `name` is "env.HOME" or "var.a.b". */
static const char *variable(const loading *l, const char *name, size_t size)
{
    char text[256];
    if (size < 5 || size >= sizeof text)
        return NULL;
    memcpy(text, name + 4, size - 4);
    text[size - 4] = '\0';
    if (memcmp(name, "env.", 4) == 0)
        return getenv(text);
    if (memcmp(name, "var.", 4) != 0)
        return NULL;
    const config_node *flat = child(l->c->vars, text, size - 4), *found = flat ? flat : config_get(l->c->vars, text);
    return found && found->kind == CONFIG_SCALAR ? found->text : NULL;
}

/* The end of a variable that begins at "$(", or NULL if it is none: $(namespace.name). */
static const char *variable_end(const char *at)
{
    const char *end = at + 2 + strspn(at + 2, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    return at[1] == '(' && end > at + 2 && *end == ')' && memchr(at, '.', (size_t)(end - at)) ? end : NULL;
}

/* Size of n's text with its variables replaced, which is written to `to` unless that is NULL. A variable that is not
 * defined leaves its name in `undefined`. */
static size_t expand(const loading *l, const config_node *n, char *to, const char **undefined)
{
    size_t size = 0;
    for (const char *at = n->text; *at;) {
        const char *end = *at == '$' ? variable_end(at) : NULL, *from = at;
        size_t count = 1;
        if (end) {
            from = variable(l, at + 2, (size_t)(end - at - 2));
            if (!from) {
                *undefined = at;
                return 0;
            }
            count = strlen(from);
        }
        if (to)
            memcpy(to + size, from, count);
        size += count;
        at = end ? end + 1 : at + 1;
    }
    return size;
}

static lymph_status replace_variables(loading *l, config_node *n)
{
    const char *undefined = NULL;
    if (!strchr(n->text, '$'))
        return LYMPH_OK;
    size_t size = expand(l, n, NULL, &undefined);
    if (undefined)
        return failure_set(l->f, LYMPH_ECONFIG, "%s:%u:%u: %.*s is not defined", n->file, n->line, n->column,
                           (int)(variable_end(undefined) + 1 - undefined), undefined);
    if (size > TEXT_MAX - l->c->text)
        return too_large(l, n->line, n->column);
    char *text = arena_alloc(&l->c->memory, size + 1);
    if (!text)
        return no_memory(l->f);
    expand(l, n, text, &undefined);
    text[size] = '\0';
    l->c->text += size;
    n->text = text;
    return LYMPH_OK;
}

/* ---- loading ---- */

static lymph_status convert(loading *l, int index, const char *key, config_node **out, int depth);

static bool is_null(const yaml_node_t *y)
{
    const char *text = (const char *)y->data.scalar.value;
    return y->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (!*text || strcmp(text, "~") == 0 || strcasecmp(text, "null") == 0);
}

static lymph_status copy_text(loading *l, const yaml_node_t *y, const char **out)
{
    const char *text = (const char *)y->data.scalar.value;
    size_t size = y->data.scalar.length;
    unsigned line = (unsigned)y->start_mark.line + 1, column = (unsigned)y->start_mark.column + 1;
    if (strlen(text) != size)
        return failure_set(l->f, LYMPH_ECONFIG, "%s:%u:%u: a NUL in a text", l->file, line, column);
    if (size > TEXT_MAX - l->c->text)
        return too_large(l, line, column);
    l->c->text += size;
    *out = arena_strndup(&l->c->memory, text, size);
    return *out ? LYMPH_OK : no_memory(l->f);
}

static lymph_status convert_scalar(loading *l, const yaml_node_t *y, config_node *n)
{
    if (is_null(y))
        return LYMPH_OK;
    lymph_status st = copy_text(l, y, &n->text);
    return st || !l->replaces ? st : replace_variables(l, n);
}

static bool is_merge(const yaml_node_t *key)
{
    return key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && strcmp((char *)key->data.scalar.value, "<<") == 0;
}

/* Adds to `n` what the map `from` has and `n` has not. */
static void inherit_from(config_node *n, const config_node *from)
{
    config_node **end = &n->first;
    while (*end)
        end = &(*end)->next;
    for (config_node *inner = from->first, *next; inner; inner = next) {
        next = inner->next;
        if (child(n, inner->key, strlen(inner->key)))
            continue;
        inner->next = NULL;
        *end = inner;
        end = &inner->next;
    }
}

/* YAML's merge key: `<<: *other`, or a list of such. */
static lymph_status inherit(loading *l, const yaml_node_t *y, config_node *n, int depth)
{
    for (yaml_node_pair_t *p = y->data.mapping.pairs.start; p < y->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(&l->document, p->key);
        config_node *from = NULL;
        if (!is_merge(k))
            continue;
        lymph_status st = convert(l, p->value, "<<", &from, depth);
        if (st)
            return st;
        for (config_node *m = from->kind == CONFIG_LIST ? from->first : from; m;
             m = from->kind == CONFIG_LIST ? m->next : NULL) {
            if (m->kind != CONFIG_MAP)
                return failure_set(l->f, LYMPH_ECONFIG, "%s:%u:%u: <<: a map is expected", m->file, m->line, m->column);
            inherit_from(n, m);
        }
    }
    return LYMPH_OK;
}

static lymph_status convert_map(loading *l, const yaml_node_t *y, config_node *n, int depth)
{
    config_node **end = &n->first;
    for (yaml_node_pair_t *p = y->data.mapping.pairs.start; p < y->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(&l->document, p->key);
        unsigned line = (unsigned)k->start_mark.line + 1, column = (unsigned)k->start_mark.column + 1;
        if (k->type != YAML_SCALAR_NODE)
            return failure_set(l->f, LYMPH_ECONFIG, "%s:%u:%u: a key must be a text", l->file, line, column);
        if (is_merge(k))
            continue;
        const char *key;
        lymph_status st = copy_text(l, k, &key);
        if (st)
            return st;
        if (child(n, key, strlen(key)))
            return failure_set(l->f, LYMPH_ECONFIG, "%s:%u:%u: the key '%s' is there twice", l->file, line, column,
                               key);
        st = convert(l, p->value, key, end, depth);
        if (st)
            return st;
        end = &(*end)->next;
    }
    return inherit(l, y, n, depth);
}

static lymph_status convert_list(loading *l, const yaml_node_t *y, config_node *n, int depth)
{
    config_node **end = &n->first;
    for (yaml_node_item_t *i = y->data.sequence.items.start; i < y->data.sequence.items.top; i++) {
        lymph_status st = convert(l, *i, NULL, end, depth);
        if (st)
            return st;
        end = &(*end)->next;
    }
    return LYMPH_OK;
}

static lymph_status convert(loading *l, int index, const char *key, config_node **out, int depth)
{
    const yaml_node_t *y = yaml_document_get_node(&l->document, index);
    unsigned line = (unsigned)y->start_mark.line + 1, column = (unsigned)y->start_mark.column + 1;
    if (depth > DEPTH_MAX || ++l->c->nodes > NODES_MAX)
        return too_large(l, line, column);
    config_node *n = arena_zalloc(&l->c->memory, sizeof *n);
    if (!n)
        return no_memory(l->f);
    n->key = key;
    n->file = l->file;
    n->line = line;
    n->column = column;
    *out = n;
    switch (y->type) {
    case YAML_MAPPING_NODE:
        n->kind = CONFIG_MAP;
        return convert_map(l, y, n, depth + 1);
    case YAML_SEQUENCE_NODE:
        n->kind = CONFIG_LIST;
        return convert_list(l, y, n, depth + 1);
    default:
        n->kind = CONFIG_SCALAR;
        return convert_scalar(l, y, n);
    }
}

static lymph_status parse(config *c, const char *text, size_t size, const char *file, bool replaces, config_node **out,
                          failure *f)
{
    yaml_parser_t parser;
    loading l = {.c = c, .f = f, .replaces = replaces, .file = arena_strndup(&c->memory, file, strlen(file))};
    if (!l.file || !yaml_parser_initialize(&parser))
        return no_memory(f);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    lymph_status st = LYMPH_OK;
    *out = NULL;
    if (!yaml_parser_load(&parser, &l.document)) {
        st = parser.problem ? failure_set(f, LYMPH_ECONFIG, "%s:%zu:%zu: %s", file, parser.problem_mark.line + 1,
                                          parser.problem_mark.column + 1, parser.problem)
                            : no_memory(f); /* libyaml has a reason to tell for all but this */
    } else {
        yaml_node_t *root = yaml_document_get_root_node(&l.document);
        if (root && !(root->type == YAML_SCALAR_NODE && is_null(root))) {
            st = convert(&l, 1, NULL, out, 0);
            if (!st && (*out)->kind != CONFIG_MAP)
                st = failure_set(f, LYMPH_ECONFIG, "%s:%u:%u: a map is expected", file, (*out)->line, (*out)->column);
        }
        yaml_document_delete(&l.document);
    }
    yaml_parser_delete(&parser);
    return st;
}

static lymph_status parse_file(config *c, const char *file, bool replaces, config_node **out, failure *f)
{
    FILE *stream = fopen(file, "re");
    if (!stream)
        return failure_set(f, LYMPH_ECONFIG, "cannot read the configuration %s: %s", file, strerror(errno));
    char *text = malloc(FILE_MAX + 1);
    size_t size = text ? fread(text, 1, FILE_MAX + 1, stream) : 0;
    lymph_status st = LYMPH_OK;
    if (!text)
        st = no_memory(f);
    else if (ferror(stream))
        st = failure_set(f, LYMPH_ECONFIG, "cannot read the configuration %s: %s", file, strerror(errno));
    else if (size > FILE_MAX)
        st = failure_set(f, LYMPH_ECONFIG, "the configuration %s is larger than 1 MiB", file);
    else
        st = parse(c, text, size, file, replaces, out, f);
    fclose(stream);
    free(text);
    return st;
}

/* ---- merging ---- */

static config_node *find_or_add(config *c, config_node *map, const char *key, const config_node *at)
{
    config_node **end = &map->first;
    for (; *end; end = &(*end)->next)
        if (strcmp((*end)->key, key) == 0)
            return *end;
    config_node *n = arena_zalloc(&c->memory, sizeof *n);
    if (!n)
        return NULL;
    *n = *at;
    n->key = key;
    n->next = NULL;
    n->first = NULL;
    n->kind = CONFIG_MAP;
    return *end = n;
}

/* Puts `n` (with its siblings left behind) into `map`, in place of what has its key. */
static void put(config_node *map, config_node *n)
{
    config_node **at = &map->first;
    while (*at && strcmp((*at)->key, n->key) != 0)
        at = &(*at)->next;
    n->next = *at ? (*at)->next : NULL;
    *at = n;
}

/* As the original does: within a section, later keys replace earlier ones. */
static void merge(config *c, config_node *file, const char *const *sections)
{
    for (config_node *n = file ? file->first : NULL, *next; n; n = next) {
        next = n->next;
        bool wanted = !sections;
        for (const char *const *s = sections; s && *s && !wanted; s++)
            wanted = strcmp(*s, n->key) == 0;
        if (!wanted)
            continue;
        config_node *have = (config_node *)child(c->root, n->key, strlen(n->key));
        if (!have || have->kind != CONFIG_MAP || n->kind != CONFIG_MAP) {
            put(c->root, n);
            continue;
        }
        for (config_node *inner = n->first, *after; inner; inner = after) {
            after = inner->next;
            put(have, inner);
        }
    }
}

/* The original's old names of two sections. */
static lymph_status move_section(config *c, const char *old, const char *key, failure *f)
{
    const config_node *n = child(c->root, old, strlen(old));
    if (!n)
        return LYMPH_OK;
    config_node *container = find_or_add(c, c->root, "container", n), *copy = arena_zalloc(&c->memory, sizeof *copy);
    if (!container || !copy)
        return no_memory(f);
    if (child(container, key, strlen(key)))
        return LYMPH_OK;
    *copy = *n;
    copy->key = key;
    put(container, copy);
    return LYMPH_OK;
}

/* ---- entry points ---- */

static config *config_new(void)
{
    config *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    arena_init(&c->memory);
    c->folder = ".";
    c->root = arena_zalloc(&c->memory, sizeof *c->root);
    if (!c->root) {
        config_free(c);
        return NULL;
    }
    c->root->kind = CONFIG_MAP;
    c->root->file = "configuration";
    c->root->line = c->root->column = 1;
    return c;
}

void config_free(config *c)
{
    if (!c)
        return;
    arena_done(&c->memory);
    free(c);
}

static lymph_status load_main(config *c, const char *file, failure *f)
{
    config_node *root = NULL;
    if (!file)
        file = getenv("LYMPH_CONFIG");
    if (!file || !*file) {
        file = ".lymph.yml";
        FILE *probe = fopen(file, "re");
        if (!probe && errno == ENOENT)
            return LYMPH_OK;
        if (probe)
            fclose(probe);
    }
    lymph_status st = parse_file(c, file, true, &root, f);
    if (st)
        return st;
    char *copy = arena_strndup(&c->memory, file, strlen(file));
    if (!copy)
        return no_memory(f);
    c->folder = dirname(copy);
    merge(c, root, NULL);
    return LYMPH_OK;
}

lymph_status config_load(const char *file, const char *vars, config **out, failure *f)
{
    static const char *const node_sections[] = {"container", "registry",     "event_system",
                                                "plugins",   "dependencies", NULL};
    config *c = config_new();
    if (!c)
        return no_memory(f);
    lymph_status st = LYMPH_OK;
    const char *node = getenv("LYMPH_NODE_CONFIG");
    if (!vars)
        vars = getenv("LYMPH_VARS");
    if (vars && *vars)
        st = parse_file(c, vars, false, &c->vars, f);
    if (!st && node && *node) {
        config_node *root = NULL;
        st = parse_file(c, node, true, &root, f);
        if (!st)
            merge(c, root, node_sections);
    }
    if (!st)
        st = load_main(c, file, f);
    if (!st)
        st = move_section(c, "registry", "registry", f);
    if (!st)
        st = move_section(c, "event_system", "events", f);
    if (st) {
        config_free(c);
        return st;
    }
    *out = c;
    return LYMPH_OK;
}

lymph_status config_load_text(const char *text, size_t size, const char *name, config **out, failure *f)
{
    config *c = config_new();
    if (!c)
        return no_memory(f);
    config_node *root = NULL;
    lymph_status st = parse(c, text, size, name, true, &root, f);
    if (st) {
        config_free(c);
        return st;
    }
    merge(c, root, NULL);
    *out = c;
    return LYMPH_OK;
}

const config_node *config_root(const config *c)
{
    return c->root;
}

const char *config_folder(const config *c)
{
    return c->folder;
}

/* ---- looking up ---- */

const config_node *config_get(const config_node *node, const char *path)
{
    while (node && *path) {
        size_t size = strcspn(path, ".");
        node = child(node, path, size);
        path += size + (path[size] == '.');
    }
    return node;
}

static const config_node *scalar(const config_node *node, const char *path, const char *expected, lymph_status *st,
                                 failure *f)
{
    const config_node *n = config_get(node, path);
    *st = LYMPH_OK;
    if (n && n->kind != CONFIG_SCALAR) {
        *st =
            failure_set(f, LYMPH_ECONFIG, "%s:%u:%u: %s: %s is expected", n->file, n->line, n->column, path, expected);
        return NULL;
    }
    return n && n->text ? n : NULL;
}

static lymph_status wrong(const config_node *n, const char *path, const char *expected, failure *f)
{
    return failure_set(f, LYMPH_ECONFIG, "%s:%u:%u: %s: %s is expected, not '%s'", n->file, n->line, n->column, path,
                       expected, n->text);
}

lymph_status config_text(const config_node *node, const char *path, const char **out, failure *f)
{
    lymph_status st;
    const config_node *n = scalar(node, path, "a text", &st, f);
    if (n)
        *out = n->text;
    return st;
}

lymph_status config_int(const config_node *node, const char *path, long min, long max, long *out, failure *f)
{
    lymph_status st;
    const config_node *n = scalar(node, path, "an integer", &st, f);
    if (!n)
        return st;
    char *end;
    errno = 0;
    long value = strtol(n->text, &end, 10);
    if (errno || *end || end == n->text || value < min || value > max) {
        char expected[80];
        snprintf(expected, sizeof expected, "an integer of %ld to %ld", min, max);
        return wrong(n, path, expected, f);
    }
    *out = value;
    return LYMPH_OK;
}

lymph_status config_number(const config_node *node, const char *path, double *out, failure *f)
{
    lymph_status st;
    const config_node *n = scalar(node, path, "a number", &st, f);
    if (!n)
        return st;
    char *end;
    double value = number_parse(n->text, &end);
    if (*end || end == n->text || !(value >= 0) || !isfinite(value))
        return wrong(n, path, "a number that is not negative", f);
    *out = value;
    return LYMPH_OK;
}

lymph_status config_bool(const config_node *node, const char *path, bool *out, failure *f)
{
    static const char *const yes[] = {"true", "yes", "on"}, *const no[] = {"false", "no", "off"};
    lymph_status st;
    const config_node *n = scalar(node, path, "true or false", &st, f);
    if (!n)
        return st;
    for (int i = 0; i < 3; i++) {
        if (strcasecmp(n->text, yes[i]) == 0 || strcasecmp(n->text, no[i]) == 0) {
            *out = strcasecmp(n->text, yes[i]) == 0;
            return LYMPH_OK;
        }
    }
    return wrong(n, path, "true or false", f);
}

void config_check_keys(const config_node *node, const char *const *known, void (*warn)(void *arg, const char *text),
                       void *arg)
{
    for (const config_node *n = node && node->kind == CONFIG_MAP ? node->first : NULL; n; n = n->next) {
        bool found = false;
        for (const char *const *k = known; *k && !found; k++)
            found = strcmp(*k, n->key) == 0;
        if (found)
            continue;
        char text[400];
        const char *near = lymph_suggest(n->key, known);
        snprintf(text, sizeof text, "%s:%u:%u: unknown key '%.100s'%s%s%s", n->file, n->line, n->column, n->key,
                 near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
        warn(arg, text);
    }
}
