#include "source.h"
#include "utf8.h"

source *source_new(arena *a, const char *path, const char *text, size_t size)
{
    source *s = arena_alloc(a, sizeof(*s));
    s->path = path;
    s->text = text;
    s->size = size;
    s->line_count = 1;
    for (size_t i = 0; i < size; i++)
        s->line_count += text[i] == '\n';
    s->lines = arena_array(a, s->line_count, sizeof(*s->lines));
    size_t line = 1;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\n')
            s->lines[line++] = (uint32_t)i + 1;
    }
    return s;
}

unsigned source_line(const source *s, uint32_t offset)
{
    size_t low = 0, high = s->line_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (s->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return (unsigned)low + 1;
}

position source_position(const source *s, uint32_t offset)
{
    position p = {.line = source_line(s, offset), .column = 1};
    for (size_t i = s->lines[p.line - 1]; i < offset && i < s->size;) {
        uint32_t code;
        size_t length = utf8_decode(s->text + i, s->size - i, &code);
        i += length ? length : 1;
        p.column++;
    }
    return p;
}
