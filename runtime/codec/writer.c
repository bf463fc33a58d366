/* writer.c: msgpack-c's packing templates over a buffer of our own. <msgpack/pack.h> is the same templates over a
 * callback; without it the bytes are written in place, and failures are kept for the end. */
#include "codec/writer.h"

#include <msgpack/pack_define.h>
#include <msgpack/timestamp.h>
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
    w->failed = LYMPH_OK;
}

static uint8_t *grow(writer *w, size_t more)
{
    if (w->failed)
        return NULL;
    size_t capacity = w->capacity ? w->capacity : FIRST_CAPACITY;
    if (more > WRITER_MAX || w->size + more > WRITER_MAX) {
        w->failed = LYMPH_ELIMIT;
        return NULL;
    }
    while (capacity < w->size + more)
        capacity *= 2;
    uint8_t *data = realloc(w->data, capacity);
    if (!data) {
        w->failed = LYMPH_ENOMEM;
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

void write_raw(writer *w, const void *msgpack, size_t size)
{
    uint8_t *at = take(w, size);
    if (at && size)
        memcpy(at, msgpack, size);
}

/* ---- the templates ---- */

static inline int append(writer *w, const void *bytes, size_t size)
{
    uint8_t *at = take(w, size);
    if (at)
        memcpy(at, bytes, size);
    return 0;
}

#define msgpack_pack_user                            writer *
#define msgpack_pack_inline_func(name)               static inline __attribute__((unused)) int pack##name
#define msgpack_pack_inline_func_cint(name)          static inline __attribute__((unused)) int pack##name
#define msgpack_pack_inline_func_fixint(name)        static inline __attribute__((unused)) int pack_fix##name
#define msgpack_pack_append_buffer(user, bytes, len) return append(user, bytes, len)

#include <msgpack/pack_template.h>

/* ---- values ---- */

static bool fits(writer *w, size_t size)
{
    if (size > WRITER_MAX && !w->failed)
        w->failed = LYMPH_ELIMIT;
    return size <= WRITER_MAX;
}

void write_nil(writer *w)
{
    pack_nil(w);
}

void write_bool(writer *w, bool b)
{
    (void)(b ? pack_true(w) : pack_false(w));
}

void write_uint(writer *w, uint64_t u)
{
    pack_uint64(w, u);
}

void write_int(writer *w, int64_t i)
{
    pack_int64(w, i);
}

void write_float(writer *w, double d)
{
    pack_double(w, d);
}

void write_str(writer *w, const char *text, size_t size)
{
    if (!fits(w, size))
        return;
    pack_str(w, size);
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
    pack_bin(w, size);
    write_raw(w, data, size);
}

void write_array(writer *w, size_t count)
{
    if (fits(w, count))
        pack_array(w, count);
}

void write_map(writer *w, size_t count)
{
    if (fits(w, count))
        pack_map(w, count);
}

void write_ext(writer *w, int8_t type, const void *data, size_t size)
{
    if (!fits(w, size))
        return;
    pack_ext(w, size, type);
    write_raw(w, data, size);
}
