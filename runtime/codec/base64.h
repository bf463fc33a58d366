/* base64.h: RFC 4648, section 4, padded: how bytes are written in JSON. */
#ifndef CODEC_BASE64_H
#define CODEC_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long the text of `size` octets is, without a NUL; and the most octets that a text of `size` stands for. */
#define BASE64_TEXT(size)   (((size) + 2) / 3 * 4)
#define BASE64_OCTETS(size) ((size) / 4 * 3)

/* Writes exactly BASE64_TEXT(size) characters. */
void base64_encode(const uint8_t *data, size_t size, char *out);

/* Writes at most BASE64_OCTETS(size). False: the text is no base64. */
bool base64_decode(const char *text, size_t size, uint8_t *out, size_t *octets);

#endif
