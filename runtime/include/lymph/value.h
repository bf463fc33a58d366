/* value.h: a dynamic value, the C type of `any`: whatever msgpack or JSON can hold.
 *
 * A value is a small struct passed by value; what it points to is borrowed (received values live in their
 * context's arena). The struct is public so that values can be built and walked without calls; the
 * functions below save work, not access. Thread: any, as long as nobody writes what it points to. */
#ifndef LYMPH_API_VALUE_H
#define LYMPH_API_VALUE_H

#include <lymph/status.h>
#include <lymph/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lymph_ctx lymph_ctx;

typedef enum lymph_value_kind {
    LYMPH_VALUE_NIL,
    LYMPH_VALUE_BOOL,   /* as.boolean */
    LYMPH_VALUE_INT,    /* as.integer: negative, or up to INT64_MAX */
    LYMPH_VALUE_UINT,   /* as.unsigned_integer: above INT64_MAX only, when received */
    LYMPH_VALUE_FLOAT,  /* as.number */
    LYMPH_VALUE_STRING, /* as.text, size bytes of UTF-8 and a NUL behind them */
    LYMPH_VALUE_BYTES,  /* as.bytes, size bytes */
    LYMPH_VALUE_LIST,   /* as.items, size of them */
    LYMPH_VALUE_MAP,    /* as.entries, size of them, in the order received */
    /* The original's extension types. The scalar ones keep their text as received (as.text, size). */
    LYMPH_VALUE_SET, /* as.items */
    LYMPH_VALUE_DATETIME,
    LYMPH_VALUE_DATE,
    LYMPH_VALUE_TIME,
    LYMPH_VALUE_DECIMAL,
    LYMPH_VALUE_UUID,
    LYMPH_VALUE_UNDEFINED,
    LYMPH_VALUE_EXT /* as.bytes, size bytes of payload, type code in ext */
} lymph_value_kind;

typedef struct lymph_entry lymph_entry;
typedef struct lymph_value lymph_value;

struct lymph_value {
    uint8_t kind; /* a lymph_value_kind */
    int8_t ext;   /* msgpack extension type code; LYMPH_VALUE_EXT only */
    uint32_t size;
    union {
        bool boolean;
        int64_t integer;
        uint64_t unsigned_integer;
        double number;
        const char *text;
        const uint8_t *bytes;
        const lymph_value *items;
        const lymph_entry *entries;
    } as;
};

struct lymph_entry {
    lymph_value key;
    lymph_value value;
};

typedef struct lymph_value_list {
    const lymph_value *items;
    size_t count;
} lymph_value_list;

/* Makers. Strings and bytes are borrowed, not copied; `text` must be UTF-8. Texts and bytes have less than
 * 4 GiB. */
lymph_value lymph_nil(void);
lymph_value lymph_bool(bool b);
lymph_value lymph_int(int64_t i);
lymph_value lymph_uint(uint64_t u);
lymph_value lymph_float(double d);
lymph_value lymph_string(const char *text); /* NULL gives nil */
lymph_value lymph_bytes_value(const void *data, uint32_t size);
lymph_value lymph_list(const lymph_value *items, uint32_t count);
lymph_value lymph_map(const lymph_entry *entries, uint32_t count);

/* The value under a text key of a map; NULL if `map` is no map or has no such key. */
const lymph_value *lymph_get(lymph_value map, const char *key);

/* Text of a string, or NULL for any other kind. */
const char *lymph_text(lymph_value v);

/* Parsed forms of the extension scalars. Errors: LYMPH_EINVAL: the kind or the text does not fit. */
lymph_status lymph_value_datetime(lymph_value v, lymph_datetime *out);
lymph_status lymph_value_date(lymph_value v, lymph_date *out);
lymph_status lymph_value_time(lymph_value v, lymph_time *out);
lymph_status lymph_value_uuid(lymph_value v, lymph_uuid *out);

/* Equal kind and content; map entries compare in order; INT and UINT of the same number are equal. */
bool lymph_value_equal(lymph_value a, lymph_value b);

/* JSON (RFC 8259) to a value in the context's arena. Maps of exactly {"__type__": ..., "_": ...} become extension
 * values or, of type "bytes", bytes. Integers have up to 64 bits; of equal keys the last counts. Errors: LYMPH_EINVAL
 * with line and column in the message; LYMPH_ELIMIT past 64 levels of nesting; LYMPH_ENOMEM. */
lymph_status lymph_json_parse(lymph_ctx *ctx, const char *text, size_t size, lymph_value *out);

/* A value to JSON text in the context's arena, NUL-terminated. Extension values become the maps above, bytes the
 * same with type "bytes" and base64 text. `flags`: 0 gives Python's separators (", " and ": ") on one line with
 * non-ASCII as it is; LYMPH_JSON_ASCII escapes non-ASCII. Errors: LYMPH_EINVAL: NaN and infinities, bad UTF-8;
 * LYMPH_ELIMIT past 64 levels of nesting; LYMPH_ENOMEM. */
#define LYMPH_JSON_ASCII 1u
lymph_status lymph_json_print(lymph_ctx *ctx, lymph_value v, unsigned flags, const char **out);

#ifdef __cplusplus
}
#endif
#endif
