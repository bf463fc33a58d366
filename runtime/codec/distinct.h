/* distinct.h: equal keys of a map, equal members of a set. What is equal has equal bytes as our writer writes it,
 * whatever form a peer gave it. */
#ifndef CODEC_DISTINCT_H
#define CODEC_DISTINCT_H

#include <lymph/schema.h>
#include <stddef.h>

#include "core/failure.h"

/* The bytes of one value in a buffer. */
typedef struct stretch {
    size_t begin, end;
} stretch;

/* first[i] becomes the least index whose bytes equal those of i. False when memory is out. */
bool distinct_find(const void *bytes, const stretch *values, size_t count, size_t *first);

/* Of decoded keys or members that are equal, one stays, in the place of the first; with what belongs to the last (which
 * counts in a map). Each takes `size` bytes, at the beginning of which is a value of `type` (NULL: a lymph_value).
 * Values that only a newer peer knows are not told apart, and all stay. */
lymph_status distinct_keep(const lymph_type *type, void *items, size_t size, size_t *count, failure *f);

#endif
