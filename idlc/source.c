#include "source.h"

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

size_t utf8_decode(const char *text, size_t size, uint32_t *code)
{
    const unsigned char *s = (const unsigned char *)text;
    if (size == 0)
        return 0;
    if (s[0] < 0x80) {
        *code = s[0];
        return 1;
    }
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || size < length)
        return 0;
    uint32_t c = s[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3fu);
    }
    if ((length == 3 && c < 0x800) || (length == 4 && (c < 0x10000 || c > 0x10ffff)) || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *code = c;
    return length;
}
