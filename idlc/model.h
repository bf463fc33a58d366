/* model.h: what files mean: names resolved, types known, everything checked. The emitters see only this. All nodes live
 * in the compiler's arena. Lists hold pointers to the nodes named. */
#ifndef IDLC_MODEL_H
#define IDLC_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "list.h"
#include "source.h"
#include "table.h"

typedef enum model_kind {
    KIND_BOOL,
    KIND_INT8,
    KIND_INT16,
    KIND_INT32,
    KIND_INT64,
    KIND_UINT8,
    KIND_UINT16,
    KIND_UINT32,
    KIND_UINT64,
    KIND_FLOAT32,
    KIND_FLOAT64,
    KIND_STRING,
    KIND_BYTES,
    KIND_DATETIME,
    KIND_DATE,
    KIND_TIME,
    KIND_DECIMAL,
    KIND_UUID,
    KIND_ANY,
    KIND_EVENT, /* an event of whatever type, as it arrived: what the handler of a pattern is called with */
    KIND_ENUM,
    KIND_STRUCT,
    KIND_LIST,
    KIND_SET,
    KIND_MAP,
    KIND_OPTIONAL
} model_kind;

typedef struct model_unit model_unit;
typedef struct model_record model_record;
typedef struct model_enum model_enum;

typedef struct model_type {
    model_kind kind;
    const struct model_type *element; /* LIST, SET, OPTIONAL; MAP: of the values */
    const struct model_type *key;     /* MAP */
    const model_record *record;       /* STRUCT */
    const model_enum *enumeration;    /* ENUM */
    span at;                          /* where it is written */
} model_type;

typedef enum preset_kind {
    PRESET_NONE,
    PRESET_NUMBER,
    PRESET_BOOL,
    PRESET_STRING,
    PRESET_BYTES,
    PRESET_ENUM,
    PRESET_DECIMAL,
    PRESET_EMPTY /* a container */
} preset_kind;

typedef struct model_preset {
    preset_kind kind;
    const char
        *text; /* NUMBER, BOOL: as in C but for suffixes; STRING, BYTES, DECIMAL: the text; ENUM: name of the value */
} model_preset;

/* Where the parameter of an `http` comes from. */
typedef enum http_source { SOURCE_PATH, SOURCE_QUERY, SOURCE_HEADER, SOURCE_BODY } http_source;

typedef struct model_field {
    const char *doc, *name;
    const char *c_name; /* the member or parameter in C: set by cnames_check */
    const model_type *type;
    model_preset preset;
    http_source source; /* of an `http` */
    bool sensitive, deprecated;
    const char *min, *max; /* as in C; NULL: no limit */
    span at;
} model_field;

typedef enum record_kind { RECORD_STRUCT, RECORD_ERROR, RECORD_EVENT, RECORD_PARAMS } record_kind;

struct model_record {
    record_kind kind;
    const char *doc, *name; /* as on the wire */
    list fields;            /* model_field */
    uint32_t status;        /* ERROR: what an `http` that raises it answers with; 0: the default */
    const model_unit *unit;
    span at;
    int visit;           /* of the search for cycles: 0 not seen, 1 being looked at, 2 done */
    int64_t size, align; /* of the struct in C, where a pointer has 8 bytes: set by check_size */
};

/* True if C code has something to write for the default: what is empty is so without a word. */
static inline bool model_is_written(const model_preset *p)
{
    return p->kind != PRESET_NONE && p->kind != PRESET_EMPTY;
}

static inline bool model_has_defaults(const model_record *r)
{
    for (size_t i = 0; i < r->fields.count; i++)
        if (model_is_written(&((const model_field *)r->fields.items[i])->preset))
            return true;
    return false;
}

typedef struct model_value {
    const char *doc, *name;
    int32_t number;
    span at;
} model_value;

struct model_enum {
    const char *doc, *name;
    bool by_number;
    list values; /* model_value */
    const model_unit *unit;
    span at;
};

typedef struct model_const {
    const char *doc, *name;
    const model_type *type;
    model_preset value;
    const model_unit *unit;
    span at;
} model_const;

typedef enum handler_kind { HANDLER_RPC, HANDLER_ON, HANDLER_HTTP } handler_kind;

/* What may stand in [...] behind a member. Which of them a kind of handler has is known by check_interface.c. */
typedef struct model_options {
    uint32_t timeout_ms, retry, status;
    bool idempotent, broadcast, sequential, once;
    const char *deprecated; /* NULL: no */
} model_options;

/* A function that the service has for a member of its interface, and what calls it: a request, an event, HTTP. */
typedef struct model_handler {
    handler_kind kind;
    const char *doc, *name;
    const char *c_name;        /* in the interface's table in C: set by cnames_check */
    model_record *params;      /* what it is called with; its name is "Interface.handler" */
    const model_type *result;  /* NULL: none */
    list raises;               /* model_record */
    const char *pattern;       /* ON: which events */
    const model_record *event; /* ON: their record; NULL: whatever the pattern fits */
    const char *verb, *path;   /* HTTP; verb "*": any */
    model_options options;
    span at;
} model_handler;

typedef struct model_interface {
    const char *doc, *name;
    const char *version; /* NULL: unversioned */
    const char *prefix;  /* of the C names; NULL: made from the name */
    list handlers;       /* model_handler, in the order written */
    list emits;          /* model_record */
    const model_unit *unit;
    span at;
} model_interface;

/* One file. */
struct model_unit {
    const source *file;
    const char *name_space; /* "" if none */
    list imports;           /* model_unit, in the order written */
    list import_paths;      /* const char *: the same as they are written */
    list consts, enums;     /* model_const, model_enum */
    list records;           /* model_record: structs, errors and events, in the order written */
    list interfaces;        /* model_interface */
    table c_names;          /* everything at file scope in C, of this file and its imports: made by cnames_check */
};

#endif
