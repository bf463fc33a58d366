#include "pyrepr.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- text ---- */

void text_add(text *t, const char *bytes, size_t size)
{
    if (t->failed)
        return;
    if (t->size + size + 1 > t->capacity) {
        size_t capacity = 2 * (t->size + size + 64);
        char *data = realloc(t->data, capacity);
        if (!data) {
            t->failed = true;
            return;
        }
        t->data = data;
        t->capacity = capacity;
    }
    if (size)
        memcpy(t->data + t->size, bytes, size);
    t->size += size;
    t->data[t->size] = '\0';
}

void text_str(text *t, const char *s)
{
    text_add(t, s, strlen(s));
}

void text_pad(text *t, size_t blanks)
{
    for (; blanks; blanks--)
        text_add(t, " ", 1);
}

size_t text_columns(const char *bytes, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++)
        n += ((unsigned char)bytes[i] & 0xc0) != 0x80;
    return n;
}

/* ---- strings ---- */

static uint32_t code_point(const unsigned char *at, size_t *size)
{
    *size = *at < 0x80 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
    uint32_t c = *size == 1 ? *at : *at & (0xffu >> (*size + 1));
    for (size_t i = 1; i < *size; i++)
        c = c << 6 | (at[i] & 0x3fu);
    return c;
}

/* Separators, controls, format and private characters: what Python's str.isprintable denies, less the code points that no
 * version of Unicode has assigned. */
static bool printable(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } not_printable[] = {
        {0x00, 0x1f},     {0x7f, 0xa0},     {0xad, 0xad},     {0x600, 0x605},   {0x61c, 0x61c},   {0x6dd, 0x6dd},     {0x70f, 0x70f},
        {0x1680, 0x1680}, {0x180e, 0x180e}, {0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x206f}, {0x3000, 0x3000},   {0xd800, 0xf8ff},
        {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},
    };
    for (size_t i = 0; i < sizeof not_printable / sizeof *not_printable; i++)
        if (c >= not_printable[i].first && c <= not_printable[i].last)
            return false;
    return true;
}

static char quote_for(const char *s, size_t size)
{
    return memchr(s, '\'', size) && !memchr(s, '"', size) ? '"' : '\'';
}

/* The escapes that str and bytes share; false if `c` needs none. */
static bool escape(text *t, unsigned char c, char quote)
{
    char out[8];
    if (c == (unsigned char)quote || c == '\\')
        snprintf(out, sizeof out, "\\%c", c);
    else if (c == '\n' || c == '\r' || c == '\t')
        snprintf(out, sizeof out, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    else
        return false;
    text_str(t, out);
    return true;
}

void repr_string(text *t, const char *s, size_t size)
{
    char quote = size ? quote_for(s, size) : '\'';
    const unsigned char *at = (const unsigned char *)s, *end = at + size;
    text_add(t, &quote, 1);
    while (at < end) {
        size_t length;
        uint32_t c = code_point(at, &length);
        char out[16];
        if (!(c < 0x80 && escape(t, (unsigned char)c, quote))) {
            if (printable(c)) {
                text_add(t, (const char *)at, length);
            } else {
                snprintf(out, sizeof out, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
                text_str(t, out);
            }
        }
        at += length;
    }
    text_add(t, &quote, 1);
}

void repr_bytes(text *t, const uint8_t *data, size_t size)
{
    char quote = size ? quote_for((const char *)data, size) : '\'';
    text_add(t, "b", 1);
    text_add(t, &quote, 1);
    for (size_t i = 0; i < size; i++) {
        char out[8];
        if (escape(t, data[i], quote))
            continue;
        snprintf(out, sizeof out, data[i] >= 0x20 && data[i] < 0x7f ? "%c" : "\\x%02x", data[i]);
        text_str(t, out);
    }
    text_add(t, &quote, 1);
}

/* ---- order ---- */

/* Strings by their code points, numbers by value, different kinds by kind. */
static int compare(const lymph_value *a, const lymph_value *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    switch ((lymph_value_kind)a->kind) {
    case LYMPH_VALUE_INT:
        return (a->as.integer > b->as.integer) - (a->as.integer < b->as.integer);
    case LYMPH_VALUE_FLOAT:
        return (a->as.number > b->as.number) - (a->as.number < b->as.number);
    case LYMPH_VALUE_STRING:
    case LYMPH_VALUE_BYTES: {
        uint32_t size = a->size < b->size ? a->size : b->size;
        int order = size ? memcmp(a->as.bytes, b->as.bytes, size) : 0;
        return order ? order : (a->size > b->size) - (a->size < b->size);
    }
    default:
        return 0;
    }
}

static int by_key(const void *a, const void *b)
{
    return compare(&((const lymph_entry *)a)->key, &((const lymph_entry *)b)->key);
}

static int by_value(const void *a, const void *b)
{
    return compare(a, b);
}

const lymph_entry *sorted_entries(lymph_ctx *ctx, const lymph_value *map)
{
    lymph_entry *entries = lymph_alloc_array(ctx, map->size, sizeof *entries);
    if (entries && map->size) {
        memcpy(entries, map->as.entries, map->size * sizeof *entries);
        qsort(entries, map->size, sizeof *entries, by_key);
    }
    return entries;
}

const lymph_value *sorted_items(lymph_ctx *ctx, const lymph_value *set)
{
    lymph_value *items = lymph_alloc_array(ctx, set->size, sizeof *items);
    if (items && set->size) {
        memcpy(items, set->as.items, set->size * sizeof *items);
        qsort(items, set->size, sizeof *items, by_value);
    }
    return items;
}

/* ---- values ---- */

static void repr_time_parts(text *t, const lymph_time *time)
{
    char out[64];
    snprintf(out, sizeof out, "%u, %u", time->hour, time->minute);
    text_str(t, out);
    if (time->second || time->microsecond) {
        snprintf(out, sizeof out, ", %u", time->second);
        text_str(t, out);
    }
    if (time->microsecond) {
        snprintf(out, sizeof out, ", %u", time->microsecond);
        text_str(t, out);
    }
}

static void repr_datetime(text *t, const lymph_datetime *d)
{
    char out[96];
    snprintf(out, sizeof out, "datetime.datetime(%d, %u, %u, ", (int)d->date.year, d->date.month, d->date.day);
    text_str(t, out);
    repr_time_parts(t, &d->time);
    if (d->has_offset && !d->offset_minutes) {
        text_str(t, ", tzinfo=datetime.timezone.utc");
    } else if (d->has_offset) {
        int seconds = d->offset_minutes * 60;
        snprintf(out, sizeof out, seconds < 0 ? ", tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=%d))"
                                              : ", tzinfo=datetime.timezone(datetime.timedelta(seconds=%d))",
                 seconds < 0 ? 86400 + seconds : seconds);
        text_str(t, out);
    }
    text_str(t, ")");
}

static void repr_form(text *t, const lymph_value *v)
{
    lymph_datetime datetime;
    lymph_date date;
    lymph_time time;
    char out[64];
    if (!lymph_value_datetime(*v, &datetime)) {
        repr_datetime(t, &datetime);
    } else if (!lymph_value_date(*v, &date)) {
        snprintf(out, sizeof out, "datetime.date(%d, %u, %u)", (int)date.year, date.month, date.day);
        text_str(t, out);
    } else if (!lymph_value_time(*v, &time)) {
        text_str(t, "datetime.time(");
        repr_time_parts(t, &time);
        text_str(t, ")");
    } else {
        text_str(t, v->kind == LYMPH_VALUE_UUID ? "UUID(" : "Decimal(");
        repr_string(t, v->as.text, v->size);
        text_str(t, ")");
    }
}

static void repr_float(text *t, lymph_ctx *ctx, double d)
{
    const char *out = isnan(d) ? "nan" : d < 0 ? "-inf" : "inf";
    if (isfinite(d) && lymph_json_print(ctx, lymph_float(d), 0, &out))
        t->failed = true;
    else
        text_str(t, out);
}

static void repr_items(text *t, lymph_ctx *ctx, const lymph_value *items, uint32_t count, bool sorted, const char *brackets)
{
    text_add(t, brackets, 1);
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            text_str(t, ", ");
        repr_value(t, ctx, &items[i], sorted);
    }
    text_add(t, brackets + 1, 1);
}

static void repr_map(text *t, lymph_ctx *ctx, const lymph_value *v, bool sorted)
{
    const lymph_entry *entries = sorted ? sorted_entries(ctx, v) : v->as.entries;
    text_str(t, "{");
    for (uint32_t i = 0; entries && i < v->size; i++) {
        if (i)
            text_str(t, ", ");
        repr_value(t, ctx, &entries[i].key, sorted);
        text_str(t, ": ");
        repr_value(t, ctx, &entries[i].value, sorted);
    }
    text_str(t, "}");
}

void repr_value(text *t, lymph_ctx *ctx, const lymph_value *v, bool sorted)
{
    char out[32];
    switch ((lymph_value_kind)v->kind) {
    case LYMPH_VALUE_NIL:
        text_str(t, "None");
        break;
    case LYMPH_VALUE_BOOL:
        text_str(t, v->as.boolean ? "True" : "False");
        break;
    case LYMPH_VALUE_INT:
        snprintf(out, sizeof out, "%" PRId64, v->as.integer);
        text_str(t, out);
        break;
    case LYMPH_VALUE_UINT:
        snprintf(out, sizeof out, "%" PRIu64, v->as.unsigned_integer);
        text_str(t, out);
        break;
    case LYMPH_VALUE_FLOAT:
        repr_float(t, ctx, v->as.number);
        break;
    case LYMPH_VALUE_STRING:
        repr_string(t, v->as.text, v->size);
        break;
    case LYMPH_VALUE_BYTES:
        repr_bytes(t, v->as.bytes, v->size);
        break;
    case LYMPH_VALUE_LIST:
        repr_items(t, ctx, v->as.items, v->size, sorted, "[]");
        break;
    case LYMPH_VALUE_MAP:
        repr_map(t, ctx, v, sorted);
        break;
    case LYMPH_VALUE_SET:
        if (v->size)
            repr_items(t, ctx, sorted ? sorted_items(ctx, v) : v->as.items, v->size, sorted, "{}");
        else
            text_str(t, "set()");
        break;
    case LYMPH_VALUE_UNDEFINED:
        text_str(t, "Undefined");
        break;
    case LYMPH_VALUE_EXT:
        snprintf(out, sizeof out, "ExtType(code=%d, data=", v->ext);
        text_str(t, out);
        repr_bytes(t, v->as.bytes, v->size);
        text_str(t, ")");
        break;
    default:
        repr_form(t, v);
    }
}
