/* writer.h: msgpack out, in the forms the original sends: smallest integers, float64, str and bin types. */
#ifndef CODEC_WRITER_H
#define CODEC_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lymph/status.h>

/* A growing buffer. Failures are sticky: write on, look at `failed` once at the
 * end. */
typedef struct writer {
    uint8_t *data;
    size_t size, capacity;
    lymph_status failed; /* LYMPH_ENOMEM, or LYMPH_ELIMIT: more than WRITER_MAX bytes */
} writer;

/* Largest message we send: also what readers of this library accept by default. */
#define WRITER_MAX (64u << 20)

void writer_init(writer *w);  /* allocates nothing */
void writer_done(writer *w);  /* may be used again */
void writer_reset(writer *w); /* keeps the memory (up to 64 KiB of it), clears size and failed */

void write_nil(writer *w);
void write_bool(writer *w, bool b);
void write_int(writer *w, int64_t i);
void write_uint(writer *w, uint64_t u);
void write_float(writer *w, double d);
void write_str(writer *w, const char *text, size_t size);
void write_cstr(writer *w, const char *text);
void write_bin(writer *w, const void *data, size_t size);
void write_array(writer *w, size_t count); /* followed by count values */
void write_map(writer *w, size_t count);   /* followed by count keys and values */
void write_ext(writer *w, int8_t type, const void *data, size_t size);
void write_raw(writer *w, const void *msgpack, size_t size); /* already encoded values */

#endif
