/* check_limit.c: `min` and `max` of fields and parameters: of a number's value, or of how many bytes or items there
 * are. */
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define EXACT_MAX                                                                                                      \
    9007199254740991.0 /* 2^53 - 1: integers up to it are exact in the double that the runtime compares                \
                        */

/* False: limits of this type mean nothing. */
static bool has_limits(const model_type *type, bool *is_float, bool *is_size)
{
    if (type->kind == KIND_OPTIONAL)
        type = type->element;
    *is_float = type->kind == KIND_FLOAT32 || type->kind == KIND_FLOAT64;
    *is_size = type->kind == KIND_STRING || type->kind == KIND_BYTES || type->kind == KIND_LIST ||
               type->kind == KIND_SET || type->kind == KIND_MAP;
    return *is_float || *is_size || (type->kind >= KIND_INT8 && type->kind <= KIND_UINT64);
}

/* The limit as a number of C; NULL after an error. */
static const char *check_limit(checker *c, const model_type *type, const ast_literal *l)
{
    bool is_float, is_size;
    if (!l || !(l->kind == LITERAL_INT || l->kind == LITERAL_FLOAT))
        return NULL; /* check_options has told */
    if (!has_limits(type, &is_float, &is_size)) {
        diag_error(c->diag, l->at, "only numbers, strings, bytes, lists, sets and maps have limits");
        return NULL;
    }
    if (type->kind == KIND_OPTIONAL)
        type = type->element;
    model_type size = {.kind = KIND_UINT32, .at = type->at};
    model_preset p = check_literal(c, is_size ? &size : type, l);
    if (p.kind != PRESET_NUMBER)
        return NULL;
    double value = strtod(p.text, NULL);
    if (!is_float && (value > EXACT_MAX || value < -EXACT_MAX)) {
        diag_error(c->diag, l->at, "a limit lies between -2^53 and 2^53");
        return NULL;
    }
    return p.text;
}

/* What the limits are about; false: not known here. */
static bool preset_value(const model_preset *p, double *out)
{
    if (p->kind == PRESET_NUMBER)
        *out = strtod(p->text, NULL);
    else if (p->kind == PRESET_STRING || p->kind == PRESET_BYTES)
        *out = (double)strlen(p->text);
    else if (p->kind == PRESET_EMPTY)
        *out = 0;
    else
        return false;
    return true;
}

void check_limits(checker *c, model_field *field, const ast_literal *min, const ast_literal *max,
                  const ast_literal *preset)
{
    double value;
    field->min = check_limit(c, field->type, min);
    field->max = check_limit(c, field->type, max);
    if (field->min && field->max && strtod(field->min, NULL) > strtod(field->max, NULL)) {
        diag_error(c->diag, max->at, "'max' is less than 'min'");
        return;
    }
    if (!preset_value(&field->preset, &value))
        return;
    if ((field->min && value < strtod(field->min, NULL)) || (field->max && value > strtod(field->max, NULL)))
        diag_error(c->diag, preset->at, "the default does not keep to the limits");
}
