#include "core/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Size of the character at `at`, into `c`; 0 if it is none: RFC 3629 without its overlong forms and surrogates. */
static size_t decode(const unsigned char *at, size_t left, uint32_t *c)
{
    if (*at < 0x80) {
        *c = *at;
        return 1;
    }
    size_t size = *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : 2;
    if (*at < 0xc2 || *at > 0xf4 || left < size)
        return 0;
    *c = *at & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | (at[i] & 0x3fu);
    }
    bool overlong = *c < (size == 3 ? 0x800u : size == 4 ? 0x10000u : 0x80u);
    return overlong || (*c >= 0xd800 && *c < 0xe000) || *c > 0x10ffff ? 0 : size;
}

static bool raw(uint32_t c)
{
    return !(c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
             (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069));
}

size_t text_escape(char *to, size_t room, const char *from, size_t size)
{
    size_t n = 0, length;
    for (const unsigned char *at = (const unsigned char *)from; size; at += length, size -= length) {
        uint32_t c = 0;
        char code[8];
        const char *out = (const char *)at;
        length = decode(at, size, &c);
        size_t out_size = length;
        if (!length || (c != '\t' && !raw(c))) {
            if (!length)
                c = *at;
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
        length = decode((const unsigned char *)text, size, &c);
        if (!length || !raw(c))
            return false;
    }
    return true;
}
