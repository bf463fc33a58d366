/* writer.c: our own few lines rather than msgpack-c's packer: that one calls back for every piece of every value, which
 * a hot path notices. msgpack-c is the oracle in tests/unit/writer.c. */
#include "codec/writer.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256
#define KEPT_CAPACITY  (64u << 10)

void writer_init(writer *w)
{
    *w = (writer){0};
}

void writer_done(writer *w)
{
    free(w->data);
    writer_init(w);
}

void writer_reset(writer *w)
{
    if (w->capacity > KEPT_CAPACITY)
        writer_done(w);
    w->size = 0;
    w->failed = false;
}

static uint8_t *grow(writer *w, size_t more)
{
    if (w->failed)
        return NULL;
    size_t capacity = w->capacity ? w->capacity : FIRST_CAPACITY;
    if (more > WRITER_MAX || w->size + more > WRITER_MAX) {
        w->failed = true;
        return NULL;
    }
    while (capacity < w->size + more)
        capacity *= 2;
    uint8_t *data = realloc(w->data, capacity);
    if (!data) {
        w->failed = true;
        return NULL;
    }
    w->data = data;
    w->capacity = capacity;
    return data + w->size;
}

/* Room for `more` bytes, counted as written. NULL after a failure. */
static inline uint8_t *take(writer *w, size_t more)
{
    uint8_t *at = more <= w->capacity - w->size && !w->failed ? w->data + w->size : grow(w, more);
    if (at)
        w->size += more;
    return at;
}

static inline void put_byte(writer *w, uint8_t byte)
{
    uint8_t *at = take(w, 1);
    if (at)
        *at = byte;
}

/* A head byte and an integer of `size` bytes, most significant first. */
static inline void put_head(writer *w, uint8_t head, uint64_t number, unsigned size)
{
    uint8_t *at = take(w, 1 + size);
    if (!at)
        return;
    *at++ = head;
    for (unsigned i = size; i-- > 0; number >>= 8)
        at[i] = (uint8_t)number;
}

void write_nil(writer *w)
{
    put_byte(w, 0xc0);
}

void write_bool(writer *w, bool b)
{
    put_byte(w, b ? 0xc3 : 0xc2);
}

void write_uint(writer *w, uint64_t u)
{
    if (u < 0x80)
        put_byte(w, (uint8_t)u);
    else if (u <= UINT8_MAX)
        put_head(w, 0xcc, u, 1);
    else if (u <= UINT16_MAX)
        put_head(w, 0xcd, u, 2);
    else if (u <= UINT32_MAX)
        put_head(w, 0xce, u, 4);
    else
        put_head(w, 0xcf, u, 8);
}

void write_int(writer *w, int64_t i)
{
    if (i >= 0)
        write_uint(w, (uint64_t)i);
    else if (i >= -32)
        put_byte(w, (uint8_t)i);
    else if (i >= INT8_MIN)
        put_head(w, 0xd0, (uint64_t)i, 1);
    else if (i >= INT16_MIN)
        put_head(w, 0xd1, (uint64_t)i, 2);
    else if (i >= INT32_MIN)
        put_head(w, 0xd2, (uint64_t)i, 4);
    else
        put_head(w, 0xd3, (uint64_t)i, 8);
}

void write_float(writer *w, double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    put_head(w, 0xcb, bits, 8);
}

void write_raw(writer *w, const void *msgpack, size_t size)
{
    uint8_t *at = take(w, size);
    if (at && size)
        memcpy(at, msgpack, size);
}

static bool fits(writer *w, size_t size)
{
    if (size > WRITER_MAX)
        w->failed = true;
    return size <= WRITER_MAX;
}

void write_str(writer *w, const char *text, size_t size)
{
    if (size < 32) {
        uint8_t *at = take(w, 1 + size);
        if (at) {
            *at = (uint8_t)(0xa0 | size);
            memcpy(at + 1, text, size);
        }
        return;
    }
    if (!fits(w, size))
        return;
    if (size <= UINT8_MAX)
        put_head(w, 0xd9, size, 1);
    else if (size <= UINT16_MAX)
        put_head(w, 0xda, size, 2);
    else
        put_head(w, 0xdb, size, 4);
    write_raw(w, text, size);
}

void write_cstr(writer *w, const char *text)
{
    write_str(w, text, strlen(text));
}

void write_bin(writer *w, const void *data, size_t size)
{
    if (!fits(w, size))
        return;
    if (size <= UINT8_MAX)
        put_head(w, 0xc4, size, 1);
    else if (size <= UINT16_MAX)
        put_head(w, 0xc5, size, 2);
    else
        put_head(w, 0xc6, size, 4);
    write_raw(w, data, size);
}

static void write_count(writer *w, size_t count, uint8_t fix, uint8_t head16)
{
    if (count < 16)
        put_byte(w, (uint8_t)(fix | count));
    else if (count <= UINT16_MAX)
        put_head(w, head16, count, 2);
    else if (fits(w, count))
        put_head(w, (uint8_t)(head16 + 1), count, 4);
}

void write_array(writer *w, size_t count)
{
    write_count(w, count, 0x90, 0xdc);
}

void write_map(writer *w, size_t count)
{
    write_count(w, count, 0x80, 0xde);
}

void write_ext(writer *w, int8_t type, const void *data, size_t size)
{
    if (!fits(w, size))
        return;
    if (size == 1 || size == 2 || size == 4 || size == 8 || size == 16)
        put_byte(w, (uint8_t)(0xd4 + __builtin_ctzl(size)));
    else if (size <= UINT8_MAX)
        put_head(w, 0xc7, size, 1);
    else if (size <= UINT16_MAX)
        put_head(w, 0xc8, size, 2);
    else
        put_head(w, 0xc9, size, 4);
    put_byte(w, (uint8_t)type);
    write_raw(w, data, size);
}
