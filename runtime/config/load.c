/* load.c: YAML by libyaml's document API, copied into nodes that know their places. */
#include "config/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "config/tree.h"
#include "config/vars.h"

#define FILE_MAX  (1u << 20)
#define DEPTH_MAX 64
#define NODES_MAX 20000 /* with what aliases repeat */

/* One file being loaded. */
typedef struct loading {
    config *c;
    yaml_document_t document;
    const char *file;
    failure *f;
    bool replaces; /* $(…) in it is replaced */
} loading;

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
    if (size > CONFIG_TEXT_MAX - l->c->text)
        return config_too_large(l->file, line, column, l->f);
    l->c->text += size;
    *out = arena_strndup(&l->c->memory, text, size);
    return *out ? LYMPH_OK : config_no_memory(l->f);
}

static lymph_status convert_scalar(loading *l, const yaml_node_t *y, config_node *n)
{
    if (is_null(y))
        return LYMPH_OK;
    lymph_status st = copy_text(l, y, &n->text);
    return st || !l->replaces ? st : vars_replace(l->c, n, l->f);
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
        if (config_child(n, inner->key, strlen(inner->key)))
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
        if (config_child(n, key, strlen(key)))
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
        return config_too_large(l->file, line, column, l->f);
    config_node *n = arena_zalloc(&l->c->memory, sizeof *n);
    if (!n)
        return config_no_memory(l->f);
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

lymph_status load_text(config *c, const char *text, size_t size, const char *file, bool replaces, config_node **out,
                       failure *f)
{
    yaml_parser_t parser;
    loading l = {.c = c, .f = f, .replaces = replaces, .file = arena_strndup(&c->memory, file, strlen(file))};
    if (!l.file || !yaml_parser_initialize(&parser))
        return config_no_memory(f);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    lymph_status st = LYMPH_OK;
    *out = NULL;
    if (!yaml_parser_load(&parser, &l.document)) {
        st = parser.problem ? failure_set(f, LYMPH_ECONFIG, "%s:%zu:%zu: %s", file, parser.problem_mark.line + 1,
                                          parser.problem_mark.column + 1, parser.problem)
                            : config_no_memory(f); /* libyaml has a reason to tell for all but this */
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

lymph_status load_file(config *c, const char *file, bool replaces, config_node **out, failure *f)
{
    FILE *stream = fopen(file, "re");
    if (!stream)
        return failure_set(f, LYMPH_ECONFIG, "cannot read the configuration %s: %s", file, strerror(errno));
    char *text = malloc(FILE_MAX + 1);
    size_t size = text ? fread(text, 1, FILE_MAX + 1, stream) : 0;
    lymph_status st = LYMPH_OK;
    if (!text)
        st = config_no_memory(f);
    else if (ferror(stream))
        st = failure_set(f, LYMPH_ECONFIG, "cannot read the configuration %s: %s", file, strerror(errno));
    else if (size > FILE_MAX)
        st = failure_set(f, LYMPH_ECONFIG, "the configuration %s is larger than 1 MiB", file);
    else
        st = load_text(c, text, size, file, replaces, out, f);
    fclose(stream);
    free(text);
    return st;
}
