/* decode.h: what decode.c (C values by descriptor) and dynamic.c (lymph_value) share. */
#ifndef CODEC_DECODE_H
#define CODEC_DECODE_H

#include "codec/codec.h"

/* An array in the arena, counted against what the message may allocate. NULL: `st` is set and the reason told. */
void *decode_array(reader *r, arena *a, size_t count, size_t size, lymph_status *st, failure *f);

/* If the next value is msgpack embedded in msgpack (ext 101), moves over it and sets `inner` to its content. */
bool decode_embedded(reader *r, reader *inner);

/* Tells why the reader stopped. */
lymph_status decode_broken(const reader *r, failure *f);

lymph_status decode_dynamic(reader *r, arena *a, lymph_value *out, failure *f, int depth);

#endif
