/* load.c: YAML, event by event, so that what is too deep or too large ends where it becomes so. */
#include "config/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "config/tree.h"
#include "config/vars.h"
#include "core/table.h"

#define FILE_MAX  (1u << 20)
#define DEPTH_MAX 64
#define NODES_MAX 20000 /* with what aliases repeat */

/* One file being loaded. */
typedef struct loading {
    config *c;
    yaml_parser_t parser;
    yaml_event_t event; /* the one being looked at */
    const char *file, *text;
    table anchors; /* of whole nodes: none can hold itself */
    failure *f;
    bool replaces; /* $(…) in it is replaced */
} loading;

typedef struct anchor {
    table_node node;
    const config_node *value;
} anchor;

static lymph_status read_node(loading *l, const config_node *parent, config_node **out, int depth);

/* ---- events ---- */

/* libyaml tells the offset of bytes that it cannot read, not their line. */
static yaml_mark_t mark_of(const loading *l)
{
    yaml_mark_t mark = l->parser.problem_mark;
    if (l->parser.error != YAML_READER_ERROR)
        return mark;
    mark = (yaml_mark_t){0};
    for (size_t i = 0; i < l->parser.problem_offset; i++) {
        mark.column = l->text[i] == '\n' ? 0 : mark.column + (((unsigned char)l->text[i] & 0xc0) != 0x80);
        mark.line += l->text[i] == '\n';
    }
    return mark;
}

static lymph_status next(loading *l)
{
    yaml_event_delete(&l->event);
    if (yaml_parser_parse(&l->parser, &l->event))
        return LYMPH_OK;
    memset(&l->event, 0, sizeof l->event);
    yaml_mark_t mark = mark_of(l);
    return l->parser.problem ? failure_set(l->f, LYMPH_ECONFIG, "%s:%zu:%zu: %s", l->file, mark.line + 1,
                                           mark.column + 1, l->parser.problem)
                             : config_no_memory(l->f); /* libyaml has a reason to tell for all but this */
}

static unsigned line_of(const loading *l)
{
    return (unsigned)l->event.start_mark.line + 1;
}

static unsigned column_of(const loading *l)
{
    return (unsigned)l->event.start_mark.column + 1;
}

static lymph_status refuse(loading *l, const char *what, const char *word)
{
    return failure_set(l->f, LYMPH_ECONFIG, "%s:%u:%u: %s%.60s", l->file, line_of(l), column_of(l), what, word);
}

/* ---- nodes ---- */

static lymph_status new_node(loading *l, const config_node *parent, config_node **out, int depth)
{
    if (depth > DEPTH_MAX || ++l->c->nodes > NODES_MAX)
        return config_too_large(l->file, line_of(l), column_of(l), l->f);
    config_node *n = arena_zalloc(&l->c->memory, sizeof *n);
    if (!n)
        return config_no_memory(l->f);
    n->parent = parent;
    n->file = l->file;
    n->line = n->key_line = line_of(l);
    n->column = n->key_column = column_of(l);
    *out = n;
    return LYMPH_OK;
}

static lymph_status take_text(loading *l, size_t size)
{
    if (size > CONFIG_TEXT_MAX - l->c->text)
        return config_too_large(l->file, line_of(l), column_of(l), l->f);
    l->c->text += size;
    return LYMPH_OK;
}

static lymph_status copy_text(loading *l, const char **out)
{
    const char *text = (const char *)l->event.data.scalar.value;
    size_t size = l->event.data.scalar.length;
    if (strlen(text) != size)
        return refuse(l, "a NUL in a text", "");
    lymph_status st = take_text(l, size);
    if (st)
        return st;
    *out = arena_strndup(&l->c->memory, text, size);
    return *out ? LYMPH_OK : config_no_memory(l->f);
}

/* ---- tags, anchors, aliases ---- */

/* Tags that say what the node is anyhow are fine; `name`: the end of one that is told apart, or "". */
static lymph_status check_tag(loading *l, const yaml_char_t *tag, const char *const *known, const char **name)
{
    static const char standard[] = "tag:yaml.org,2002:";
    *name = "";
    if (!tag)
        return LYMPH_OK;
    if (strncmp((const char *)tag, standard, sizeof standard - 1) == 0) {
        const char *end = (const char *)tag + sizeof standard - 1;
        for (; *known; known++)
            if (strcmp(*known, end) == 0)
                *name = *known;
    } else if (strcmp((const char *)tag, "!") == 0) {
        *name = *known;
    }
    return **name ? LYMPH_OK : refuse(l, "a tag that means nothing here: ", (const char *)tag);
}

static lymph_status keep_anchor(loading *l, const char *name, const config_node *value)
{
    anchor *a = name ? arena_zalloc(&l->c->memory, sizeof *a) : NULL;
    if (!name)
        return LYMPH_OK;
    if (!a)
        return config_no_memory(l->f);
    a->value = value;
    return table_put(&l->anchors, &a->node, name, strlen(name)) ? LYMPH_OK : config_no_memory(l->f);
}

static lymph_status find_anchor(loading *l, const config_node **out)
{
    const char *name = (const char *)l->event.data.alias.anchor;
    const table_node *found = table_find(&l->anchors, name, strlen(name));
    if (!found)
        return refuse(l, "no whole value before this is called &", name);
    *out = ((const anchor *)found)->value;
    return LYMPH_OK;
}

/* Each alias is a copy, which counts and has its own parent; its places are those of what it copies. */
static lymph_status copy_tree(loading *l, const config_node *from, const config_node *parent, config_node **out,
                              int depth)
{
    lymph_status st = new_node(l, parent, out, depth);
    if (st)
        return st;
    config_node *n = *out, **end = &n->first;
    *n = *from;
    n->parent = parent;
    n->next = n->first = NULL;
    st = take_text(l, from->text ? strlen(from->text) : 0);
    for (const config_node *child = from->first; child && !st; child = child->next) {
        st = copy_tree(l, child, n, end, depth + 1);
        if (!st)
            end = &(*end)->next;
    }
    return st;
}

static lymph_status read_alias(loading *l, const config_node *parent, config_node **out, int depth)
{
    const config_node *from = NULL;
    lymph_status st = find_anchor(l, &from);
    return st ? st : copy_tree(l, from, parent, out, depth);
}

/* ---- scalars ---- */

static bool is_plain(const loading *l)
{
    return l->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static bool is_null_text(const char *text)
{
    return !*text || strcmp(text, "~") == 0 || strcasecmp(text, "null") == 0;
}

static lymph_status read_scalar(loading *l, config_node *n)
{
    static const char *const tags[] = {"str", "int", "float", "bool", "null", NULL};
    const char *tag;
    n->kind = CONFIG_SCALAR;
    lymph_status st = check_tag(l, l->event.data.scalar.tag, tags, &tag);
    if (st)
        return st;
    n->quoted = *tag ? strcmp(tag, "str") == 0 : !is_plain(l);
    if (!n->quoted && is_null_text((const char *)l->event.data.scalar.value))
        return LYMPH_OK;
    st = copy_text(l, &n->text);
    return st || !l->replaces ? st : vars_replace(l->c, n, l->f);
}

/* ---- maps ---- */

/* A map while it is read. */
typedef struct filling {
    config_node *map, **end;
    config_node *merged, **merged_end; /* values of its keys <<, whose keys come in last */
    table keys;
} filling;

/* False: the key is there already. */
static bool has_key(const filling *m, const char *key)
{
    return table_find(&m->keys, key, strlen(key));
}

static lymph_status add(loading *l, filling *m, config_node *n)
{
    table_node *key = arena_zalloc(&l->c->memory, sizeof *key);
    if (!key || !table_put(&m->keys, key, n->key, strlen(n->key)))
        return config_no_memory(l->f);
    n->parent = m->map;
    n->next = NULL;
    *m->end = n;
    m->end = &n->next;
    return LYMPH_OK;
}

/* Adds what the map `from` has and this one has not. */
static lymph_status inherit(loading *l, filling *m, config_node *from)
{
    if (from->kind != CONFIG_MAP)
        return failure_set(l->f, LYMPH_ECONFIG, "%s:%u:%u: <<: a map is expected", from->file, from->line,
                           from->column);
    lymph_status st = LYMPH_OK;
    for (config_node *n = from->first, *after; n && !st; n = after) {
        after = n->next;
        if (!has_key(m, n->key))
            st = add(l, m, n);
    }
    return st;
}

/* YAML's merge key: `<<: *other`, or a list of such. */
static lymph_status inherit_all(loading *l, filling *m)
{
    lymph_status st = LYMPH_OK;
    for (config_node *n = m->merged; n && !st; n = n->next) {
        if (n->kind != CONFIG_LIST)
            st = inherit(l, m, n);
        for (config_node *item = n->kind == CONFIG_LIST ? n->first : NULL; item && !st; item = item->next)
            st = inherit(l, m, item);
    }
    return st;
}

/* The text of the key that is looked at. */
static lymph_status read_key(loading *l, const char **out)
{
    if (l->event.type == YAML_ALIAS_EVENT) {
        const config_node *n = NULL;
        lymph_status st = find_anchor(l, &n);
        *out = st ? NULL : n->text;
        return st || *out ? st : refuse(l, "a key must be a text", "");
    }
    if (l->event.type != YAML_SCALAR_EVENT)
        return refuse(l, "a key must be a text", "");
    lymph_status st = copy_text(l, out);
    config_node *n = NULL;
    if (st || !l->event.data.scalar.anchor)
        return st;
    st = new_node(l, NULL, &n, 0);
    if (st)
        return st;
    n->text = *out;
    return keep_anchor(l, (const char *)l->event.data.scalar.anchor, n);
}

static lymph_status read_entry(loading *l, filling *m, int depth)
{
    const char *key = NULL;
    unsigned line = line_of(l), column = column_of(l);
    bool merge = l->event.type == YAML_SCALAR_EVENT && is_plain(l) &&
                 strcmp((const char *)l->event.data.scalar.value, "<<") == 0;
    config_node *n = NULL;
    lymph_status st = read_key(l, &key);
    if (!st && !merge && has_key(m, key))
        st = failure_set(l->f, LYMPH_ECONFIG, "%s:%u:%u: the key '%.100s' is there twice", l->file, line, column, key);
    if (!st)
        st = next(l);
    if (!st)
        st = read_node(l, m->map, &n, depth);
    if (st)
        return st;
    n->key = key;
    n->key_line = line;
    n->key_column = column;
    if (!merge)
        return add(l, m, n);
    *m->merged_end = n;
    m->merged_end = &n->next;
    return LYMPH_OK;
}

static lymph_status read_map(loading *l, config_node *n, int depth)
{
    static const char *const tags[] = {"map", NULL};
    const char *tag;
    filling m = {.map = n, .end = &n->first, .merged_end = &m.merged};
    n->kind = CONFIG_MAP;
    lymph_status st = check_tag(l, l->event.data.mapping_start.tag, tags, &tag);
    if (!st)
        st = next(l);
    while (!st && l->event.type != YAML_MAPPING_END_EVENT) {
        st = read_entry(l, &m, depth + 1);
        if (!st)
            st = next(l);
    }
    if (!st)
        st = inherit_all(l, &m);
    table_done(&m.keys);
    return st;
}

/* ---- lists and any node ---- */

static lymph_status read_list(loading *l, config_node *n, int depth)
{
    static const char *const tags[] = {"seq", NULL};
    const char *tag;
    config_node **end = &n->first;
    n->kind = CONFIG_LIST;
    lymph_status st = check_tag(l, l->event.data.sequence_start.tag, tags, &tag);
    if (!st)
        st = next(l);
    while (!st && l->event.type != YAML_SEQUENCE_END_EVENT) {
        st = read_node(l, n, end, depth + 1);
        if (!st) {
            end = &(*end)->next;
            st = next(l);
        }
    }
    return st;
}

static const char *anchor_of(const yaml_event_t *e)
{
    return (const char *)(e->type == YAML_SCALAR_EVENT          ? e->data.scalar.anchor
                          : e->type == YAML_MAPPING_START_EVENT ? e->data.mapping_start.anchor
                                                                : e->data.sequence_start.anchor);
}

/* Reads the node that begins at the event looked at; its last event is looked at then. */
static lymph_status read_node(loading *l, const config_node *parent, config_node **out, int depth)
{
    if (l->event.type == YAML_ALIAS_EVENT)
        return read_alias(l, parent, out, depth);
    lymph_status st = new_node(l, parent, out, depth);
    if (st)
        return st;
    const char *name = anchor_of(&l->event);
    if (name && !(name = arena_strndup(&l->c->memory, name, strlen(name))))
        return config_no_memory(l->f);
    st = l->event.type == YAML_SCALAR_EVENT          ? read_scalar(l, *out)
         : l->event.type == YAML_MAPPING_START_EVENT ? read_map(l, *out, depth)
                                                     : read_list(l, *out, depth);
    return st ? st : keep_anchor(l, name, *out);
}

/* ---- documents ---- */

/* The first document, which is the only one. */
static lymph_status read_document(loading *l, config_node **out)
{
    lymph_status st = next(l); /* the stream's start */
    if (!st)
        st = next(l);
    if (st || l->event.type == YAML_STREAM_END_EVENT)
        return st;
    st = next(l);
    if (!st)
        st = read_node(l, NULL, out, 0);
    if (!st)
        st = next(l); /* the document's end */
    if (!st)
        st = next(l);
    if (!st && l->event.type != YAML_STREAM_END_EVENT)
        st = refuse(l, "a second document: there must be one", "");
    if (st)
        return st;
    if ((*out)->kind == CONFIG_SCALAR && !(*out)->text)
        *out = NULL;
    else if ((*out)->kind != CONFIG_MAP)
        st = failure_set(l->f, LYMPH_ECONFIG, "%s:%u:%u: a map is expected", l->file, (*out)->line, (*out)->column);
    return st;
}

lymph_status load_text(config *c, const char *text, size_t size, const char *file, bool replaces, config_node **out,
                       failure *f)
{
    loading l = {.c = c, .text = text, .f = f, .replaces = replaces};
    l.file = arena_strndup(&c->memory, file, strlen(file));
    if (!l.file || !yaml_parser_initialize(&l.parser))
        return config_no_memory(f);
    yaml_parser_set_input_string(&l.parser, (const unsigned char *)text, size);
    *out = NULL;
    lymph_status st = read_document(&l, out);
    yaml_event_delete(&l.event);
    yaml_parser_delete(&l.parser);
    table_done(&l.anchors);
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
