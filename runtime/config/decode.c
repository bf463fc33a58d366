#include "config/decode.h"

#include <string.h>

#include <lymph/client.h>

#include "codec/limits.h"
#include "config/scalar.h"
#include "config/tree.h"
#include "core/table.h"

typedef struct decoding {
    arena *memory;
    logger *log;
    failure *f;
} decoding;

static lymph_status decode(const decoding *d, const config_node *n, const lymph_field *want, void *out);

static bool is_null(const config_node *n)
{
    return n->kind == CONFIG_SCALAR && !n->text;
}

static lymph_status no_memory(const decoding *d)
{
    return config_no_memory(d->f);
}

static lymph_status wrong(const decoding *d, const config_node *n, const lymph_field *want)
{
    char expected[SCALAR_TEXT_MAX];
    scalar_expected(want, expected);
    return config_wrong(n, expected, want->flags & LYMPH_FIELD_SENSITIVE, d->f);
}

/* ---- containers ---- */

typedef struct sequence {
    void *items;
    size_t count;
} sequence;

/* What an item of the field is: as secret as the whole, without its limits. */
static lymph_field part_of(const lymph_field *whole, const lymph_type *type)
{
    return (lymph_field){.name = whole->name, .type = type, .flags = whole->flags & LYMPH_FIELD_SENSITIVE};
}

static size_t count_children(const config_node *n)
{
    size_t count = 0;
    for (const config_node *item = n->first; item; item = item->next)
        count++;
    return count;
}

static lymph_status decode_list(const decoding *d, const config_node *n, const lymph_field *want, sequence *out)
{
    const lymph_type *element = want->type->element;
    lymph_field part = part_of(want, element);
    bool single = n->kind == CONFIG_SCALAR;
    if (n->kind == CONFIG_MAP)
        return wrong(d, n, want);
    size_t count = single ? 1 : count_children(n);
    char *items = arena_zalloc_array(d->memory, count, element->size);
    if (!items)
        return no_memory(d);
    const config_node *item = single ? n : n->first;
    for (size_t i = 0; i < count; i++, item = item->next) {
        lymph_status st = decode(d, item, &part, items + i * element->size);
        if (st)
            return st;
    }
    *out = (sequence){items, count};
    return LYMPH_OK;
}

/* A set holds scalars: equal ones have equal texts. */
static lymph_status check_distinct(const decoding *d, const config_node *n)
{
    table seen = {0};
    table_node *nodes = arena_zalloc_array(d->memory, count_children(n), sizeof *nodes);
    lymph_status st = nodes ? LYMPH_OK : no_memory(d);
    for (const config_node *item = n->first; item && !st; item = item->next, nodes++) {
        if (table_find(&seen, item->text, strlen(item->text)))
            st = config_wrong(item, "each value once", true, d->f);
        else if (!table_put(&seen, nodes, item->text, strlen(item->text)))
            st = no_memory(d);
    }
    table_done(&seen);
    return st;
}

static lymph_status decode_map(const decoding *d, const config_node *n, const lymph_field *want, sequence *out)
{
    const lymph_type *type = want->type;
    lymph_field key = part_of(want, type->key), value = part_of(want, type->element);
    if (n->kind != CONFIG_MAP)
        return wrong(d, n, want);
    size_t count = count_children(n);
    char *entries = arena_zalloc_array(d->memory, count, type->entry_size), *entry = entries;
    if (!entries)
        return no_memory(d);
    for (const config_node *item = n->first; item; item = item->next, entry += type->entry_size) {
        const config_node name = {.kind = CONFIG_SCALAR,
                                  .text = item->key,
                                  .key = item->key,
                                  .file = item->file,
                                  .line = item->key_line,
                                  .column = item->key_column,
                                  .parent = n};
        lymph_status st = decode(d, &name, &key, entry);
        if (!st)
            st = decode(d, item, &value, entry + type->value_offset);
        if (st)
            return st;
    }
    *out = (sequence){entries, count};
    return LYMPH_OK;
}

static lymph_status decode_optional(const decoding *d, const config_node *n, const lymph_field *want, void *out)
{
    const lymph_type *element = want->type->element;
    lymph_field present = *want;
    present.type = element;
    void *value = NULL;
    if (is_null(n)) {
        memcpy(out, &value, sizeof value);
        return LYMPH_OK;
    }
    if (element->kind == LYMPH_KIND_STRING)
        return decode(d, n, &present, out);
    value = arena_zalloc(d->memory, element->size);
    if (!value)
        return no_memory(d);
    memcpy(out, &value, sizeof value);
    return decode(d, n, &present, value);
}

/* ---- any ---- */

static lymph_status decode_any(const decoding *d, const config_node *n, lymph_value *out)
{
    if (n->kind == CONFIG_SCALAR) {
        *out = scalar_value(n);
        return LYMPH_OK;
    }
    size_t count = count_children(n), i = 0;
    lymph_value *items = arena_zalloc_array(d->memory, count, sizeof *items);
    lymph_entry *entries = n->kind == CONFIG_MAP ? arena_zalloc_array(d->memory, count, sizeof *entries) : NULL;
    if (!items || (n->kind == CONFIG_MAP && !entries))
        return no_memory(d);
    for (const config_node *item = n->first; item; item = item->next, i++) {
        lymph_status st = decode_any(d, item, &items[i]);
        if (st)
            return st;
        if (entries)
            entries[i] = (lymph_entry){lymph_string(item->key), items[i]};
    }
    *out = entries ? lymph_map(entries, (uint32_t)count) : lymph_list(items, (uint32_t)count);
    return LYMPH_OK;
}

/* ---- sections ---- */

static void warn(const decoding *d, const config_node *n, const char *what, const char *near)
{
    if (d->log)
        log_line(d->log, LYMPH_WARNING, "lymph.config", NULL, "%s:%u:%u: %s key '%.100s'%s%s%s", n->file, n->key_line,
                 n->key_column, what, n->key, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

static const lymph_field *field_of(const lymph_record *record, const char *key)
{
    for (size_t i = 0; i < record->field_count; i++)
        if (strcmp(record->fields[i].name, key) == 0)
            return &record->fields[i];
    return NULL;
}

static lymph_status check_keys(const decoding *d, const config_node *n, const lymph_record *record)
{
    const char **names = NULL;
    for (const config_node *child = n->first; child; child = child->next) {
        const lymph_field *field = field_of(record, child->key);
        if (field && (field->flags & LYMPH_FIELD_DEPRECATED))
            warn(d, child, "deprecated", NULL);
        if (field)
            continue;
        if (!names && !(names = arena_zalloc_array(d->memory, record->field_count + 1, sizeof *names)))
            return no_memory(d);
        for (size_t i = 0; i < record->field_count; i++)
            names[i] = record->fields[i].name;
        warn(d, child, "unknown", lymph_suggest(child->key, names));
    }
    return LYMPH_OK;
}

static lymph_status decode_section(const decoding *d, const config_node *n, const lymph_record *record, char *out);

/* A field whose key is not there. */
static lymph_status decode_absent(const decoding *d, const config_node *section, const lymph_field *field, void *out)
{
    const config_node empty = {.kind = CONFIG_MAP,
                               .key = field->name,
                               .file = section->file,
                               .line = section->line,
                               .column = section->column,
                               .parent = section};
    if (field->preset)
        memcpy(out, field->preset, field->type->size);
    else if (field->type->kind == LYMPH_KIND_STRUCT)
        return decode_section(d, &empty, field->type->record, out);
    else if (field->type->kind != LYMPH_KIND_OPTIONAL)
        return config_missing(&empty, d->f);
    return LYMPH_OK;
}

/* `out` is cleared. */
static lymph_status decode_section(const decoding *d, const config_node *n, const lymph_record *record, char *out)
{
    lymph_status st = check_keys(d, n, record);
    for (size_t i = 0; i < record->field_count && !st; i++) {
        const lymph_field *field = &record->fields[i];
        const config_node *child = config_child(n, field->name, strlen(field->name));
        if (!child || is_null(child))
            st = decode_absent(d, n, field, out + field->offset);
        else
            st = decode(d, child, field, out + field->offset);
    }
    return st;
}

static lymph_status decode_struct(const decoding *d, const config_node *n, const lymph_field *want, void *out)
{
    if (is_null(n)) {
        config_node empty = *n;
        empty.kind = CONFIG_MAP;
        return decode_section(d, &empty, want->type->record, out);
    }
    return n->kind == CONFIG_MAP ? decode_section(d, n, want->type->record, out) : wrong(d, n, want);
}

/* ---- any type ---- */

static lymph_status decode_plain(const decoding *d, const config_node *n, const lymph_field *want, void *out)
{
    lymph_status st;
    switch (want->type->kind) {
    case LYMPH_KIND_STRUCT:
        return decode_struct(d, n, want, out);
    case LYMPH_KIND_LIST:
        return decode_list(d, n, want, out);
    case LYMPH_KIND_SET:
        st = decode_list(d, n, want, out);
        return st || n->kind != CONFIG_LIST ? st : check_distinct(d, n);
    case LYMPH_KIND_MAP:
        return decode_map(d, n, want, out);
    case LYMPH_KIND_OPTIONAL:
        return decode_optional(d, n, want, out);
    case LYMPH_KIND_ANY:
        return decode_any(d, n, out);
    default:
        return n->kind == CONFIG_SCALAR && n->text && scalar_parse(want->type, n->text, out) ? LYMPH_OK
                                                                                             : wrong(d, n, want);
    }
}

static lymph_status decode(const decoding *d, const config_node *n, const lymph_field *want, void *out)
{
    lymph_status st = decode_plain(d, n, want, out);
    return st || limits_keep(want, out) ? st : wrong(d, n, want);
}

lymph_status config_decode(const config_node *n, const lymph_record *record, arena *a, void *out, logger *log,
                           failure *f)
{
    const decoding d = {.memory = a, .log = log, .f = f};
    const lymph_type type = {.kind = LYMPH_KIND_STRUCT, .size = (uint32_t)record->size, .record = record};
    const lymph_field whole = {.name = record->name, .type = &type};
    const config_node nothing = {.kind = CONFIG_SCALAR};
    if (record->size)
        memset(out, 0, record->size);
    return decode(&d, n ? n : &nothing, &whole, out);
}
