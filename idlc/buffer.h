/* buffer.h: text that grows, in an arena. The text is always NUL-terminated. */
#ifndef IDLC_BUFFER_H
#define IDLC_BUFFER_H

#include "arena.h"

typedef struct buffer {
    arena *arena;
    char *text;
    size_t size, capacity;
} buffer;

void buffer_init(buffer *b, arena *a);
void buffer_add(buffer *b, const char *text);
void buffer_addn(buffer *b, const char *text, size_t size);
void buffer_addc(buffer *b, char c);
void buffer_printf(buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
