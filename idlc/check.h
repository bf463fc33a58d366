/* check.h: from trees to the model. */
#ifndef IDLC_CHECK_H
#define IDLC_CHECK_H

#include "scope.h"

/* Declares, resolves and checks everything in all files of the scope and fills their units. Errors are reported; the
 * model is whole only if there were none. */
void check(scope *s);

/* ---- between the files of the check ---- */

/* What a name stands for. */
typedef struct symbol {
    const ast_decl *decl;
    scope_file *file;
    model_record *record;
    model_enum *enumeration;
} symbol;

typedef struct checker {
    scope *scope;
    arena *arena;
    diag *diag;
    table types;                               /* symbol of each struct, error, enum and constant */
    table events;                              /* symbol of each event, by its dotted name */
    table interfaces;                          /* symbol */
    list type_names, error_names, event_names; /* that can be meant by a wrong one */
    const scope_file *file; /* what is being checked: it sees its own names and those of its imports */
} checker;

/* check.c: what a name stands for. NULL after an error: "unknown type 'x'", with `what` and a near one of `names`, or
 * that the file does not import it. */
const symbol *check_symbol(checker *c, const table *symbols, const ast_name *name, const char *what, const list *names);

/* check_type.c */
const model_type *check_type(checker *c, const ast_type *t);
int check_base(const char *text); /* of an integer as written: 16 or 10; leading zeros do not make it octal */
model_preset check_literal(checker *c, const model_type *type, const ast_literal *l);
void check_fields(checker *c, const list *nodes, model_record *record);

/* check_option.c: options that a node may have; the value is checked against the kind and put where `out` points. */
typedef enum option_kind {
    OPTION_FLAG,     /* bool */
    OPTION_TEXT,     /* const char * */
    OPTION_COUNT,    /* uint32_t */
    OPTION_DURATION, /* uint32_t, milliseconds */
    OPTION_NAME,     /* const char * */
    OPTION_NUMBER,   /* const ast_literal * */
    OPTION_LATER     /* known, but not supported yet */
} option_kind;

typedef struct option_spec {
    const char *name;
    option_kind kind;
    void *out;
} option_spec;

void check_options(checker *c, const list *options, const option_spec *specs, size_t count, const char *what);

/* check_limit.c: `min` and `max` may be NULL; `preset` is where the field's default is written. */
void check_limits(checker *c, model_field *field, const ast_literal *min, const ast_literal *max,
                  const ast_literal *preset);

/* check_size.c: what the record takes in C, and that it is not too much. The structs that it holds are measured
 * already; all its fields have types. */
void check_size(checker *c, model_record *r);

/* check_http.c */
void check_http(checker *c, model_interface *i, const ast_member *n);

/* check_interface.c. check_handler: what all kinds of handlers have in common. */
model_handler *check_handler(checker *c, model_interface *i, const ast_member *n, handler_kind kind);
void check_interface(checker *c, scope_file *f, const ast_decl *d);

#endif
