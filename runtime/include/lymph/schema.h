/* schema.h: the constant tables in which lymphc describes interfaces to the runtime.
 *
 * Generated code is const data of these types plus thin typed functions; encoding, checking, dispatch and
 * introspection all read the tables, so a fix in the runtime needs no regeneration. Everything here is
 * static for the life of the module that defines it. */
#ifndef LYMPH_API_SCHEMA_H
#define LYMPH_API_SCHEMA_H

#include <lymph/status.h>
#include <lymph/types.h>
#include <lymph/value.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum lymph_kind {
    LYMPH_KIND_BOOL,
    LYMPH_KIND_INT8,
    LYMPH_KIND_INT16,
    LYMPH_KIND_INT32,
    LYMPH_KIND_INT64,
    LYMPH_KIND_UINT8,
    LYMPH_KIND_UINT16,
    LYMPH_KIND_UINT32,
    LYMPH_KIND_UINT64,
    LYMPH_KIND_FLOAT32,
    LYMPH_KIND_FLOAT64,
    LYMPH_KIND_STRING,   /* const char * */
    LYMPH_KIND_BYTES,    /* lymph_bytes */
    LYMPH_KIND_DATETIME, /* lymph_datetime */
    LYMPH_KIND_DATE,     /* lymph_date */
    LYMPH_KIND_TIME,     /* lymph_time */
    LYMPH_KIND_DECIMAL,  /* lymph_decimal */
    LYMPH_KIND_UUID,     /* lymph_uuid */
    LYMPH_KIND_ANY,      /* lymph_value */
    LYMPH_KIND_ENUM,     /* a C enum, the size of int; `enumeration` */
    LYMPH_KIND_STRUCT,   /* `record` */
    LYMPH_KIND_LIST,     /* { const T *items; size_t count; }, `element` */
    LYMPH_KIND_SET,      /* as LIST; duplicates are an error on send */
    LYMPH_KIND_MAP,      /* { const E *entries; size_t count; }, E = { K key; V value; }; `key`, `element` */
    LYMPH_KIND_OPTIONAL  /* const T *, NULL when absent (`string?`: the const char * itself); `element` */
} lymph_kind;

typedef struct lymph_type lymph_type;
typedef struct lymph_record lymph_record;

/* One name of an enum. */
typedef struct lymph_enum_value {
    const char *name;
    int32_t number;
} lymph_enum_value;

typedef struct lymph_enum {
    const char *name;
    const lymph_enum_value *values;
    size_t count;
    bool by_number;       /* `enum N : int`: sent as integer; otherwise by name */
    int32_t unrecognized; /* what an unknown name or number becomes on receive; cannot be sent */
} lymph_enum;

struct lymph_type {
    lymph_kind kind;
    uint32_t size;                 /* sizeof the C representation */
    const lymph_type *element;     /* LIST, SET, OPTIONAL; MAP: the value's type */
    const lymph_type *key;         /* MAP */
    uint32_t entry_size;           /* MAP: sizeof one entry */
    uint32_t value_offset;         /* MAP: offset of the value in an entry; the key is at 0 */
    const lymph_record *record;    /* STRUCT */
    const lymph_enum *enumeration; /* ENUM */
};

/* The built-in types, one each. */
extern const lymph_type lymph_type_bool;
extern const lymph_type lymph_type_int8;
extern const lymph_type lymph_type_int16;
extern const lymph_type lymph_type_int32;
extern const lymph_type lymph_type_int64;
extern const lymph_type lymph_type_uint8;
extern const lymph_type lymph_type_uint16;
extern const lymph_type lymph_type_uint32;
extern const lymph_type lymph_type_uint64;
extern const lymph_type lymph_type_float32;
extern const lymph_type lymph_type_float64;
extern const lymph_type lymph_type_string;
extern const lymph_type lymph_type_bytes;
extern const lymph_type lymph_type_datetime;
extern const lymph_type lymph_type_date;
extern const lymph_type lymph_type_time;
extern const lymph_type lymph_type_decimal;
extern const lymph_type lymph_type_uuid;
extern const lymph_type lymph_type_any;

#define LYMPH_FIELD_SENSITIVE  1u /* its value is in no message of a failure, so in no log */
#define LYMPH_FIELD_DEPRECATED 2u
#define LYMPH_FIELD_MIN        4u /* `min` holds */
#define LYMPH_FIELD_MAX        8u /* `max` holds */

/* A field or a parameter: a key of the map that is sent. */
typedef struct lymph_field {
    const char *name;       /* on the wire */
    const lymph_type *type; /* kind OPTIONAL: may be absent or nil */
    size_t offset;          /* in the C struct */
    const void *preset;     /* default: a C value of `type`; NULL: none, and the field is required unless OPTIONAL */
                            /* on send it stands for a string, decimal or bytes that are NULL */
    uint32_t flags;
    double min,
        max; /* of a number, or of how many bytes or items there are; limits of integers are exact in a double */
} lymph_field;

/* A struct, an error, an event, or the parameters of a method: a map from field name to value. */
struct lymph_record {
    const char *name; /* struct: "Item"; error: its type on the wire; event: its routing key; parameters: "I.m" */
    size_t size;      /* sizeof the C struct */
    const lymph_field *fields;
    size_t field_count;
    const char *doc; /* "" if none */
    uint32_t status; /* error: what an `http` that raises it answers with; 0: 400 */
};

#define LYMPH_METHOD_IDEMPOTENT 1u
#define LYMPH_METHOD_DEPRECATED 2u

/* One rpc. */
typedef struct lymph_method {
    const char *name;                  /* "greet" */
    const char *subject;               /* "Greeting.greet" */
    const char *doc;                   /* "" if none */
    const lymph_record *params;        /* never NULL; field_count 0 if none */
    const lymph_type *result;          /* NULL: void */
    const lymph_record *const *raises; /* NULL-terminated; NULL if none */
    /* Calls the handler found at `handler` in the table `handlers` with the members of the params struct.
     * `result` points to zeroed storage of result->size bytes. Never called when the table's entry is NULL. */
    lymph_status (*invoke)(lymph_ctx *ctx, const void *handlers, const void *params, void *result);
    size_t handler;      /* offset of the handler's pointer in the interface's table */
    uint32_t timeout_ms; /* 0: the default */
    uint32_t retry;      /* further tries after a timeout or an unreachable instance; idempotent methods only */
    uint32_t flags;
} lymph_method;

#define LYMPH_ON_BROADCAST  1u /* every instance gets the event, not one of them */
#define LYMPH_ON_SEQUENTIAL 2u /* one event at a time */
#define LYMPH_ON_ONCE       4u /* only the first event */

/* One `on`. */
typedef struct lymph_subscription {
    const char *name;          /* handler, and the end of the queue's name: "on_greeted" */
    const char *pattern;       /* event type; may hold * and # when `event` is NULL */
    const lymph_record *event; /* NULL: the handler takes a const lymph_event * */
    const char *doc;
    lymph_status (*invoke)(lymph_ctx *ctx, const void *handlers, const void *event);
    size_t handler;
    uint32_t flags;
} lymph_subscription;

/* Where the parameter of a route comes from. */
#define LYMPH_HTTP_PATH   0u
#define LYMPH_HTTP_QUERY  1u
#define LYMPH_HTTP_HEADER 2u
#define LYMPH_HTTP_BODY   3u

/* One `http`. */
typedef struct lymph_http_route {
    lymph_method method;    /* the handler; it is never called as an rpc */
    const char *verb;       /* "GET"; NULL: any */
    const char *path;       /* "/orders/{id}", "/static/{path...}" */
    const uint8_t *sources; /* LYMPH_HTTP_*, of each of the parameters */
    uint32_t status;        /* of a result; 0: 200, or 204 where there is none */
} lymph_http_route;

/* One interface. Its symbol is the interface's name with _descriptor behind it (Greeting_descriptor), which is how
 * `class: greeting:Greeting` finds it beside the user's table of handlers. */
typedef struct lymph_interface_desc {
    uint32_t abi; /* LYMPH_ABI of the generated code */
    const char *name;
    const char *version; /* NULL: unversioned */
    const char *doc;
    const lymph_method *methods;
    size_t method_count;
    const lymph_record *const *emits;
    size_t emit_count;
    const lymph_subscription *subscriptions;
    size_t subscription_count;
    size_t on_start; /* offset in the table of lymph_status (*on_start)(lymph_ctx *) */
    size_t on_stop;  /* offset in the table of void (*on_stop)(lymph_ctx *) */
    const lymph_http_route *routes;
    size_t route_count;
} lymph_interface_desc;

#ifdef __cplusplus
}
#endif
#endif
