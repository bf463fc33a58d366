#include "codec/base64.h"

void base64_encode(const uint8_t *data, size_t size, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t n =
            (uint32_t)data[i] << 16 | (left > 1 ? (uint32_t)data[i + 1] << 8 : 0) | (left > 2 ? data[i + 2] : 0);
        *out++ = digits[n >> 18];
        *out++ = digits[n >> 12 & 63];
        *out++ = left > 1 ? digits[n >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[n & 63] : '=';
    }
}

static int digit_of(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

bool base64_decode(const char *text, size_t size, uint8_t *out, size_t *octets)
{
    size_t digits = size;
    while (digits && size - digits < 2 && text[digits - 1] == '=')
        digits--;
    if (size % 4)
        return false;
    uint32_t n = 0;
    for (size_t i = 0; i < digits; i++) {
        int digit = digit_of(text[i]);
        if (digit < 0)
            return false;
        n = n << 6 | (uint32_t)digit;
        if (i % 4)
            out[i / 4 * 3 + i % 4 - 1] = (uint8_t)(n >> (6 - 2 * (i % 4)));
    }
    *octets = digits * 3 / 4;
    return true;
}
