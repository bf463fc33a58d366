#include "core/text.h"

#include <stdio.h>
#include <string.h>

#include "utf8.h"

size_t text_escape(char *to, size_t room, const char *from, size_t size)
{
    size_t n = 0, length;
    for (; size; from += length, size -= length) {
        uint32_t c = 0;
        char code[8];
        const char *out = from;
        length = utf8_decode(from, size, &c);
        size_t out_size = length;
        if (!length || (c != '\t' && !utf8_is_shown(c))) {
            if (!length)
                c = (unsigned char)*from;
            out_size = (size_t)snprintf(code, sizeof code, c < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)c);
            out = code;
            length = length ? length : 1;
        }
        if (n + out_size >= room)
            break;
        memcpy(to + n, out, out_size);
        n += out_size;
    }
    to[n] = '\0';
    return n;
}

bool text_clean(const char *text, size_t size)
{
    uint32_t c;
    for (size_t length; size; text += length, size -= length) {
        length = utf8_decode(text, size, &c);
        if (!length || !utf8_is_shown(c))
            return false;
    }
    return true;
}
