/* reader.h: msgpack in, as a stream of tokens over bytes in memory, with limits that hold against any peer. */
#ifndef CODEC_READER_H
#define CODEC_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define READER_MAX_DEPTH    64         /* nesting of arrays, maps and embedded msgpack */
#define READER_MAX_ELEMENTS (1u << 22) /* values in one message, all levels together */

typedef enum token_kind {
    TOKEN_NIL,
    TOKEN_BOOL,
    TOKEN_INT,
    TOKEN_UINT,
    TOKEN_FLOAT,
    TOKEN_STR,
    TOKEN_BIN,
    TOKEN_ARRAY,
    TOKEN_MAP,
    TOKEN_EXT
} token_kind;

typedef struct token {
    token_kind kind;
    int8_t ext; /* EXT */
    union {
        bool boolean;
        int64_t integer;           /* INT: negative or up to INT64_MAX */
        uint64_t unsigned_integer; /* UINT: above INT64_MAX */
        double number;
        uint32_t count; /* ARRAY, MAP */
    } as;
    const uint8_t *data; /* STR, BIN, EXT: borrowed from the input */
    uint32_t size;
} token;

/* What decoding may allocate for arrays: a few bytes must not become gigabytes of empty structs. */
#define READER_MEMORY(size) ((size_t)(1u << 20) + 32 * (size_t)(size))

typedef struct reader {
    const uint8_t *at, *end;
    size_t memory;     /* left of READER_MEMORY */
    uint32_t elements; /* left of READER_MAX_ELEMENTS */
    const char *error; /* why the last read failed: constant text; NULL if none did */
} reader;

void reader_init(reader *r, const void *data, size_t size);

/* Next token. False at the end of input, for truncated or reserved bytes, and when a count cannot be true (more
 * elements than bytes left, or than the message's budget). Ext 101 (embedded msgpack) is entered transparently by the
 * codec, not here. */
bool reader_next(reader *r, token *t);

/* Skips one whole value without recursion on hostile depth; false as reader_next, or nesting over READER_MAX_DEPTH. */
bool reader_skip(reader *r);

/* True when all input is consumed. */
bool reader_at_end(const reader *r);

/* True if size bytes are well-formed UTF-8 (RFC 3629) without NUL when `allow_nul` is false. */
bool utf8_valid(const void *text, size_t size, bool allow_nul);

#endif
