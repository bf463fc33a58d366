/* decode.c: msgpack to C values, by their descriptors. Texts are copied to the arena, because C wants a NUL behind
 * them. */
#include "codec/decode.h"

#include <inttypes.h>
#include <lymph/call.h>
#include <math.h>
#include <string.h>

#include "codec/distinct.h"
#include "codec/forms.h"
#include "codec/limits.h"
#include "codec/path.h"

#define EMBEDDED 101

static lymph_status decode(reader *r, arena *a, const lymph_type *type, void *out, failure *f, int depth);

lymph_status decode_broken(const reader *r, failure *f)
{
    return path_fail(f, LYMPH_EPROTO, "%s", r->error ? r->error : "malformed");
}

static lymph_status no_memory(failure *f)
{
    return path_fail(f, LYMPH_ENOMEM, "out of memory");
}

void *decode_array(reader *r, arena *a, size_t count, size_t size, lymph_status *st, failure *f)
{
    size_t total = count * size; /* both are bounded by 32 bits */
    if (total > r->memory) {
        *st = path_fail(f, LYMPH_ELIMIT, "%zu items need more memory than a message of this size may take", count);
        return NULL;
    }
    r->memory -= total;
    void *items = arena_alloc(a, total);
    *st = items ? LYMPH_OK : no_memory(f);
    return items;
}

bool decode_embedded(reader *r, reader *inner)
{
    if (r->at == r->end || *r->at < 0xc7 || *r->at > 0xd8 || (*r->at > 0xc9 && *r->at < 0xd4))
        return false;
    reader ahead = *r;
    token t;
    if (!reader_next(&ahead, &t) || t.ext != EMBEDDED)
        return false;
    *r = ahead;
    *inner = *r;
    inner->at = t.data;
    inner->end = t.data + t.size;
    return true;
}

static const char *kind_text(token_kind kind)
{
    static const char *const names[] = {"nil",      "a bool", "an integer", "an integer", "a float",
                                        "a string", "bytes",  "a list",     "a map",      "an extension"};
    return names[kind];
}

static lymph_status mismatch(failure *f, const char *expected, const token *t)
{
    return path_fail(f, LYMPH_EPROTO, "%s is expected, not %s", expected, kind_text(t->kind));
}

/* ---- scalars ---- */

static lymph_status take_signed(const token *t, int64_t min, int64_t max, int64_t *out, failure *f)
{
    if (t->kind == TOKEN_UINT)
        return path_fail(f, LYMPH_EPROTO, "%" PRIu64 " is not between %" PRId64 " and %" PRId64, t->as.unsigned_integer,
                         min, max);
    if (t->kind != TOKEN_INT)
        return mismatch(f, "an integer", t);
    if (t->as.integer < min || t->as.integer > max)
        return path_fail(f, LYMPH_EPROTO, "%" PRId64 " is not between %" PRId64 " and %" PRId64, t->as.integer, min,
                         max);
    *out = t->as.integer;
    return LYMPH_OK;
}

static lymph_status take_unsigned(const token *t, uint64_t max, uint64_t *out, failure *f)
{
    if (t->kind != TOKEN_INT && t->kind != TOKEN_UINT)
        return mismatch(f, "an integer", t);
    if (t->kind == TOKEN_INT && t->as.integer < 0)
        return path_fail(f, LYMPH_EPROTO, "%" PRId64 " is not between 0 and %" PRIu64, t->as.integer, max);
    uint64_t n = t->kind == TOKEN_INT ? (uint64_t)t->as.integer : t->as.unsigned_integer;
    if (n > max)
        return path_fail(f, LYMPH_EPROTO, "%" PRIu64 " is not between 0 and %" PRIu64, n, max);
    *out = n;
    return LYMPH_OK;
}

static lymph_status take_float(const token *t, double *out, failure *f)
{
    switch (t->kind) {
    case TOKEN_FLOAT:
        *out = t->as.number;
        return LYMPH_OK;
    case TOKEN_INT:
        *out = (double)t->as.integer;
        return LYMPH_OK;
    case TOKEN_UINT:
        *out = (double)t->as.unsigned_integer;
        return LYMPH_OK;
    default:
        return mismatch(f, "a number", t);
    }
}

static lymph_status take_text(const token *t, arena *a, const char **out, failure *f)
{
    if (t->kind != TOKEN_STR)
        return mismatch(f, "a string", t);
    if (!utf8_valid(t->data, t->size, false))
        return path_fail(f, LYMPH_EPROTO, "not UTF-8, or with a NUL inside");
    *out = arena_strndup(a, (const char *)t->data, t->size);
    return *out ? LYMPH_OK : no_memory(f);
}

static lymph_status take_bytes(const token *t, arena *a, lymph_bytes *out, failure *f)
{
    if (t->kind != TOKEN_BIN && t->kind != TOKEN_STR)
        return mismatch(f, "bytes", t);
    out->data = (const uint8_t *)arena_strndup(a, (const char *)t->data, t->size);
    out->size = t->size;
    return out->data ? LYMPH_OK : no_memory(f);
}

static lymph_status take_enum(const token *t, const lymph_enum *e, int32_t *out, failure *f)
{
    *out = e->unrecognized;
    if (e->by_number) {
        if (t->kind != TOKEN_INT && t->kind != TOKEN_UINT)
            return mismatch(f, "an integer", t);
        for (size_t i = 0; i < e->count && t->kind == TOKEN_INT; i++)
            if (e->values[i].number == t->as.integer)
                *out = e->values[i].number;
        return LYMPH_OK;
    }
    if (t->kind != TOKEN_STR)
        return mismatch(f, "a string", t);
    for (size_t i = 0; i < e->count; i++)
        if (strlen(e->values[i].name) == t->size && memcmp(e->values[i].name, t->data, t->size) == 0)
            *out = e->values[i].number;
    return LYMPH_OK;
}

#define TAKE_SIGNED(ctype, min, max)                                                                                   \
    do {                                                                                                               \
        int64_t n;                                                                                                     \
        lymph_status st = take_signed(&t, min, max, &n, f);                                                            \
        if (!st)                                                                                                       \
            *(ctype *)out = (ctype)n;                                                                                  \
        return st;                                                                                                     \
    } while (0)

#define TAKE_UNSIGNED(ctype, max)                                                                                      \
    do {                                                                                                               \
        uint64_t n;                                                                                                    \
        lymph_status st = take_unsigned(&t, max, &n, f);                                                               \
        if (!st)                                                                                                       \
            *(ctype *)out = (ctype)n;                                                                                  \
        return st;                                                                                                     \
    } while (0)

static lymph_status decode_float(const token *t, const lymph_type *type, void *out, failure *f)
{
    double d = 0;
    lymph_status st = take_float(t, &d, f);
    if (st)
        return st;
    if (type->kind == LYMPH_KIND_FLOAT64) {
        *(double *)out = d;
    } else {
        if (isfinite(d) && !isfinite((float)d))
            return path_fail(f, LYMPH_EPROTO, "%g is too large for a float32", d);
        *(float *)out = (float)d;
    }
    return LYMPH_OK;
}

static lymph_status decode_scalar(reader *r, arena *a, const lymph_type *type, void *out, failure *f)
{
    token t;
    if (!reader_next(r, &t))
        return decode_broken(r, f);
    switch (type->kind) {
    case LYMPH_KIND_BOOL:
        if (t.kind != TOKEN_BOOL)
            return mismatch(f, "a bool", &t);
        *(bool *)out = t.as.boolean;
        return LYMPH_OK;
    case LYMPH_KIND_INT8:
        TAKE_SIGNED(int8_t, INT8_MIN, INT8_MAX);
    case LYMPH_KIND_INT16:
        TAKE_SIGNED(int16_t, INT16_MIN, INT16_MAX);
    case LYMPH_KIND_INT32:
        TAKE_SIGNED(int32_t, INT32_MIN, INT32_MAX);
    case LYMPH_KIND_INT64:
        TAKE_SIGNED(int64_t, INT64_MIN, INT64_MAX);
    case LYMPH_KIND_UINT8:
        TAKE_UNSIGNED(uint8_t, UINT8_MAX);
    case LYMPH_KIND_UINT16:
        TAKE_UNSIGNED(uint16_t, UINT16_MAX);
    case LYMPH_KIND_UINT32:
        TAKE_UNSIGNED(uint32_t, UINT32_MAX);
    case LYMPH_KIND_UINT64:
        TAKE_UNSIGNED(uint64_t, UINT64_MAX);
    case LYMPH_KIND_FLOAT32:
    case LYMPH_KIND_FLOAT64:
        return decode_float(&t, type, out, f);
    case LYMPH_KIND_STRING:
        return take_text(&t, a, out, f);
    case LYMPH_KIND_BYTES:
        return take_bytes(&t, a, out, f);
    default:
        return take_enum(&t, type->enumeration, out, f);
    }
}

/* ---- extension types ---- */

static bool text_is(const token *t, const char *text)
{
    return t->kind == TOKEN_STR && t->size == strlen(text) && memcmp(t->data, text, t->size) == 0;
}

/* Reads {"__type__": NAME, "_": value} with keys in any order; others are skipped. Leaves `content` at the value of
 * "_". */
static lymph_status open_form(reader *r, int kind, reader *content, failure *f)
{
    token t;
    const char *name = form_name(kind);
    bool named = false, found = false;
    if (!reader_next(r, &t))
        return decode_broken(r, f);
    if (t.kind != TOKEN_MAP)
        return path_fail(f, LYMPH_EPROTO, "a %s is expected, not %s", name, kind_text(t.kind));
    for (uint32_t i = 0; i < t.as.count; i++) {
        token key, value;
        if (!reader_next(r, &key) || key.kind == TOKEN_ARRAY || key.kind == TOKEN_MAP)
            return decode_broken(r, f);
        reader at = *r;
        if (!reader_skip(r))
            return decode_broken(r, f);
        if (text_is(&key, "_")) {
            *content = at;
            content->end = r->at;
            found = true;
        } else if (text_is(&key, "__type__")) {
            named = reader_next(&at, &value) && text_is(&value, name);
        }
    }
    return named && found ? LYMPH_OK : path_fail(f, LYMPH_EPROTO, "a %s is expected, not a map", name);
}

static lymph_status decode_form(reader *r, arena *a, const lymph_type *type, void *out, failure *f)
{
    static const int kinds[] = {
        [LYMPH_KIND_DATETIME] = LYMPH_VALUE_DATETIME, [LYMPH_KIND_DATE] = LYMPH_VALUE_DATE,
        [LYMPH_KIND_TIME] = LYMPH_VALUE_TIME,         [LYMPH_KIND_DECIMAL] = LYMPH_VALUE_DECIMAL,
        [LYMPH_KIND_UUID] = LYMPH_VALUE_UUID,
    };
    int kind = kinds[type->kind];
    reader content;
    lymph_status st = open_form(r, kind, &content, f);
    if (st)
        return st;
    token t;
    if (!reader_next(&content, &t))
        return decode_broken(&content, f);
    if (type->kind == LYMPH_KIND_DECIMAL && t.kind == TOKEN_INT) {
        ((lymph_decimal *)out)->text = arena_printf(a, "%" PRId64, t.as.integer);
        return ((lymph_decimal *)out)->text ? LYMPH_OK : no_memory(f);
    }
    if (t.kind != TOKEN_STR)
        return mismatch(f, "a text", &t);
    const char *text = (const char *)t.data;
    bool ok;
    switch (type->kind) {
    case LYMPH_KIND_DATETIME:
        ok = datetime_parse(text, t.size, out);
        break;
    case LYMPH_KIND_DATE:
        ok = date_parse(text, t.size, out);
        break;
    case LYMPH_KIND_TIME:
        ok = time_parse(text, t.size, out);
        break;
    case LYMPH_KIND_UUID:
        ok = uuid_parse(text, t.size, out);
        break;
    default:
        ok = decimal_valid(text, t.size);
        if (ok && !(((lymph_decimal *)out)->text = arena_strndup(a, text, t.size)))
            return no_memory(f);
    }
    return ok ? LYMPH_OK
              : path_fail(f, LYMPH_EPROTO, "'%.*s' is not a valid %s", (int)(t.size < 60 ? t.size : 60), text,
                          form_name(kind));
}

/* ---- containers ---- */

typedef struct sequence {
    void *items;
    size_t count;
} sequence;

static lymph_status decode_items(reader *r, arena *a, const lymph_type *element, sequence *out, failure *f, int depth)
{
    token t;
    if (!reader_next(r, &t))
        return decode_broken(r, f);
    if (t.kind != TOKEN_ARRAY)
        return mismatch(f, "a list", &t);
    lymph_status st;
    char *items = decode_array(r, a, t.as.count, element->size, &st, f);
    for (uint32_t i = 0; i < t.as.count && !st; i++) {
        st = decode(r, a, element, items + i * element->size, f, depth);
        if (st)
            path_at(f, st, "[%u]", i);
    }
    if (!st)
        *out = (sequence){items, t.as.count};
    return st;
}

static lymph_status decode_set(reader *r, arena *a, const lymph_type *element, sequence *out, failure *f, int depth)
{
    reader content;
    lymph_status st = open_form(r, LYMPH_VALUE_SET, &content, f);
    if (!st)
        st = decode_items(&content, a, element, out, f, depth);
    if (!st) {
        r->memory = content.memory;
        st = distinct_keep(element, out->items, element->size, &out->count, f);
    }
    return st;
}

static lymph_status decode_map(reader *r, arena *a, const lymph_type *type, sequence *out, failure *f, int depth)
{
    token t;
    if (!reader_next(r, &t))
        return decode_broken(r, f);
    if (t.kind != TOKEN_MAP)
        return mismatch(f, "a map", &t);
    lymph_status st;
    char *entries = decode_array(r, a, t.as.count, type->entry_size, &st, f);
    for (uint32_t i = 0; i < t.as.count && !st; i++) {
        char *entry = entries + i * type->entry_size;
        st = decode(r, a, type->key, entry, f, depth);
        if (!st)
            st = decode(r, a, type->element, entry + type->value_offset, f, depth);
        if (st)
            path_at(f, st, "{%u}", i);
    }
    *out = (sequence){entries, st ? 0 : t.as.count};
    return st ? st : distinct_keep(type->key, entries, type->entry_size, &out->count, f);
}

static lymph_status decode_optional(reader *r, arena *a, const lymph_type *element, void *out, failure *f, int depth)
{
    void *pointer = NULL;
    memcpy(out, &pointer, sizeof pointer);
    if (r->at < r->end && *r->at == 0xc0) {
        r->at++;
        return LYMPH_OK;
    }
    if (element->kind == LYMPH_KIND_STRING)
        return decode(r, a, element, out, f, depth);
    lymph_status st;
    pointer = decode_array(r, a, 1, element->size, &st, f);
    if (!st)
        st = decode(r, a, element, pointer, f, depth);
    if (!st)
        memcpy(out, &pointer, sizeof pointer);
    return st;
}

/* ---- records ---- */

/* Messages usually arrive in declaration order: the field expected next is tried first. */
static size_t find_field(const lymph_record *record, const token *key, size_t expected)
{
    for (size_t n = 0; n < record->field_count; n++) {
        size_t i = expected + n < record->field_count ? expected + n : expected + n - record->field_count;
        const char *name = record->fields[i].name;
        if (strlen(name) == key->size && memcmp(name, key->data, key->size) == 0)
            return i;
    }
    return record->field_count;
}

/* What a field holds when its key is absent. False: it must be there. */
static bool preset(const lymph_field *field, void *out)
{
    if (field->preset)
        memcpy(out, field->preset, field->type->size);
    return field->preset || field->type->kind == LYMPH_KIND_OPTIONAL;
}

static lymph_status decode_fields(reader *r, arena *a, const lymph_record *record, bool strict, char *out,
                                  uint64_t *seen, failure *f, int depth)
{
    token map, key;
    if (!reader_next(r, &map))
        return decode_broken(r, f);
    if (map.kind != TOKEN_MAP)
        return mismatch(f, "a map", &map);
    size_t expected = 0;
    for (uint32_t n = 0; n < map.as.count; n++) {
        if (!reader_next(r, &key))
            return decode_broken(r, f);
        if (key.kind == TOKEN_ARRAY || key.kind == TOKEN_MAP)
            return path_fail(f, LYMPH_EPROTO, "a key is %s", kind_text(key.kind));
        size_t i = key.kind == TOKEN_STR ? find_field(record, &key, expected) : record->field_count;
        if (i == record->field_count) {
            if (strict)
                return path_fail(f, LYMPH_EPROTO, "unexpected '%.*s'",
                                 key.kind == TOKEN_STR ? (int)(key.size < 60 ? key.size : 60) : 1,
                                 key.kind == TOKEN_STR ? (const char *)key.data : "?");
            if (!reader_skip(r))
                return decode_broken(r, f);
            continue;
        }
        const lymph_field *field = &record->fields[i];
        lymph_status st = LYMPH_OK;
        seen[i / 64] |= (uint64_t)1 << i % 64;
        if (field->preset && r->at < r->end && *r->at == 0xc0) {
            r->at++; /* nil is as good as absent where there is a default */
            seen[i / 64] &= ~((uint64_t)1 << i % 64);
        } else {
            st = decode(r, a, field->type, out + field->offset, f, depth);
            if (!st)
                st = limits_check(field, out + field->offset, LYMPH_EPROTO, f);
        }
        if (st == LYMPH_EPROTO && (field->flags & LYMPH_FIELD_SENSITIVE))
            path_fail(f, st, "not valid"); /* the reason may quote the value */
        if (st)
            return path_at(f, st, ".%s", field->name);
        expected = i + 1 < record->field_count ? i + 1 : 0;
    }
    for (size_t i = 0; i < record->field_count; i++) {
        const lymph_field *field = &record->fields[i];
        if (!(seen[i / 64] >> i % 64 & 1) && !preset(field, out + field->offset))
            return path_at(f, path_fail(f, LYMPH_EPROTO, "missing"), ".%s", field->name);
    }
    return LYMPH_OK;
}

static lymph_status decode_members(reader *r, arena *a, const lymph_record *record, bool strict, void *out, failure *f,
                                   int depth)
{
    uint64_t few = 0, *seen = &few;
    if (record->field_count > 64) {
        seen = arena_zalloc_array(a, (record->field_count + 63) / 64, sizeof *seen);
        if (!seen)
            return no_memory(f);
    }
    if (record->size)
        memset(out, 0, record->size);
    return decode_fields(r, a, record, strict, out, seen, f, depth);
}

/* ---- any type ---- */

static lymph_status decode(reader *r, arena *a, const lymph_type *type, void *out, failure *f, int depth)
{
    reader inner;
    if (depth > READER_MAX_DEPTH)
        return path_fail(f, LYMPH_ELIMIT, "nested deeper than %d levels", READER_MAX_DEPTH);
    if (decode_embedded(r, &inner)) {
        lymph_status st = decode(&inner, a, type, out, f, depth + 1);
        r->elements = inner.elements;
        r->memory = inner.memory;
        return st                      ? st
               : reader_at_end(&inner) ? LYMPH_OK
                                       : path_fail(f, LYMPH_EPROTO, "bytes are left behind embedded msgpack");
    }
    switch (type->kind) {
    case LYMPH_KIND_DATETIME:
    case LYMPH_KIND_DATE:
    case LYMPH_KIND_TIME:
    case LYMPH_KIND_DECIMAL:
    case LYMPH_KIND_UUID:
        memset(out, 0, type->size);
        return decode_form(r, a, type, out, f);
    case LYMPH_KIND_ANY:
        return decode_dynamic(r, a, out, f, depth);
    case LYMPH_KIND_STRUCT:
        return decode_members(r, a, type->record, false, out, f, depth + 1);
    case LYMPH_KIND_LIST:
        return decode_items(r, a, type->element, out, f, depth + 1);
    case LYMPH_KIND_SET:
        return decode_set(r, a, type->element, out, f, depth + 1);
    case LYMPH_KIND_MAP:
        return decode_map(r, a, type, out, f, depth + 1);
    case LYMPH_KIND_OPTIONAL:
        return decode_optional(r, a, type->element, out, f, depth);
    default:
        return decode_scalar(r, a, type, out, f);
    }
}

/* ---- entry points ---- */

lymph_status decode_record(reader *r, arena *a, const lymph_record *record, bool strict, void *out, failure *f)
{
    reader inner;
    bool embedded = decode_embedded(r, &inner);
    lymph_status st = decode_members(embedded ? &inner : r, a, record, strict, out, f, 1);
    if (!st && embedded && !reader_at_end(&inner))
        st = path_fail(f, LYMPH_EPROTO, "bytes are left behind embedded msgpack");
    return st ? path_at(f, st, "%s", record->name) : LYMPH_OK;
}

lymph_status decode_type(reader *r, arena *a, const lymph_type *type, const char *what, void *out, failure *f)
{
    lymph_status st = decode(r, a, type, out, f, 0);
    return st && what ? path_at(f, st, "%s result", what) : st;
}
