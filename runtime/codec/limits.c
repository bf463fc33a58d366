#include "codec/limits.h"

#include <stdio.h>
#include <string.h>

#include "codec/path.h"

static bool measure(const lymph_type *type, const void *value, double *out)
{
    switch (type->kind) {
    case LYMPH_KIND_INT8:
        *out = *(const int8_t *)value;
        return true;
    case LYMPH_KIND_INT16:
        *out = *(const int16_t *)value;
        return true;
    case LYMPH_KIND_INT32:
        *out = *(const int32_t *)value;
        return true;
    case LYMPH_KIND_INT64:
        *out = (double)*(const int64_t *)value;
        return true;
    case LYMPH_KIND_UINT8:
        *out = *(const uint8_t *)value;
        return true;
    case LYMPH_KIND_UINT16:
        *out = *(const uint16_t *)value;
        return true;
    case LYMPH_KIND_UINT32:
        *out = *(const uint32_t *)value;
        return true;
    case LYMPH_KIND_UINT64:
        *out = (double)*(const uint64_t *)value;
        return true;
    case LYMPH_KIND_FLOAT32:
        *out = *(const float *)value;
        return true;
    case LYMPH_KIND_FLOAT64:
        *out = *(const double *)value;
        return true;
    case LYMPH_KIND_STRING: {
        const char *text = *(const char *const *)value;
        *out = text ? (double)strlen(text) : 0;
        return text;
    }
    case LYMPH_KIND_BYTES:
        *out = (double)((const lymph_bytes *)value)->size;
        return true;
    case LYMPH_KIND_LIST:
    case LYMPH_KIND_SET:
    case LYMPH_KIND_MAP: {
        const struct {
            const void *items;
            size_t count;
        } *sequence = value;
        *out = (double)sequence->count;
        return true;
    }
    case LYMPH_KIND_OPTIONAL: {
        const void *pointer;
        memcpy(&pointer, value, sizeof pointer);
        return pointer && measure(type->element, type->element->kind == LYMPH_KIND_STRING ? value : pointer, out);
    }
    default:
        return false;
    }
}

bool limits_keep(const lymph_field *field, const void *value)
{
    double n;
    if (!(field->flags & (LYMPH_FIELD_MIN | LYMPH_FIELD_MAX)) || !measure(field->type, value, &n))
        return true;
    /* Written so that NaN keeps to no limit. */
    return (!(field->flags & LYMPH_FIELD_MIN) || n >= field->min) &&
           (!(field->flags & LYMPH_FIELD_MAX) || n <= field->max);
}

void limits_print(const lymph_field *field, char out[LIMITS_TEXT_MAX])
{
    bool min = field->flags & LYMPH_FIELD_MIN, max = field->flags & LYMPH_FIELD_MAX;
    if (min && max)
        snprintf(out, LIMITS_TEXT_MAX, "%.16g to %.16g", field->min, field->max);
    else if (min || max)
        snprintf(out, LIMITS_TEXT_MAX, "%s %.16g", min ? "at least" : "at most", min ? field->min : field->max);
    else
        *out = '\0';
}

bool limits_of_size(const lymph_type *type)
{
    if (type->kind == LYMPH_KIND_OPTIONAL)
        type = type->element;
    return type->kind == LYMPH_KIND_STRING || type->kind == LYMPH_KIND_BYTES || type->kind == LYMPH_KIND_LIST ||
           type->kind == LYMPH_KIND_SET || type->kind == LYMPH_KIND_MAP;
}

lymph_status limits_check(const lymph_field *field, const void *value, lymph_status status, failure *f)
{
    char text[LIMITS_TEXT_MAX];
    if (limits_keep(field, value))
        return LYMPH_OK;
    limits_print(field, text);
    return path_fail(f, status, "a %s of %s is expected", limits_of_size(field->type) ? "size" : "value", text);
}
