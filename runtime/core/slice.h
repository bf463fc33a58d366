/* slice.h: bytes inside something else's memory; no NUL ends them. */
#ifndef CORE_SLICE_H
#define CORE_SLICE_H

#include <stddef.h>
#include <string.h>

typedef struct slice {
    const char *at;
    size_t size;
} slice;

static inline slice slice_of(const char *text)
{
    return (slice){text, strlen(text)};
}

#endif
