#include "buffer.h"

#include <stdlib.h>
#include <string.h>

void buffer_add(buffer *b, const char *bytes, size_t size)
{
    if (b->failed)
        return;
    if (b->size + size + 1 > b->capacity) {
        size_t capacity = 2 * (b->size + size + 64);
        char *data = realloc(b->data, capacity);
        if (!data) {
            b->failed = true;
            return;
        }
        b->data = data;
        b->capacity = capacity;
    }
    if (size)
        memcpy(b->data + b->size, bytes, size);
    b->size += size;
    b->data[b->size] = '\0';
}

void buffer_str(buffer *b, const char *text)
{
    buffer_add(b, text, strlen(text));
}

void buffer_pad(buffer *b, size_t blanks)
{
    for (; blanks; blanks--)
        buffer_add(b, " ", 1);
}

size_t utf8_columns(const char *text, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++)
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    return n;
}
