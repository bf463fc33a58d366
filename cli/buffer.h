/* buffer.h: a text that grows. */
#ifndef CLI_BUFFER_H
#define CLI_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct buffer {
    char *data; /* malloc'ed, NUL-terminated once something was added; the owner frees it */
    size_t size, capacity;
    bool failed; /* memory was out: sticky */
} buffer;

void buffer_add(buffer *b, const char *bytes, size_t size);
void buffer_str(buffer *b, const char *text);
void buffer_pad(buffer *b, size_t blanks);

/* Characters of a UTF-8 text. */
size_t utf8_columns(const char *text, size_t size);

#endif
