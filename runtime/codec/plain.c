/* plain.c: by way of what would be sent, so that both say the same, and check the same. What lies between is changed in
 * place: the arena's values are ours. */
#include "codec/plain.h"

#include <string.h>

#include "codec/base64.h"
#include "codec/forms.h"
#include "codec/path.h"

typedef struct shaper {
    arena *a;
    failure *f;
    lymph_status (*leaf)(struct shaper *s, const lymph_type *type, lymph_value *v);
    lymph_status (*key)(struct shaper *s, const lymph_type *type, lymph_value *v);
} shaper;

static lymph_status shape(shaper *s, const lymph_type *type, lymph_value *v);

static const lymph_type *field_type(const lymph_record *record, const lymph_value *key)
{
    for (size_t i = 0; i < record->field_count; i++)
        if (key->kind == LYMPH_VALUE_STRING && strlen(record->fields[i].name) == key->size &&
            memcmp(record->fields[i].name, key->as.text, key->size) == 0)
            return record->fields[i].type;
    return NULL;
}

static lymph_status shape_fields(shaper *s, const lymph_record *record, lymph_value *v)
{
    lymph_status st = LYMPH_OK;
    lymph_entry *entries = (lymph_entry *)v->as.entries;
    for (uint32_t i = 0; v->kind == LYMPH_VALUE_MAP && i < v->size && !st; i++) {
        const lymph_type *type = field_type(record, &entries[i].key);
        if (type)
            st = shape(s, type, &entries[i].value);
        if (st)
            path_at(s->f, st, ".%s", entries[i].key.as.text);
    }
    return st;
}

static lymph_status shape_entries(shaper *s, const lymph_type *type, lymph_value *v)
{
    lymph_status st = LYMPH_OK;
    lymph_entry *entries = (lymph_entry *)v->as.entries;
    for (uint32_t i = 0; v->kind == LYMPH_VALUE_MAP && i < v->size && !st; i++) {
        st = s->key(s, type->key, &entries[i].key);
        if (!st)
            st = shape(s, type->element, &entries[i].value);
        if (st)
            path_at(s->f, st, "{%u}", i);
    }
    return st;
}

static lymph_status shape_items(shaper *s, const lymph_type *type, lymph_value *v)
{
    lymph_status st = LYMPH_OK;
    lymph_value *items = (lymph_value *)v->as.items;
    bool many = v->kind == LYMPH_VALUE_LIST || v->kind == LYMPH_VALUE_SET;
    for (uint32_t i = 0; many && i < v->size && !st; i++) {
        st = shape(s, type->element, &items[i]);
        if (st)
            path_at(s->f, st, "[%u]", i);
    }
    return st;
}

static lymph_status shape(shaper *s, const lymph_type *type, lymph_value *v)
{
    lymph_status st = LYMPH_OK;
    switch (type->kind) {
    case LYMPH_KIND_OPTIONAL:
        return shape(s, type->element, v);
    case LYMPH_KIND_STRUCT:
        return shape_fields(s, type->record, v);
    case LYMPH_KIND_MAP:
        return shape_entries(s, type, v);
    case LYMPH_KIND_LIST:
    case LYMPH_KIND_SET:
        st = shape_items(s, type, v);
        return st ? st : s->leaf(s, type, v);
    default:
        return s->leaf(s, type, v);
    }
}

static int form_of(const lymph_type *type)
{
    switch (type->kind) {
    case LYMPH_KIND_DATETIME:
        return LYMPH_VALUE_DATETIME;
    case LYMPH_KIND_DATE:
        return LYMPH_VALUE_DATE;
    case LYMPH_KIND_TIME:
        return LYMPH_VALUE_TIME;
    case LYMPH_KIND_DECIMAL:
        return LYMPH_VALUE_DECIMAL;
    case LYMPH_KIND_UUID:
        return LYMPH_VALUE_UUID;
    default:
        return LYMPH_VALUE_NIL;
    }
}

/* ---- to JSON ---- */

static lymph_status loosen(shaper *s, const lymph_type *type, lymph_value *v)
{
    if (type->kind == LYMPH_KIND_SET && v->kind == LYMPH_VALUE_SET) {
        v->kind = LYMPH_VALUE_LIST;
    } else if (type->kind == LYMPH_KIND_BYTES && v->kind == LYMPH_VALUE_BYTES) {
        size_t size = BASE64_TEXT((size_t)v->size);
        char *text = arena_alloc(s->a, size + 1);
        if (!text)
            return path_fail(s->f, LYMPH_ENOMEM, "out of memory");
        base64_encode(v->as.bytes, v->size, text);
        text[size] = '\0';
        *v = lymph_string(text);
    } else if (v->kind == form_of(type) && v->kind != LYMPH_VALUE_NIL) {
        v->kind = LYMPH_VALUE_STRING;
    }
    return LYMPH_OK;
}

lymph_status plain_print(arena *a, const lymph_type *type, const void *value, const char *what, unsigned flags,
                         const char **out, failure *f)
{
    writer w;
    lymph_value v;
    writer_init(&w);
    lymph_status st = encode_type(&w, type, value, NULL, f);
    if (st)
        path_at(f, st, "%s", what);
    else if (w.failed)
        st = failure_set(f, w.failed, "out of memory");
    if (!st)
        st = decode_value_all(w.data, w.size, a, &v, f);
    writer_done(&w);
    shaper s = {.a = a, .f = f, .leaf = loosen, .key = loosen};
    if (!st && (st = shape(&s, type, &v)))
        path_at(f, st, "%s", what);
    return st ? st : json_print(a, &v, flags, out, f);
}

/* ---- from JSON ---- */

/* What does not fit is left for the decoder, which knows how to say it. */
static lymph_status tighten(shaper *s, const lymph_type *type, lymph_value *v)
{
    int form = form_of(type);
    if (type->kind == LYMPH_KIND_SET && v->kind == LYMPH_VALUE_LIST) {
        v->kind = LYMPH_VALUE_SET;
    } else if (type->kind == LYMPH_KIND_BYTES && v->kind == LYMPH_VALUE_STRING) {
        size_t size;
        uint8_t *octets = arena_alloc(s->a, BASE64_OCTETS((size_t)v->size) + 1);
        if (!octets)
            return path_fail(s->f, LYMPH_ENOMEM, "out of memory");
        if (!base64_decode(v->as.text, v->size, octets, &size))
            return path_fail(s->f, LYMPH_EINVAL, "base64 is expected");
        *v = lymph_bytes_value(octets, (uint32_t)size);
    } else if (form != LYMPH_VALUE_NIL && v->kind == LYMPH_VALUE_STRING && form_valid(form, v->as.text, v->size)) {
        v->kind = (uint8_t)form;
    }
    return LYMPH_OK;
}

/* A key of a map of numbers was written as text. */
static lymph_status tighten_key(shaper *s, const lymph_type *type, lymph_value *v)
{
    bool by_number = type->kind == LYMPH_KIND_ENUM && type->enumeration->by_number;
    if (v->kind != LYMPH_VALUE_STRING || (type->kind > LYMPH_KIND_FLOAT64 && !by_number))
        return tighten(s, type, v);
    lymph_value number;
    failure none = {0};
    lymph_status st = json_parse(s->a, v->as.text, v->size, &number, &none);
    if (!st)
        *v = number;
    return st == LYMPH_ENOMEM ? failure_set(s->f, st, "out of memory") : LYMPH_OK;
}

lymph_status plain_parse(arena *a, const lymph_type *type, const char *text, size_t size, const char *what, void *out,
                         failure *f)
{
    writer w;
    reader r;
    lymph_value v;
    shaper s = {.a = a, .f = f, .leaf = tighten, .key = tighten_key};
    writer_init(&w);
    lymph_status st = json_parse(a, text, size, &v, f);
    if (!st && (st = shape(&s, type, &v)))
        path_at(f, st, "%s", what);
    if (!st)
        st = encode_value(&w, &v, f);
    if (!st && w.failed)
        st = failure_set(f, w.failed, "out of memory");
    if (!st) {
        reader_init(&r, w.data, w.size);
        st = decode_type(&r, a, type, NULL, out, f);
        if (st)
            path_at(f, st, "%s", what);
    }
    writer_done(&w);
    if (st == LYMPH_EPROTO) /* no peer's fault: the text's */
        st = f->status = LYMPH_EINVAL;
    return st;
}
