/* parse.h: from text to tree. */
#ifndef IDLC_PARSE_H
#define IDLC_PARSE_H

#include "ast.h"
#include "diag.h"

/* What the scanner and the parser share; one per file. */
typedef struct parse {
    arena *arena;
    diag *diag;
    ast *tree;
    uint32_t offset; /* where the scanner is */
    unsigned depth;  /* of types, so that the parser's stack is bounded */
    uint32_t last;   /* where the last token ended */
    uint32_t before; /* and the one before it */
} parse;

#define PARSE_TYPE_DEPTH_MAX 32

/* The tree of a file, also after errors (which are reported): it then holds what could be read. */
ast *parse_file(arena *a, const source *file, diag *d);

#endif
