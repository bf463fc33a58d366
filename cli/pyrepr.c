#include "pyrepr.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- strings ---- */

uint32_t character_at(const char *text, size_t *size)
{
    const unsigned char *at = (const unsigned char *)text;
    *size = *at < 0x80 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
    uint32_t c = *size == 1 ? *at : *at & (0xffu >> (*size + 1));
    for (size_t i = 1; i < *size; i++)
        c = c << 6 | (at[i] & 0x3fu);
    return c;
}

/* As Python's str.isprintable: no controls, separators, format characters, surrogates, private ones. What Unicode has
 * not assigned yet is taken as printable, where Python goes by the Unicode of its own release. */
static bool printable(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } others[] = {
        {0x00, 0x1f},        {0x7f, 0xa0},       {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},
        {0x6dd, 0x6dd},      {0x70f, 0x70f},     {0x890, 0x891},     {0x8e2, 0x8e2},     {0x1680, 0x1680},
        {0x180e, 0x180e},    {0x2000, 0x200f},   {0x2028, 0x202f},   {0x205f, 0x206f},   {0x3000, 0x3000},
        {0xd800, 0xf8ff},    {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},   {0x110bd, 0x110bd},
        {0x110cd, 0x110cd},  {0x13430, 0x13438}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0001, 0xe007f},
        {0xf0000, 0x10ffff},
    };
    if ((c & 0xfffe) == 0xfffe)
        return false;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (c >= others[i].first && c <= others[i].last)
            return false;
    return true;
}

static char quote_for(const char *s, size_t size)
{
    return memchr(s, '\'', size) && !memchr(s, '"', size) ? '"' : '\'';
}

/* The escapes that str and bytes share; false if `c` needs none. */
static bool escape(buffer *b, unsigned char c, char quote)
{
    char out[8];
    if (c == (unsigned char)quote || c == '\\')
        snprintf(out, sizeof out, "\\%c", c);
    else if (c == '\n' || c == '\r' || c == '\t')
        snprintf(out, sizeof out, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    else
        return false;
    buffer_str(b, out);
    return true;
}

void repr_string(buffer *b, const char *s, size_t size)
{
    char quote = size ? quote_for(s, size) : '\'';
    buffer_add(b, &quote, 1);
    for (size_t at = 0, length; at < size; at += length) {
        uint32_t c = character_at(s + at, &length);
        char out[16];
        if (c < 0x80 && escape(b, (unsigned char)c, quote))
            continue;
        if (printable(c)) {
            buffer_add(b, s + at, length);
        } else {
            snprintf(out, sizeof out, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
            buffer_str(b, out);
        }
    }
    buffer_add(b, &quote, 1);
}

void repr_bytes(buffer *b, const uint8_t *data, size_t size)
{
    char quote = size ? quote_for((const char *)data, size) : '\'';
    buffer_add(b, "b", 1);
    buffer_add(b, &quote, 1);
    for (size_t i = 0; i < size; i++) {
        char out[8];
        if (escape(b, data[i], quote))
            continue;
        snprintf(out, sizeof out, data[i] >= 0x20 && data[i] < 0x7f ? "%c" : "\\x%02x", data[i]);
        buffer_str(b, out);
    }
    buffer_add(b, &quote, 1);
}

/* ---- order ---- */

static int rank(const lymph_value *v)
{
    switch ((lymph_value_kind)v->kind) {
    case LYMPH_VALUE_NIL:
        return 0;
    case LYMPH_VALUE_BYTES:
        return 1;
    case LYMPH_VALUE_BOOL:
    case LYMPH_VALUE_INT:
    case LYMPH_VALUE_UINT:
    case LYMPH_VALUE_FLOAT:
        return 2;
    case LYMPH_VALUE_STRING:
        return 3;
    default:
        return 4 + v->kind;
    }
}

static double number_of(const lymph_value *v)
{
    return v->kind == LYMPH_VALUE_FLOAT  ? v->as.number
           : v->kind == LYMPH_VALUE_UINT ? (double)v->as.unsigned_integer
           : v->kind == LYMPH_VALUE_BOOL ? v->as.boolean
                                         : (double)v->as.integer;
}

/* Numbers by value, texts by their code points, which is the order of their bytes; what Python cannot compare, by type.
 */
static int compare(const lymph_value *a, const lymph_value *b)
{
    int kind = rank(a);
    if (kind != rank(b))
        return kind < rank(b) ? -1 : 1;
    if (a->kind == LYMPH_VALUE_INT && b->kind == LYMPH_VALUE_INT)
        return (a->as.integer > b->as.integer) - (a->as.integer < b->as.integer);
    if (a->kind == LYMPH_VALUE_UINT && b->kind == LYMPH_VALUE_UINT)
        return (a->as.unsigned_integer > b->as.unsigned_integer) - (a->as.unsigned_integer < b->as.unsigned_integer);
    if (kind == 2)
        return (number_of(a) > number_of(b)) - (number_of(a) < number_of(b));
    switch ((lymph_value_kind)a->kind) {
    case LYMPH_VALUE_NIL:
    case LYMPH_VALUE_LIST:
    case LYMPH_VALUE_MAP:
    case LYMPH_VALUE_SET:
        return 0;
    default: { /* texts and bytes */
        uint32_t size = a->size < b->size ? a->size : b->size;
        int order = size ? memcmp(a->as.bytes, b->as.bytes, size) : 0;
        return order ? order : (a->size > b->size) - (a->size < b->size);
    }
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

static void repr_time_parts(buffer *b, const lymph_time *time)
{
    char out[64];
    snprintf(out, sizeof out, "%u, %u", time->hour, time->minute);
    buffer_str(b, out);
    if (time->second || time->microsecond) {
        snprintf(out, sizeof out, ", %u", time->second);
        buffer_str(b, out);
    }
    if (time->microsecond) {
        snprintf(out, sizeof out, ", %u", time->microsecond);
        buffer_str(b, out);
    }
}

static void repr_datetime(buffer *b, const lymph_datetime *d)
{
    char out[96];
    snprintf(out, sizeof out, "datetime.datetime(%d, %u, %u, ", (int)d->date.year, d->date.month, d->date.day);
    buffer_str(b, out);
    repr_time_parts(b, &d->time);
    if (d->has_offset && !d->offset_minutes) {
        buffer_str(b, ", tzinfo=datetime.timezone.utc");
    } else if (d->has_offset) {
        int seconds = d->offset_minutes * 60;
        snprintf(out, sizeof out,
                 seconds < 0 ? ", tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=%d))"
                             : ", tzinfo=datetime.timezone(datetime.timedelta(seconds=%d))",
                 seconds < 0 ? 86400 + seconds : seconds);
        buffer_str(b, out);
    }
    buffer_str(b, ")");
}

static void repr_form(buffer *b, const lymph_value *v)
{
    lymph_datetime datetime;
    lymph_date date;
    lymph_time time;
    char out[64];
    if (!lymph_value_datetime(*v, &datetime)) {
        repr_datetime(b, &datetime);
    } else if (!lymph_value_date(*v, &date)) {
        snprintf(out, sizeof out, "datetime.date(%d, %u, %u)", (int)date.year, date.month, date.day);
        buffer_str(b, out);
    } else if (!lymph_value_time(*v, &time)) {
        buffer_str(b, "datetime.time(");
        repr_time_parts(b, &time);
        buffer_str(b, ")");
    } else {
        buffer_str(b, v->kind == LYMPH_VALUE_UUID ? "UUID(" : "Decimal(");
        repr_string(b, v->as.text, v->size);
        buffer_str(b, ")");
    }
}

static void repr_float(buffer *b, lymph_ctx *ctx, double d)
{
    const char *out = isnan(d) ? "nan" : d < 0 ? "-inf" : "inf";
    if (isfinite(d) && lymph_json_print(ctx, lymph_float(d), 0, &out))
        b->failed = true;
    else
        buffer_str(b, out);
}

static void repr_items(buffer *b, lymph_ctx *ctx, const lymph_value *items, uint32_t count, bool sorted,
                       const char *brackets)
{
    buffer_add(b, brackets, 1);
    for (uint32_t i = 0; items && i < count; i++) {
        if (i)
            buffer_str(b, ", ");
        repr_value(b, ctx, &items[i], sorted);
    }
    buffer_add(b, brackets + 1, 1);
}

static void repr_map(buffer *b, lymph_ctx *ctx, const lymph_value *v, bool sorted)
{
    const lymph_entry *entries = sorted ? sorted_entries(ctx, v) : v->as.entries;
    buffer_str(b, "{");
    for (uint32_t i = 0; entries && i < v->size; i++) {
        if (i)
            buffer_str(b, ", ");
        repr_value(b, ctx, &entries[i].key, sorted);
        buffer_str(b, ": ");
        repr_value(b, ctx, &entries[i].value, sorted);
    }
    buffer_str(b, "}");
}

void repr_value(buffer *b, lymph_ctx *ctx, const lymph_value *v, bool sorted)
{
    char out[32];
    switch ((lymph_value_kind)v->kind) {
    case LYMPH_VALUE_NIL:
        buffer_str(b, "None");
        break;
    case LYMPH_VALUE_BOOL:
        buffer_str(b, v->as.boolean ? "True" : "False");
        break;
    case LYMPH_VALUE_INT:
        snprintf(out, sizeof out, "%" PRId64, v->as.integer);
        buffer_str(b, out);
        break;
    case LYMPH_VALUE_UINT:
        snprintf(out, sizeof out, "%" PRIu64, v->as.unsigned_integer);
        buffer_str(b, out);
        break;
    case LYMPH_VALUE_FLOAT:
        repr_float(b, ctx, v->as.number);
        break;
    case LYMPH_VALUE_STRING:
        repr_string(b, v->as.text, v->size);
        break;
    case LYMPH_VALUE_BYTES:
        repr_bytes(b, v->as.bytes, v->size);
        break;
    case LYMPH_VALUE_LIST:
        repr_items(b, ctx, v->as.items, v->size, sorted, "[]");
        break;
    case LYMPH_VALUE_MAP:
        repr_map(b, ctx, v, sorted);
        break;
    case LYMPH_VALUE_SET:
        if (v->size)
            repr_items(b, ctx, sorted_items(ctx, v), v->size, sorted, "{}");
        else
            buffer_str(b, "set()");
        break;
    case LYMPH_VALUE_UNDEFINED:
        buffer_str(b, "Undefined");
        break;
    case LYMPH_VALUE_EXT:
        snprintf(out, sizeof out, "ExtType(code=%d, data=", v->ext);
        buffer_str(b, out);
        repr_bytes(b, v->as.bytes, v->size);
        buffer_str(b, ")");
        break;
    default:
        repr_form(b, v);
    }
}
