/* plain.h: typed values as JSON text that reads as people write it. A descriptor tells what a value is, so its text
 * alone is enough: "2026-11-25" for a date, "1.10" for a decimal, base64 for bytes, an array for a set, and any key of
 * a map is a text. Inside `any`, which has no descriptor, the forms of value.h stay. */
#ifndef CODEC_PLAIN_H
#define CODEC_PLAIN_H

#include "codec/codec.h"

/* One value of `type` to JSON text in the arena; `what` begins the path in errors. Flags as lymph_json_print. */
lymph_status plain_print(arena *a, const lymph_type *type, const void *value, const char *what, unsigned flags,
                         const char **out, failure *f);

/* JSON text to a value of `type`; fills *out (type->size bytes). LYMPH_EINVAL with line and column, or with the path of
 * what does not fit. */
lymph_status plain_parse(arena *a, const lymph_type *type, const char *text, size_t size, const char *what, void *out,
                         failure *f);

#endif
