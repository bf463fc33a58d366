/* dynamic.c: msgpack to lymph_value. */
#include <inttypes.h>
#include <string.h>

#include "codec/decode.h"
#include "codec/distinct.h"
#include "codec/forms.h"
#include "codec/path.h"

static lymph_status decode_text(const token *t, arena *a, lymph_value *out, failure *f)
{
    if (t->kind == TOKEN_STR && !utf8_valid(t->data, t->size, true))
        return path_fail(f, LYMPH_EPROTO, "a string is not UTF-8");
    out->kind = t->kind == TOKEN_STR ? LYMPH_VALUE_STRING : t->kind == TOKEN_BIN ? LYMPH_VALUE_BYTES : LYMPH_VALUE_EXT;
    out->size = t->size;
    out->as.text = arena_strndup(a, (const char *)t->data, t->size);
    if (t->kind == TOKEN_EXT)
        out->ext = t->ext;
    return out->as.text ? LYMPH_OK : path_fail(f, LYMPH_ENOMEM, "out of memory");
}

static lymph_status decode_list(reader *r, arena *a, uint32_t count, lymph_value *out, failure *f, int depth)
{
    lymph_status st;
    lymph_value *items = decode_array(r, a, count, sizeof *items, &st, f);
    for (uint32_t i = 0; i < count && !st; i++) {
        st = decode_dynamic(r, a, &items[i], f, depth);
        if (st)
            path_at(f, st, "[%u]", i);
    }
    if (!st)
        *out = lymph_list(items, count);
    return st;
}

/* A map with "__type__" and "_" is a value of that type; of an unknown type it stays a map. */
static lymph_status recognize(arena *a, lymph_value *map, failure *f)
{
    const lymph_value *type = lymph_get(*map, "__type__"), *content = type ? lymph_get(*map, "_") : NULL;
    if (!content || type->kind != LYMPH_VALUE_STRING)
        return LYMPH_OK;
    int kind = form_kind(type->as.text, type->size);
    if (kind == LYMPH_VALUE_NIL)
        return LYMPH_OK;
    lymph_value v = *content;
    if (kind == LYMPH_VALUE_SET) {
        if (v.kind != LYMPH_VALUE_LIST)
            return path_fail(f, LYMPH_EPROTO, "a set without a list");
        size_t members = v.size;
        lymph_status st = distinct_keep(NULL, (void *)v.as.items, sizeof *v.as.items, &members, f);
        if (st)
            return st;
        v.size = (uint32_t)members;
    } else if (kind == LYMPH_VALUE_DECIMAL && v.kind == LYMPH_VALUE_INT) {
        v.as.text = arena_printf(a, "%" PRId64, v.as.integer);
        if (!v.as.text)
            return path_fail(f, LYMPH_ENOMEM, "out of memory");
        v.size = (uint32_t)strlen(v.as.text);
    } else if (v.kind != LYMPH_VALUE_STRING || !form_valid(kind, v.as.text, v.size)) {
        return path_fail(f, LYMPH_EPROTO, "not a valid %s", form_name(kind));
    }
    v.kind = (uint8_t)kind;
    *map = v;
    return LYMPH_OK;
}

static lymph_status decode_entries(reader *r, arena *a, uint32_t count, lymph_value *out, failure *f, int depth)
{
    lymph_status st;
    lymph_entry *entries = decode_array(r, a, count, sizeof *entries, &st, f);
    for (uint32_t i = 0; i < count && !st; i++) {
        st = decode_dynamic(r, a, &entries[i].key, f, depth);
        if (!st)
            st = decode_dynamic(r, a, &entries[i].value, f, depth);
        if (st)
            path_at(f, st, "{%u}", i);
    }
    if (st)
        return st;
    size_t kept = count;
    st = distinct_keep(NULL, entries, sizeof *entries, &kept, f);
    if (st)
        return st;
    *out = lymph_map(entries, (uint32_t)kept);
    return recognize(a, out, f);
}

lymph_status decode_dynamic(reader *r, arena *a, lymph_value *out, failure *f, int depth)
{
    reader inner;
    token t;
    if (depth > READER_MAX_DEPTH)
        return path_fail(f, LYMPH_ELIMIT, "nested deeper than %d levels", READER_MAX_DEPTH);
    if (decode_embedded(r, &inner)) {
        lymph_status st = decode_dynamic(&inner, a, out, f, depth + 1);
        r->elements = inner.elements;
        r->memory = inner.memory;
        return st                      ? st
               : reader_at_end(&inner) ? LYMPH_OK
                                       : path_fail(f, LYMPH_EPROTO, "bytes are left behind embedded msgpack");
    }
    if (!reader_next(r, &t))
        return decode_broken(r, f);
    switch (t.kind) {
    case TOKEN_NIL:
        *out = lymph_nil();
        return LYMPH_OK;
    case TOKEN_BOOL:
        *out = lymph_bool(t.as.boolean);
        return LYMPH_OK;
    case TOKEN_INT:
        *out = lymph_int(t.as.integer);
        return LYMPH_OK;
    case TOKEN_UINT:
        *out = lymph_uint(t.as.unsigned_integer);
        return LYMPH_OK;
    case TOKEN_FLOAT:
        *out = lymph_float(t.as.number);
        return LYMPH_OK;
    case TOKEN_ARRAY:
        return decode_list(r, a, t.as.count, out, f, depth + 1);
    case TOKEN_MAP:
        return decode_entries(r, a, t.as.count, out, f, depth + 1);
    default:
        *out = lymph_nil();
        return decode_text(&t, a, out, f);
    }
}

lymph_status decode_value(reader *r, arena *a, lymph_value *out, failure *f)
{
    lymph_status st = decode_dynamic(r, a, out, f, 0);
    return st ? path_at(f, st, "value") : LYMPH_OK;
}

lymph_status decode_value_all(const void *data, size_t size, arena *a, lymph_value *out, failure *f)
{
    reader r;
    reader_init(&r, data, size);
    lymph_status st = decode_value(&r, a, out, f);
    if (!st && !reader_at_end(&r))
        st = failure_set(f, LYMPH_EPROTO, "value: bytes are left behind it");
    return st;
}
