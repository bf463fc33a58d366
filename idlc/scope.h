/* scope.h: the files of one compilation and the names that they declare. */
#ifndef IDLC_SCOPE_H
#define IDLC_SCOPE_H

#include "ast.h"
#include "diag.h"
#include "model.h"
#include "sources.h"
#include "table.h"

/* A loaded file: its tree and what is made of it. */
typedef struct scope_file {
    const char *path;
    ast *tree;
    model_unit *unit;
    list imports; /* scope_file */
    bool loading; /* its imports are being read: to import it now is a cycle */
} scope_file;

typedef struct scope {
    arena *arena;
    diag *diag;
    const sources *sources;
    const list *include; /* folders, of -I */
    list files;          /* scope_file; imported ones come before those that import them */
    bool incomplete;     /* something could not be read: names may be unknown only because of that */
    table by_path;
} scope;

/* Reads a file and all that it imports: the importing file's folder is searched first, then -I. NULL when the file
 * itself cannot be read; errors are reported. */
scope_file *scope_load(scope *s, const char *path);

#endif
