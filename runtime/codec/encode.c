/* encode.c: C values to msgpack, by their descriptors. */
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "codec/distinct.h"
#include "codec/forms.h"
#include "codec/limits.h"
#include "codec/path.h"

#include <lymph/call.h>

static lymph_status encode(writer *w, const lymph_type *type, const void *value, failure *f, int depth);

static lymph_status encode_text(writer *w, const char *text, failure *f)
{
    if (!text)
        return path_fail(f, LYMPH_EINVAL, "missing (NULL)");
    size_t size = strlen(text);
    if (!utf8_valid(text, size, false))
        return path_fail(f, LYMPH_EINVAL, "not UTF-8");
    write_str(w, text, size);
    return LYMPH_OK;
}

static void write_form(writer *w, int kind)
{
    write_map(w, 2);
    write_str(w, "__type__", 8);
    write_cstr(w, form_name(kind));
    write_str(w, "_", 1);
}

static lymph_status write_form_text(writer *w, int kind, bool valid, const char *text, failure *f)
{
    if (!valid)
        return path_fail(f, LYMPH_EINVAL, "not a valid %s", form_name(kind));
    write_form(w, kind);
    write_cstr(w, text);
    return LYMPH_OK;
}

static lymph_status encode_decimal(writer *w, const lymph_decimal *d, failure *f)
{
    if (!d->text)
        return path_fail(f, LYMPH_EINVAL, "missing (NULL)");
    return write_form_text(w, LYMPH_VALUE_DECIMAL, decimal_valid(d->text, strlen(d->text)), d->text, f);
}

static lymph_status encode_enum(writer *w, const lymph_enum *e, int32_t number, failure *f)
{
    const char *name = lymph_enum_name(e, number);
    if (!name)
        return path_fail(f, LYMPH_EINVAL, "%d is no value of %s", number, e->name);
    if (e->by_number)
        write_int(w, number);
    else
        write_cstr(w, name);
    return LYMPH_OK;
}

typedef struct sequence {
    const char *items;
    size_t count;
} sequence;

static lymph_status encode_items(writer *w, const lymph_type *element, sequence s, failure *f, int depth)
{
    if (s.count && !s.items)
        return path_fail(f, LYMPH_EINVAL, "%zu items, but no pointer to them", s.count);
    write_array(w, s.count);
    for (size_t i = 0; i < s.count; i++) {
        lymph_status st = encode(w, element, s.items + i * element->size, f, depth);
        if (st)
            return path_at(f, st, "[%zu]", i);
    }
    return LYMPH_OK;
}

/* Where the keys of a map or the members of a set lie in what was written. */
typedef struct keys {
    stretch few[8], *at;
    size_t *first, few_first[8];
} keys;

static lymph_status keys_init(keys *k, size_t count, failure *f)
{
    bool few = count <= sizeof k->few / sizeof *k->few;
    k->at = few ? k->few : calloc(count, sizeof *k->at);
    k->first = few ? k->few_first : calloc(count, sizeof *k->first);
    return k->at && k->first ? LYMPH_OK : path_fail(f, LYMPH_ENOMEM, "out of memory");
}

static void keys_done(keys *k)
{
    if (k->at != k->few)
        free(k->at);
    if (k->first != k->few_first)
        free(k->first);
}

/* No two may be equal. */
static lymph_status keys_check(const keys *k, const writer *w, size_t count, bool set, failure *f)
{
    if (w->failed || !count) /* a failed writer's places are none */
        return LYMPH_OK;
    if (!distinct_find(w->data, k->at, count, k->first))
        return path_fail(f, LYMPH_ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        if (k->first[i] != i)
            return path_fail(f, LYMPH_EINVAL,
                             set ? "items %zu and %zu of the set are equal" : "keys %zu and %zu of the map are equal",
                             k->first[i], i);
    return LYMPH_OK;
}

static lymph_status encode_set(writer *w, const lymph_type *element, sequence s, failure *f, int depth)
{
    if (s.count && !s.items)
        return path_fail(f, LYMPH_EINVAL, "%zu items, but no pointer to them", s.count);
    keys k;
    lymph_status st = keys_init(&k, s.count, f);
    write_form(w, LYMPH_VALUE_SET);
    write_array(w, s.count);
    for (size_t i = 0; i < s.count && !st; i++) {
        k.at[i].begin = w->size;
        st = encode(w, element, s.items + i * element->size, f, depth);
        k.at[i].end = w->size;
        if (st)
            path_at(f, st, "[%zu]", i);
    }
    if (!st)
        st = keys_check(&k, w, s.count, true, f);
    keys_done(&k);
    return st;
}

static lymph_status encode_map(writer *w, const lymph_type *type, sequence s, failure *f, int depth)
{
    if (s.count && !s.items)
        return path_fail(f, LYMPH_EINVAL, "%zu entries, but no pointer to them", s.count);
    keys k;
    lymph_status st = keys_init(&k, s.count, f);
    write_map(w, s.count);
    for (size_t i = 0; i < s.count && !st; i++) {
        const char *entry = s.items + i * type->entry_size;
        k.at[i].begin = w->size;
        st = encode(w, type->key, entry, f, depth);
        k.at[i].end = w->size;
        if (!st)
            st = encode(w, type->element, entry + type->value_offset, f, depth);
        if (st)
            path_at(f, st, "{%zu}", i);
    }
    if (!st)
        st = keys_check(&k, w, s.count, false, f);
    keys_done(&k);
    return st;
}

/* The value of an optional, NULL when absent. `string?` is the pointer to the text itself. */
static const void *optional_value(const lymph_type *type, const void *value)
{
    const void *pointer;
    memcpy(&pointer, value, sizeof pointer);
    return pointer && type->element->kind == LYMPH_KIND_STRING ? value : pointer;
}

static bool absent(const lymph_type *type, const void *value)
{
    return type->kind == LYMPH_KIND_OPTIONAL && !optional_value(type, value);
}

/* A text that is NULL means the default, where there is one; so do bytes without a pointer to them. */
static const void *sent(const lymph_field *field, const void *value)
{
    const lymph_kind kind = field->type->kind;
    if (!field->preset || (kind != LYMPH_KIND_STRING && kind != LYMPH_KIND_DECIMAL && kind != LYMPH_KIND_BYTES))
        return value;
    if (kind == LYMPH_KIND_BYTES && ((const lymph_bytes *)value)->size)
        return value;  /* a size without a pointer is a mistake, and told */
    const void *begin; /* the text, or the bytes' data, which comes first */
    memcpy(&begin, value, sizeof begin);
    return begin ? value : field->preset;
}

/* The members of a record lie in one C struct, or each where it is. */
typedef struct members {
    const char *whole;       /* the struct */
    const void *const *each; /* not NULL: a pointer to each of them */
} members;

static const void *member_at(const lymph_record *record, const members *m, size_t i)
{
    return m->each ? m->each[i] : m->whole + record->fields[i].offset;
}

static lymph_status encode_member(writer *w, const lymph_field *field, const void *value, failure *f, int depth)
{
    write_cstr(w, field->name);
    if (!value)
        return path_fail(f, LYMPH_EINVAL, "missing (NULL)");
    value = sent(field, value);
    lymph_status st = encode(w, field->type, value, f, depth);
    return st ? st : limits_check(field, value, LYMPH_EINVAL, f);
}

static lymph_status encode_members(writer *w, const lymph_record *record, members m, failure *f, int depth)
{
    size_t count = 0;
    for (size_t i = 0; i < record->field_count; i++)
        count += !absent(record->fields[i].type, member_at(record, &m, i));
    write_map(w, count);
    for (size_t i = 0; i < record->field_count; i++) {
        const lymph_field *field = &record->fields[i];
        const void *value = member_at(record, &m, i);
        if (absent(field->type, value))
            continue;
        lymph_status st = encode_member(w, field, value, f, depth);
        if (st)
            return path_at(f, st, ".%s", field->name);
    }
    return LYMPH_OK;
}

static lymph_status encode_dynamic(writer *w, const lymph_value *v, failure *f, int depth);

static lymph_status encode(writer *w, const lymph_type *type, const void *value, failure *f, int depth)
{
    char text[FORM_MAX];
    if (depth > READER_MAX_DEPTH)
        return path_fail(f, LYMPH_EINVAL, "nested deeper than %d levels", READER_MAX_DEPTH);
    switch (type->kind) {
    case LYMPH_KIND_BOOL:
        write_bool(w, *(const bool *)value);
        return LYMPH_OK;
    case LYMPH_KIND_INT8:
        write_int(w, *(const int8_t *)value);
        return LYMPH_OK;
    case LYMPH_KIND_INT16:
        write_int(w, *(const int16_t *)value);
        return LYMPH_OK;
    case LYMPH_KIND_INT32:
        write_int(w, *(const int32_t *)value);
        return LYMPH_OK;
    case LYMPH_KIND_INT64:
        write_int(w, *(const int64_t *)value);
        return LYMPH_OK;
    case LYMPH_KIND_UINT8:
        write_uint(w, *(const uint8_t *)value);
        return LYMPH_OK;
    case LYMPH_KIND_UINT16:
        write_uint(w, *(const uint16_t *)value);
        return LYMPH_OK;
    case LYMPH_KIND_UINT32:
        write_uint(w, *(const uint32_t *)value);
        return LYMPH_OK;
    case LYMPH_KIND_UINT64:
        write_uint(w, *(const uint64_t *)value);
        return LYMPH_OK;
    case LYMPH_KIND_FLOAT32:
        write_float(w, *(const float *)value);
        return LYMPH_OK;
    case LYMPH_KIND_FLOAT64:
        write_float(w, *(const double *)value);
        return LYMPH_OK;
    case LYMPH_KIND_STRING:
        return encode_text(w, *(const char *const *)value, f);
    case LYMPH_KIND_BYTES: {
        const lymph_bytes *b = value;
        if (b->size && !b->data)
            return path_fail(f, LYMPH_EINVAL, "%zu bytes, but no pointer to them", b->size);
        write_bin(w, b->data, b->size);
        return LYMPH_OK;
    }
    case LYMPH_KIND_DATETIME:
        datetime_print(value, text);
        return write_form_text(w, LYMPH_VALUE_DATETIME, datetime_valid(value), text, f);
    case LYMPH_KIND_DATE:
        date_print(value, text);
        return write_form_text(w, LYMPH_VALUE_DATE, date_valid(value), text, f);
    case LYMPH_KIND_TIME:
        time_print(value, text);
        return write_form_text(w, LYMPH_VALUE_TIME, time_valid(value), text, f);
    case LYMPH_KIND_UUID:
        uuid_print(value, text);
        return write_form_text(w, LYMPH_VALUE_UUID, true, text, f);
    case LYMPH_KIND_DECIMAL:
        return encode_decimal(w, value, f);
    case LYMPH_KIND_ANY:
        return encode_dynamic(w, value, f, depth);
    case LYMPH_KIND_ENUM:
        return encode_enum(w, type->enumeration, *(const int32_t *)value, f);
    case LYMPH_KIND_STRUCT:
        return encode_members(w, type->record, (members){.whole = value}, f, depth + 1);
    case LYMPH_KIND_LIST:
        return encode_items(w, type->element, *(const sequence *)value, f, depth + 1);
    case LYMPH_KIND_SET:
        return encode_set(w, type->element, *(const sequence *)value, f, depth + 1);
    case LYMPH_KIND_MAP:
        return encode_map(w, type, *(const sequence *)value, f, depth + 1);
    case LYMPH_KIND_OPTIONAL: {
        const void *inner = optional_value(type, value);
        if (inner)
            return encode(w, type->element, inner, f, depth);
        write_nil(w);
        return LYMPH_OK;
    }
    }
    return path_fail(f, LYMPH_EINVAL, "unknown type kind %d", (int)type->kind);
}

/* ---- dynamic values ---- */

static lymph_status encode_list(writer *w, const lymph_value *v, failure *f, int depth)
{
    keys k;
    bool set = v->kind == LYMPH_VALUE_SET;
    lymph_status st = keys_init(&k, set ? v->size : 0, f);
    write_array(w, v->size);
    for (uint32_t i = 0; i < v->size && !st; i++) {
        size_t begin = w->size;
        st = encode_dynamic(w, &v->as.items[i], f, depth);
        if (set)
            k.at[i] = (stretch){begin, w->size};
        if (st)
            path_at(f, st, "[%u]", i);
    }
    if (!st && set)
        st = keys_check(&k, w, v->size, true, f);
    keys_done(&k);
    return st;
}

static lymph_status encode_entries(writer *w, const lymph_value *v, failure *f, int depth)
{
    keys k;
    lymph_status st = keys_init(&k, v->size, f);
    write_map(w, v->size);
    for (uint32_t i = 0; i < v->size && !st; i++) {
        k.at[i].begin = w->size;
        st = encode_dynamic(w, &v->as.entries[i].key, f, depth);
        k.at[i].end = w->size;
        if (!st)
            st = encode_dynamic(w, &v->as.entries[i].value, f, depth);
        if (st)
            path_at(f, st, "{%u}", i);
    }
    if (!st)
        st = keys_check(&k, w, v->size, false, f);
    keys_done(&k);
    return st;
}

static lymph_status encode_dynamic(writer *w, const lymph_value *v, failure *f, int depth)
{
    if (depth > READER_MAX_DEPTH)
        return path_fail(f, LYMPH_EINVAL, "nested deeper than %d levels", READER_MAX_DEPTH);
    if (v->kind >= LYMPH_VALUE_STRING && v->size && !v->as.text) /* one pointer of the union is as good as another */
        return path_fail(f, LYMPH_EINVAL, "its size is %u, but there is no pointer", v->size);
    switch ((lymph_value_kind)v->kind) {
    case LYMPH_VALUE_NIL:
        write_nil(w);
        return LYMPH_OK;
    case LYMPH_VALUE_BOOL:
        write_bool(w, v->as.boolean);
        return LYMPH_OK;
    case LYMPH_VALUE_INT:
        write_int(w, v->as.integer);
        return LYMPH_OK;
    case LYMPH_VALUE_UINT:
        write_uint(w, v->as.unsigned_integer);
        return LYMPH_OK;
    case LYMPH_VALUE_FLOAT:
        write_float(w, v->as.number);
        return LYMPH_OK;
    case LYMPH_VALUE_STRING:
        if (!utf8_valid(v->as.text, v->size, true))
            return path_fail(f, LYMPH_EINVAL, "not UTF-8");
        write_str(w, v->as.text, v->size);
        return LYMPH_OK;
    case LYMPH_VALUE_BYTES:
        write_bin(w, v->as.bytes, v->size);
        return LYMPH_OK;
    case LYMPH_VALUE_LIST:
        return encode_list(w, v, f, depth + 1);
    case LYMPH_VALUE_MAP:
        return encode_entries(w, v, f, depth + 1);
    case LYMPH_VALUE_SET:
        write_form(w, LYMPH_VALUE_SET);
        return encode_list(w, v, f, depth + 1);
    case LYMPH_VALUE_DATETIME:
    case LYMPH_VALUE_DATE:
    case LYMPH_VALUE_TIME:
    case LYMPH_VALUE_DECIMAL:
    case LYMPH_VALUE_UUID:
        if (!form_valid(v->kind, v->as.text, v->size))
            return path_fail(f, LYMPH_EINVAL, "not a valid %s", form_name(v->kind));
        write_form(w, v->kind);
        write_str(w, v->as.text, v->size);
        return LYMPH_OK;
    case LYMPH_VALUE_UNDEFINED:
        write_form(w, v->kind);
        write_str(w, "", 0);
        return LYMPH_OK;
    case LYMPH_VALUE_EXT:
        write_ext(w, v->ext, v->as.bytes, v->size);
        return LYMPH_OK;
    }
    return path_fail(f, LYMPH_EINVAL, "unknown kind of value %u", v->kind);
}

/* ---- entry points ---- */

lymph_status encode_record(writer *w, const lymph_record *record, const void *value, failure *f)
{
    lymph_status st = encode_members(w, record, (members){.whole = value}, f, 1);
    return st ? path_at(f, st, "%s", record->name) : LYMPH_OK;
}

lymph_status encode_arguments(writer *w, const lymph_record *record, const void *const *values, failure *f)
{
    lymph_status st = encode_members(w, record, (members){.each = values}, f, 1);
    return st ? path_at(f, st, "%s", record->name) : LYMPH_OK;
}

lymph_status encode_type(writer *w, const lymph_type *type, const void *value, const char *what, failure *f)
{
    lymph_status st = encode(w, type, value, f, 0);
    return st && what ? path_at(f, st, "%s result", what) : st;
}

lymph_status encode_value(writer *w, const lymph_value *value, failure *f)
{
    lymph_status st = encode_dynamic(w, value, f, 0);
    return st ? path_at(f, st, "value") : LYMPH_OK;
}
