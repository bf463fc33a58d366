/* parse.h: from text to tree. */
#ifndef IDLC_PARSE_H
#define IDLC_PARSE_H

#include "ast.h"
#include "diag.h"

typedef struct token {
    int kind;
    char *text;
    span at;
    bool first;     /* on its line */
    bool inserted;  /* not in the file */
    bool kept;      /* it was wrong where a part ended, and comes again */
    unsigned depth; /* braces that were open before it */
} token;

/* The declaration that the last brace of the outermost level belongs to, or will. */
typedef struct heading {
    int keyword; /* 0: none yet */
    const char *word, *name;
    bool named;  /* the name is whole */
    bool closed; /* behind its closing brace */
    uint32_t begin;
    span brace;
} heading;

/* What the lexer, the scanner and the parser share; one per file. */
typedef struct parse {
    arena *arena;
    diag *diag;
    ast *tree;
    uint32_t offset; /* where the lexer is */
    unsigned depth;  /* of types, so that the parser's stack is bounded */
    uint32_t last;   /* where the last token of the lexer's ended */
    token token;     /* the parser's last */
    uint32_t before; /* where the one before it ended */
    token kept[2];   /* read already, the next one last */
    unsigned kept_count;
    unsigned open; /* braces */
    bool ended;    /* too early, of which was told */
    heading heading;
    bool resuming;  /* the parser reads on behind what it did not understand */
    bool semicolon; /* which is only that a ';' is missing */
} parse;

#define PARSE_TYPE_DEPTH_MAX 32

/* The tree of a file, also after errors (which are reported): it then holds what could be read. */
ast *parse_file(arena *a, const source *file, diag *d);

#endif
