/* copy.c: values beyond the context that they came with. */
#include <string.h>

#include "codec/codec.h"

static bool copy(arena *a, const lymph_type *type, void *value);

typedef struct sequence {
    char *items;
    size_t count;
} sequence;

/* Gives the sequence at `value` an array of its own, with the items as they are. */
static bool own_items(arena *a, void *value, size_t size, sequence *out)
{
    sequence s;
    memcpy(&s, value, sizeof s);
    char *items = arena_zalloc_array(a, s.count, size);
    if (!items)
        return false;
    if (s.count)
        memcpy(items, s.items, s.count * size);
    *out = (sequence){items, s.count};
    memcpy(value, out, sizeof *out);
    return true;
}

static bool copy_text(arena *a, void *value)
{
    const char *text;
    memcpy(&text, value, sizeof text);
    if (!text)
        return true;
    text = arena_strndup(a, text, strlen(text));
    memcpy(value, &text, sizeof text);
    return text != NULL;
}

static bool copy_optional(arena *a, const lymph_type *element, void *value)
{
    if (element->kind == LYMPH_KIND_STRING)
        return copy_text(a, value);
    void *from, *to;
    memcpy(&from, value, sizeof from);
    if (!from)
        return true;
    to = arena_alloc(a, element->size);
    if (!to)
        return false;
    memcpy(to, from, element->size);
    memcpy(value, &to, sizeof to);
    return copy(a, element, to);
}

static bool copy_fields(arena *a, const lymph_record *record, char *value)
{
    for (size_t i = 0; i < record->field_count; i++)
        if (!copy(a, record->fields[i].type, value + record->fields[i].offset))
            return false;
    return true;
}

/* Makes what the value at `value` points to its own; the value itself is one already. */
static bool copy(arena *a, const lymph_type *type, void *value)
{
    sequence s;
    switch (type->kind) {
    case LYMPH_KIND_STRING:
    case LYMPH_KIND_DECIMAL: /* a struct of just the pointer */
        return copy_text(a, value);
    case LYMPH_KIND_BYTES:
        return own_items(a, value, 1, &s);
    case LYMPH_KIND_ANY:
        return copy_value(a, value, value);
    case LYMPH_KIND_STRUCT:
        return copy_fields(a, type->record, value);
    case LYMPH_KIND_OPTIONAL:
        return copy_optional(a, type->element, value);
    case LYMPH_KIND_LIST:
    case LYMPH_KIND_SET:
        if (!own_items(a, value, type->element->size, &s))
            return false;
        for (size_t i = 0; i < s.count; i++)
            if (!copy(a, type->element, s.items + i * type->element->size))
                return false;
        return true;
    case LYMPH_KIND_MAP:
        if (!own_items(a, value, type->entry_size, &s))
            return false;
        for (size_t i = 0; i < s.count; i++) {
            char *entry = s.items + i * type->entry_size;
            if (!copy(a, type->key, entry) || !copy(a, type->element, entry + type->value_offset))
                return false;
        }
        return true;
    default:
        return true;
    }
}

void *copy_record(arena *a, const lymph_record *record, const void *value)
{
    void *out = arena_alloc(a, record->size);
    if (!out)
        return NULL;
    if (record->size)
        memcpy(out, value, record->size);
    return copy_fields(a, record, out) ? out : NULL;
}

static bool copy_list(arena *a, const lymph_value *value, lymph_value *out)
{
    lymph_value *items = arena_zalloc_array(a, value->size, sizeof *items);
    for (uint32_t i = 0; items && i < value->size; i++)
        if (!copy_value(a, &value->as.items[i], &items[i]))
            return false;
    out->as.items = items;
    return items != NULL;
}

static bool copy_entries(arena *a, const lymph_value *value, lymph_value *out)
{
    lymph_entry *entries = arena_zalloc_array(a, value->size, sizeof *entries);
    for (uint32_t i = 0; entries && i < value->size; i++)
        if (!copy_value(a, &value->as.entries[i].key, &entries[i].key) ||
            !copy_value(a, &value->as.entries[i].value, &entries[i].value))
            return false;
    out->as.entries = entries;
    return entries != NULL;
}

bool copy_value(arena *a, const lymph_value *value, lymph_value *out)
{
    lymph_value v = *value;
    *out = v;
    switch ((lymph_value_kind)v.kind) {
    case LYMPH_VALUE_NIL:
    case LYMPH_VALUE_BOOL:
    case LYMPH_VALUE_INT:
    case LYMPH_VALUE_UINT:
    case LYMPH_VALUE_FLOAT:
        return true;
    case LYMPH_VALUE_LIST:
    case LYMPH_VALUE_SET:
        return copy_list(a, &v, out);
    case LYMPH_VALUE_MAP:
        return copy_entries(a, &v, out);
    default:
        out->as.text = arena_strndup(a, v.as.text, v.size);
        return out->as.text != NULL;
    }
}
