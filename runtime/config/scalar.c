#include "config/scalar.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codec/forms.h"
#include "codec/limits.h"
#include "core/number.h"

/* ---- numbers and bools ---- */

static bool parse_bool(const char *text, bool *out)
{
    static const char *const words[] = {"true", "yes", "on", "false", "no", "off"};
    for (int i = 0; i < 6; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *out = i < 3;
            return true;
        }
    }
    return false;
}

/* Decimal digits; without leading zeros, which make an octal number of it for other readers of YAML. */
static bool is_integer(const char *text)
{
    text += *text == '-';
    size_t digits = strspn(text, "0123456789");
    return digits && !text[digits] && (*text != '0' || digits == 1);
}

static bool parse_signed(const char *text, int bits, int64_t *out)
{
    errno = 0;
    long long n = is_integer(text) ? strtoll(text, NULL, 10) : (errno = EINVAL);
    *out = n;
    return !errno && (bits == 64 || (n >= -(1LL << (bits - 1)) && n < 1LL << (bits - 1)));
}

static bool parse_unsigned(const char *text, int bits, uint64_t *out)
{
    errno = 0;
    *out = is_integer(text) && *text != '-' ? strtoull(text, NULL, 10) : (errno = EINVAL);
    return !errno && (bits == 64 || *out >> bits == 0);
}

static bool parse_float(const char *text, double *out)
{
    char *end;
    if (!*text || !strchr("+-.0123456789", *text))
        return false;
    *out = number_parse(text, &end);
    return !*end && end != text && isfinite(*out);
}

static int bits_of(lymph_kind kind)
{
    return kind == LYMPH_KIND_INT8 || kind == LYMPH_KIND_UINT8     ? 8
           : kind == LYMPH_KIND_INT16 || kind == LYMPH_KIND_UINT16 ? 16
           : kind == LYMPH_KIND_INT32 || kind == LYMPH_KIND_UINT32 ? 32
                                                                   : 64;
}

/* ---- by type ---- */

static bool parse_enum(const lymph_enum *e, const char *text, int32_t *out)
{
    for (size_t i = 0; i < e->count; i++) {
        if (strcmp(e->values[i].name, text) == 0) {
            *out = e->values[i].number;
            return true;
        }
    }
    return false;
}

static bool parse_integer(lymph_kind kind, const char *text, void *out)
{
    int bits = bits_of(kind);
    int64_t n;
    uint64_t u;
    if (kind <= LYMPH_KIND_INT64 ? !parse_signed(text, bits, &n) : !parse_unsigned(text, bits, &u))
        return false;
    if (kind <= LYMPH_KIND_INT64)
        u = (uint64_t)n; /* its low bits are the same number */
    const uint8_t u8 = (uint8_t)u;
    const uint16_t u16 = (uint16_t)u;
    const uint32_t u32 = (uint32_t)u;
    memcpy(out,
           bits == 8    ? (const void *)&u8
           : bits == 16 ? &u16
           : bits == 32 ? (const void *)&u32
                        : &u,
           (size_t)bits / 8);
    return true;
}

bool scalar_parse(const lymph_type *type, const char *text, void *out)
{
    size_t size = strlen(text);
    double d;
    switch (type->kind) {
    case LYMPH_KIND_BOOL:
        return parse_bool(text, out);
    case LYMPH_KIND_FLOAT32:
        if (!parse_float(text, &d) || !isfinite((float)d))
            return false;
        *(float *)out = (float)d;
        return true;
    case LYMPH_KIND_FLOAT64:
        return parse_float(text, out);
    case LYMPH_KIND_STRING:
        *(const char **)out = text;
        return true;
    case LYMPH_KIND_BYTES:
        *(lymph_bytes *)out = (lymph_bytes){(const uint8_t *)text, size};
        return true;
    case LYMPH_KIND_DATETIME:
        return datetime_parse(text, size, out);
    case LYMPH_KIND_DATE:
        return date_parse(text, size, out);
    case LYMPH_KIND_TIME:
        return time_parse(text, size, out);
    case LYMPH_KIND_DECIMAL:
        ((lymph_decimal *)out)->text = text;
        return decimal_valid(text, size);
    case LYMPH_KIND_UUID:
        return uuid_parse(text, size, out);
    case LYMPH_KIND_ENUM:
        return parse_enum(type->enumeration, text, out);
    default:
        return type->kind <= LYMPH_KIND_UINT64 && parse_integer(type->kind, text, out);
    }
}

lymph_value scalar_value(const config_node *n)
{
    bool b;
    int64_t i;
    uint64_t u;
    double d;
    if (n->text && !n->quoted) {
        if (parse_bool(n->text, &b))
            return lymph_bool(b);
        if (parse_signed(n->text, 64, &i))
            return lymph_int(i);
        if (parse_unsigned(n->text, 64, &u))
            return lymph_uint(u);
        if (!is_integer(n->text) && strpbrk(n->text, ".eE") && parse_float(n->text, &d))
            return lymph_float(d);
    }
    return lymph_string(n->text);
}

/* ---- what is expected ---- */

static void print_names(const lymph_enum *e, char out[SCALAR_TEXT_MAX])
{
    int size = snprintf(out, SCALAR_TEXT_MAX, "one of ");
    for (size_t i = 0; i < e->count && size < SCALAR_TEXT_MAX; i++)
        size += snprintf(out + size, SCALAR_TEXT_MAX - (size_t)size, "%s%s", i ? ", " : "", e->values[i].name);
}

/* An integer's limits are those of its type where the field has none. */
static void print_integer(const lymph_field *field, const lymph_type *type, char out[SCALAR_TEXT_MAX])
{
    int bits = bits_of(type->kind);
    bool is_signed = type->kind <= LYMPH_KIND_INT64;
    lymph_field f = *field;
    if (!(f.flags & LYMPH_FIELD_MIN) && (bits < 64 || !is_signed)) {
        f.flags |= LYMPH_FIELD_MIN;
        f.min = is_signed ? -ldexp(1, bits - 1) : 0;
    }
    if (!(f.flags & LYMPH_FIELD_MAX) && bits < 64) {
        f.flags |= LYMPH_FIELD_MAX;
        f.max = ldexp(1, is_signed ? bits - 1 : bits) - 1;
    }
    char limits[LIMITS_TEXT_MAX];
    limits_print(&f, limits);
    snprintf(out, SCALAR_TEXT_MAX, "an integer%s%s", *limits ? " of " : "", limits);
}

void scalar_expected(const lymph_field *field, char out[SCALAR_TEXT_MAX])
{
    static const struct {
        const char *name, *unit;
    } words[] = {
        [LYMPH_KIND_BOOL] = {"true or false", ""},
        [LYMPH_KIND_FLOAT32] = {"a number", ""},
        [LYMPH_KIND_FLOAT64] = {"a number", ""},
        [LYMPH_KIND_STRING] = {"a text", " bytes"},
        [LYMPH_KIND_BYTES] = {"a text", " bytes"},
        [LYMPH_KIND_DATETIME] = {"a date and time such as 2015-07-08T20:51:30", ""},
        [LYMPH_KIND_DATE] = {"a date such as 2015-07-08", ""},
        [LYMPH_KIND_TIME] = {"a time such as 20:51:30Z", ""},
        [LYMPH_KIND_DECIMAL] = {"a decimal number", ""},
        [LYMPH_KIND_UUID] = {"a UUID", ""},
        [LYMPH_KIND_STRUCT] = {"a section", ""},
        [LYMPH_KIND_LIST] = {"a list", " items"},
        [LYMPH_KIND_SET] = {"a list", " items"},
        [LYMPH_KIND_MAP] = {"a section", " keys"},
    };
    const lymph_type *type = field->type;
    if (type->kind == LYMPH_KIND_OPTIONAL)
        type = type->element;
    if (type->kind == LYMPH_KIND_ENUM) {
        print_names(type->enumeration, out);
    } else if (type->kind >= LYMPH_KIND_INT8 && type->kind <= LYMPH_KIND_UINT64) {
        print_integer(field, type, out);
    } else {
        char limits[LIMITS_TEXT_MAX];
        limits_print(field, limits);
        snprintf(out, SCALAR_TEXT_MAX, "%s%s%s%s", words[type->kind].name, *limits ? " of " : "", limits,
                 *limits ? words[type->kind].unit : "");
    }
}
