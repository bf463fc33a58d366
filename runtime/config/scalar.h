/* scalar.h: single values: from their text to C, and how a message says what belongs there. */
#ifndef CONFIG_SCALAR_H
#define CONFIG_SCALAR_H

#include <lymph/schema.h>

#include "config/config.h"

#define SCALAR_TEXT_MAX 160

/* A scalar or an enum; strings, decimals and bytes borrow `text`. False: it is no such value. */
bool scalar_parse(const lymph_type *type, const char *text, void *out);

/* "an integer of 0 to 65535", "one of red, green", "a section": what the field takes. */
void scalar_expected(const lymph_field *field, char out[SCALAR_TEXT_MAX]);

/* A scalar whose type nobody knows: nil, bool, integer or float where it is written so without quotes, else a string.
 */
lymph_value scalar_value(const config_node *n);

#endif
