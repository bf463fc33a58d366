#include "buffer.h"

#include <stdarg.h>
#include <string.h>

void buffer_init(buffer *b, arena *a)
{
    *b = (buffer){.arena = a, .capacity = 64};
    b->text = arena_alloc(a, b->capacity);
}

void buffer_addn(buffer *b, const char *text, size_t size)
{
    if (b->capacity - b->size <= size) {
        size_t capacity = (b->size + size + 1) * 2;
        char *grown = arena_alloc(b->arena, capacity);
        memcpy(grown, b->text, b->size);
        b->text = grown;
        b->capacity = capacity;
    }
    memcpy(b->text + b->size, text, size);
    b->size += size;
    b->text[b->size] = '\0';
}

void buffer_add(buffer *b, const char *text)
{
    buffer_addn(b, text, strlen(text));
}

void buffer_addc(buffer *b, char c)
{
    buffer_addn(b, &c, 1);
}

void buffer_printf(buffer *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buffer_add(b, arena_vprintf(b->arena, format, args));
    va_end(args);
}
