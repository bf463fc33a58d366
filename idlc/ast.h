/* ast.h: a file as it is written. Made by the parser in the compiler's arena; lists hold pointers to the nodes named.
 */
#ifndef IDLC_AST_H
#define IDLC_AST_H

#include <stdbool.h>

#include "list.h"
#include "source.h"

typedef struct ast_name {
    const char *text;
    span at;
} ast_name;

typedef struct ast_type {
    ast_name name; /* "int32", "Item", "list" … */
    list args;     /* ast_type, of list<…>, set<…>, map<…, …> */
    bool optional; /* a '?' behind it */
    span at;
} ast_type;

typedef enum literal_kind {
    LITERAL_STRING,
    LITERAL_INT,
    LITERAL_FLOAT,
    LITERAL_BOOL,
    LITERAL_NAME,
    LITERAL_DURATION,
    LITERAL_EMPTY /* [] or {} */
} literal_kind;

typedef struct ast_literal {
    literal_kind kind;
    const char *text; /* STRING: without quotes, escapes resolved; else as written */
    span at;
} ast_literal;

typedef struct ast_option {
    ast_name name;
    ast_literal *value; /* NULL: a flag */
    ast_literal *upper; /* of a range, else NULL */
} ast_option;

/* A field of a record or a parameter of a handler. */
typedef struct ast_field {
    const char *doc;
    ast_type *type;
    ast_name name;
    ast_literal *preset; /* NULL: none */
    ast_name source;     /* of an http parameter: "path", "query", "header" or "body", if that is what is written */
    list options;        /* ast_option */
    span at;
} ast_field;

typedef struct ast_value {
    const char *doc;
    ast_name name;
    ast_literal *number; /* NULL: one more than the one before */
    span at;
} ast_value;

typedef enum member_kind { MEMBER_RPC, MEMBER_EMITS, MEMBER_ON, MEMBER_HTTP, MEMBER_UNSUPPORTED } member_kind;

typedef struct ast_member {
    member_kind kind;
    const char *doc;
    ast_name name;  /* RPC: method; HTTP: handler; EMITS, ON: event, dotted, or the pattern; UNSUPPORTED: the keyword */
    bool pattern;   /* ON: `name` is a quoted pattern */
    ast_name alias; /* ON: text NULL if there is none */
    ast_name verb;  /* HTTP: "GET", or "*" */
    ast_name path;  /* HTTP */
    bool bare;      /* HTTP: there are neither parentheses nor a result */
    ast_type *result; /* RPC, HTTP; NULL: void */
    list params;      /* RPC, HTTP: ast_field */
    list raises;      /* RPC, HTTP: ast_name */
    list options;     /* ast_option */
    span at;
} ast_member;

typedef enum decl_kind {
    DECL_IMPORT,
    DECL_NAMESPACE,
    DECL_CONST,
    DECL_ENUM,
    DECL_STRUCT,
    DECL_ERROR,
    DECL_EVENT,
    DECL_INTERFACE
} decl_kind;

typedef struct ast_decl {
    decl_kind kind;
    const char *doc;
    ast_name name;        /* IMPORT: the path; EVENT: dotted */
    ast_type *type;       /* CONST */
    ast_literal *literal; /* CONST */
    bool by_number;       /* ENUM */
    ast_name version;     /* INTERFACE; text NULL if there is none */
    list items;           /* ast_value, ast_field or ast_member */
    list options;         /* INTERFACE, ERROR: ast_option */
    span at;
} ast_decl;

/* A comment. The printer keeps those that no node has taken as its documentation. */
typedef struct ast_comment {
    const char *text; /* with its slashes */
    span at;
    const char *doc; /* of a documentation comment: the line without its slashes; else NULL */
    uint32_t next;   /* where the next token begins */
    bool taken;      /* as documentation, by the node that begins there */
} ast_comment;

typedef struct ast {
    const source *file;
    list decls;    /* ast_decl */
    list comments; /* ast_comment */
    bool broken;   /* parts could not be read: names may be unknown only because of that */
} ast;

/* The documentation of the node that begins at `offset`: the lines right before it, "" if there are none. They are
 * taken. */
const char *ast_take_doc(arena *a, ast *tree, uint32_t offset);

#endif
