/* utf8.h: the characters of a text, and which of them reach a terminal or a log as they are. The one definition for all
 * three programs, which share nothing else: what they write in place of the others differs. */
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes the character at `text`, of at most `size` bytes. Returns its length, 0 if it is not valid: RFC 3629 without
 * its overlong forms and surrogates, cut off, beyond U+10FFFF. */
static inline size_t utf8_decode(const char *text, size_t size, uint32_t *code)
{
    const unsigned char *at = (const unsigned char *)text;
    if (!size)
        return 0;
    if (*at < 0x80) {
        *code = *at;
        return 1;
    }
    const size_t length = *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : 2;
    if (*at < 0xc2 || *at > 0xf4 || size < length)
        return 0;
    uint32_t c = *at & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (at[i] & 0x3fu);
    }
    const bool overlong = c < (length == 4 ? 0x10000u : length == 3 ? 0x800u : 0x80u);
    if (overlong || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
        return 0;
    *code = c;
    return length;
}

/* False for control characters (C0, DEL, C1), which drive a terminal or forge lines; for separators of lines; and for
 * marks, overrides and isolates of direction, which show one thing and mean another. */
static inline bool utf8_is_shown(uint32_t code)
{
    return !(code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c || code == 0x200e || code == 0x200f ||
             (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069));
}

#endif
