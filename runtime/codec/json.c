/* json.c: values to JSON, in the form of Python's json.dumps, which the original's registrations and tools have. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/base64.h"
#include "codec/codec.h"
#include "codec/forms.h"

typedef struct printer {
    char *text;
    size_t size, capacity;
    bool failed;
    unsigned flags;
    failure *f;
} printer;

static void put(printer *p, const char *text, size_t size)
{
    if (p->failed)
        return;
    if (p->size + size + 1 > p->capacity) {
        size_t capacity = 2 * (p->size + size + 64);
        char *grown = realloc(p->text, capacity);
        if (!grown) {
            p->failed = true;
            return;
        }
        p->text = grown;
        p->capacity = capacity;
    }
    memcpy(p->text + p->size, text, size);
    p->size += size;
    p->text[p->size] = '\0';
}

static void put_text(printer *p, const char *text)
{
    put(p, text, strlen(text));
}

static uint32_t code_point(const unsigned char *at, int *size)
{
    *size = *at < 0x80 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
    uint32_t c = *size == 1 ? *at : *at & (0xff >> (*size + 1));
    for (int i = 1; i < *size; i++)
        c = c << 6 | (at[i] & 0x3f);
    return c;
}

static void put_escape(printer *p, uint32_t c)
{
    char text[16];
    if (c >= 0x10000) {
        c -= 0x10000;
        snprintf(text, sizeof text, "\\u%04x\\u%04x", 0xd800 + (c >> 10), 0xdc00 + (c & 0x3ff));
    } else {
        snprintf(text, sizeof text, "\\u%04x", c);
    }
    put_text(p, text);
}

static lymph_status put_string(printer *p, const char *text, size_t size)
{
    static const char special[] = "\"\\\n\r\t\b\f", letters[] = "\"\\nrtbf";
    if (!utf8_valid(text, size, true))
        return failure_set(p->f, LYMPH_EINVAL, "JSON: a text is not UTF-8");
    const unsigned char *at = (const unsigned char *)text, *end = at + size;
    put(p, "\"", 1);
    while (at < end) {
        int length;
        uint32_t c = code_point(at, &length);
        const char *s = c && c < 0x80 ? strchr(special, (int)c) : NULL;
        if (s) {
            char escape[2] = {'\\', letters[s - special]};
            put(p, escape, 2);
        } else if (c < 0x20 || (c > 0x7e && (p->flags & LYMPH_JSON_ASCII))) {
            put_escape(p, c);
        } else {
            put(p, (const char *)at, (size_t)length);
        }
        at += length;
    }
    put(p, "\"", 1);
    return LYMPH_OK;
}

/* As Python's repr: the shortest digits that read back as the same number; exponents below -4 and from 16 on. */
static void put_float(printer *p, double d)
{
    char text[48];
    int precision = 0;
    do
        snprintf(text, sizeof text, "%.*e", precision, d);
    while (strtod(text, NULL) != d && ++precision < 17);
    int exponent = atoi(strchr(text, 'e') + 1);
    if (exponent >= -4 && exponent < 16)
        snprintf(text, sizeof text, "%.*f", precision > exponent ? precision - exponent : 1, d);
    char *comma = strchr(text, ','); /* the decimal point of the program's locale */
    if (comma)
        *comma = '.';
    put_text(p, text);
}

static void put_base64(printer *p, const uint8_t *data, size_t size)
{
    char text[BASE64_TEXT(48)];
    put(p, "\"", 1);
    for (size_t i = 0; i < size; i += 48) {
        size_t part = size - i < 48 ? size - i : 48;
        base64_encode(data + i, part, text);
        put(p, text, BASE64_TEXT(part));
    }
    put(p, "\"", 1);
}

static lymph_status print(printer *p, const lymph_value *v, int depth);

static lymph_status print_items(printer *p, const lymph_value *v, int depth)
{
    lymph_status st = LYMPH_OK;
    put(p, "[", 1);
    for (uint32_t i = 0; i < v->size && !st; i++) {
        if (i)
            put(p, ", ", 2);
        st = print(p, &v->as.items[i], depth);
    }
    put(p, "]", 1);
    return st;
}

/* JSON has text keys only; others are printed as their JSON text. */
static lymph_status print_key(printer *p, const lymph_value *key, int depth)
{
    if (key->kind == LYMPH_VALUE_STRING)
        return put_string(p, key->as.text, key->size);
    printer inner = {.flags = p->flags, .f = p->f};
    lymph_status st = print(&inner, key, depth);
    if (!st && !inner.failed)
        st = put_string(p, inner.text, inner.size);
    p->failed |= inner.failed;
    free(inner.text);
    return st;
}

static lymph_status print_entries(printer *p, const lymph_value *v, int depth)
{
    lymph_status st = LYMPH_OK;
    put(p, "{", 1);
    for (uint32_t i = 0; i < v->size && !st; i++) {
        if (i)
            put(p, ", ", 2);
        st = print_key(p, &v->as.entries[i].key, depth);
        put(p, ": ", 2);
        if (!st)
            st = print(p, &v->as.entries[i].value, depth);
    }
    put(p, "}", 1);
    return st;
}

static void put_form(printer *p, const char *name)
{
    put_text(p, "{\"__type__\": \"");
    put_text(p, name);
    put_text(p, "\", \"_\": ");
}

static lymph_status print_form(printer *p, const lymph_value *v, int depth)
{
    lymph_status st = LYMPH_OK;
    char name[24] = "bytes";
    if (v->kind == LYMPH_VALUE_EXT)
        snprintf(name, sizeof name, "ext:%d", v->ext);
    else if (v->kind != LYMPH_VALUE_BYTES)
        snprintf(name, sizeof name, "%s", form_name(v->kind));
    put_form(p, name);
    if (v->kind == LYMPH_VALUE_SET)
        st = print_items(p, v, depth);
    else if (v->kind == LYMPH_VALUE_BYTES || v->kind == LYMPH_VALUE_EXT)
        put_base64(p, v->as.bytes, v->size);
    else
        st = put_string(p, v->as.text, v->size);
    put(p, "}", 1);
    return st;
}

static lymph_status print(printer *p, const lymph_value *v, int depth)
{
    char text[32];
    if (depth > READER_MAX_DEPTH)
        return failure_set(p->f, LYMPH_ELIMIT, "JSON: nested deeper than %d levels", READER_MAX_DEPTH);
    switch ((lymph_value_kind)v->kind) {
    case LYMPH_VALUE_NIL:
        put_text(p, "null");
        return LYMPH_OK;
    case LYMPH_VALUE_BOOL:
        put_text(p, v->as.boolean ? "true" : "false");
        return LYMPH_OK;
    case LYMPH_VALUE_INT:
        snprintf(text, sizeof text, "%" PRId64, v->as.integer);
        put_text(p, text);
        return LYMPH_OK;
    case LYMPH_VALUE_UINT:
        snprintf(text, sizeof text, "%" PRIu64, v->as.unsigned_integer);
        put_text(p, text);
        return LYMPH_OK;
    case LYMPH_VALUE_FLOAT:
        if (!isfinite(v->as.number))
            return failure_set(p->f, LYMPH_EINVAL, "JSON has no infinities and no NaN");
        put_float(p, v->as.number);
        return LYMPH_OK;
    case LYMPH_VALUE_STRING:
        return put_string(p, v->as.text, v->size);
    case LYMPH_VALUE_LIST:
        return print_items(p, v, depth + 1);
    case LYMPH_VALUE_MAP:
        return print_entries(p, v, depth + 1);
    default:
        return print_form(p, v, depth + 1);
    }
}

lymph_status json_print(arena *a, const lymph_value *value, unsigned flags, const char **out, failure *f)
{
    printer p = {.flags = flags, .f = f};
    lymph_status st = print(&p, value, 0);
    if (!st) {
        *out = p.failed ? NULL : arena_strndup(a, p.text, p.size);
        if (!*out)
            st = failure_set(f, LYMPH_ENOMEM, "out of memory");
    }
    free(p.text);
    return st;
}
