/* limits.h: the least and the most that a field may be: a number's value, or how many bytes or items there are. */
#ifndef CODEC_LIMITS_H
#define CODEC_LIMITS_H

#include <stdbool.h>

#include <lymph/schema.h>

#include "core/failure.h"

#define LIMITS_TEXT_MAX 64

/* True if `value`, a good C value of the field's type, keeps to the field's limits, or there are none. */
bool limits_keep(const lymph_field *field, const void *value);

/* "at least 1", "at most 64", "1 to 64"; "" where there are none. */
void limits_print(const lymph_field *field, char out[LIMITS_TEXT_MAX]);

/* `status` with what is expected in `f` (path.h), without the value, if `value` does not keep to them. */
lymph_status limits_check(const lymph_field *field, const void *value, lymph_status status, failure *f);

/* Whether the limits are about bytes, items or entries, not about a value. */
bool limits_of_size(const lymph_type *type);

#endif
