/* codec.h: C values described by schema.h tables, and dynamic values, to msgpack and back.
 *
 * Errors name the path: "Shop.place_order.items[3].sku: missing". Statuses: LYMPH_EINVAL on encode (what the caller
 * passed), LYMPH_EPROTO on decode (what the peer sent), LYMPH_ENOMEM, LYMPH_ELIMIT. */
#ifndef CODEC_CODEC_H
#define CODEC_CODEC_H

#include <lymph/schema.h>

#include "codec/reader.h"
#include "codec/writer.h"
#include "core/arena.h"
#include "core/failure.h"

/* A record's fields as one map, in declaration order; absent optionals are left out. `record` with no fields: an empty
 * map, `value` may be NULL. */
lymph_status encode_record(writer *w, const lymph_record *record, const void *value, failure *f);

/* The same of members that lie apart: `values` points to each of them, in declaration order. */
lymph_status encode_arguments(writer *w, const lymph_record *record, const void *const *values, failure *f);

/* One value of `type`; `what` begins the path in errors: "Greeting.greet result.name: …". NULL: the caller puts a
 * path_at in front. */
lymph_status encode_type(writer *w, const lymph_type *type, const void *value, const char *what, failure *f);
lymph_status encode_value(writer *w, const lymph_value *value, failure *f);

/* Fill *out (record->size bytes; cleared first). Unknown keys are skipped, of duplicate keys the last counts. `strict`:
 * an unknown key is an error (parameters: the original refuses surplus ones). Nothing is borrowed: texts are copied to
 * the arena with a NUL, bytes too. */
lymph_status decode_record(reader *r, arena *a, const lymph_record *record, bool strict, void *out, failure *f);
lymph_status decode_type(reader *r, arena *a, const lymph_type *type, const char *what, void *out, failure *f);

/* Any msgpack value. Maps with "__type__" become extension values; an unknown __type__ stays a map. */
lymph_status decode_value(reader *r, arena *a, lymph_value *out, failure *f);

/* A whole message body of exactly one value: LYMPH_EPROTO when bytes are left. */
lymph_status decode_value_all(const void *data, size_t size, arena *a, lymph_value *out, failure *f);

/* The same value deep-copied into the arena; a record likewise. NULL / false when memory is out. */
bool copy_value(arena *a, const lymph_value *value, lymph_value *out);
void *copy_record(arena *a, const lymph_record *record, const void *value);

/* Behind lymph_json_parse and lymph_json_print (value.h), without a context. */
lymph_status json_parse(arena *a, const char *text, size_t size, lymph_value *out, failure *f);
lymph_status json_print(arena *a, const lymph_value *value, unsigned flags, const char **out, failure *f);

#endif
