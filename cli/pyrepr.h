/* pyrepr.h: Python's repr() of values. */
#ifndef CLI_PYREPR_H
#define CLI_PYREPR_H

#include <lymph/lymph.h>

#include "buffer.h"

/* Appends repr(value). `sorted`: maps by their keys, as pprint has them; otherwise in their own order. Sets are always
 * sorted, for Python's own order is any. */
void repr_value(buffer *b, lymph_ctx *ctx, const lymph_value *v, bool sorted);
void repr_string(buffer *b, const char *s, size_t size);
void repr_bytes(buffer *b, const uint8_t *data, size_t size);

/* The entries of a map, or the items of a set, sorted; NULL when memory is out. */
const lymph_entry *sorted_entries(lymph_ctx *ctx, const lymph_value *map);
const lymph_value *sorted_items(lymph_ctx *ctx, const lymph_value *set);

/* The code point at `at`, valid UTF-8, and its size in bytes. */
uint32_t character_at(const char *at, size_t *size);

#endif
