/* pyrepr.h: repr() of values, into a text that grows. */
#ifndef CLI_PYREPR_H
#define CLI_PYREPR_H

#include <stdbool.h>

#include <lymph/lymph.h>

typedef struct text {
    char *data; /* malloc'ed, NUL-terminated once something was added */
    size_t size, capacity;
    bool failed; /* memory was out: sticky */
} text;

void text_add(text *t, const char *bytes, size_t size);
void text_str(text *t, const char *s);
void text_pad(text *t, size_t blanks);
size_t text_columns(const char *bytes, size_t size); /* characters, not bytes */

void repr_value(text *t, lymph_ctx *ctx, const lymph_value *v, bool sorted);
void repr_string(text *t, const char *s, size_t size);
void repr_bytes(text *t, const uint8_t *data, size_t size);

/* The entries of a map, or items of a set, in Python's order of sorted keys; NULL when memory is out. */
const lymph_entry *sorted_entries(lymph_ctx *ctx, const lymph_value *map);
const lymph_value *sorted_items(lymph_ctx *ctx, const lymph_value *set);

#endif
