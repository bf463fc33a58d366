/* diag.h: errors, warnings and notes, each with the place, the line and carets under it:
 *
 *     shop.lymph:3:5: error: unknown type 'sting'
 *         3 |     sting name;
 *           |     ^~~~~
 *     hint: did you mean 'string'?
 *
 * They are printed at once, in the order found. */
#ifndef IDLC_DIAG_H
#define IDLC_DIAG_H

#include <stdbool.h>
#include <stdio.h>

#include "source.h"

#define DIAG_ERRORS_MAX 50 /* further errors are only counted */

typedef struct diag {
    FILE *out;
    bool json; /* one JSON object a line, for editors */
    unsigned errors;
} diag;

/* Printed without place and line when at.file is NULL. */
void diag_error(diag *d, span at, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_warning(diag *d, span at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A second place that belongs to the error before: "the previous declaration is here". */
void diag_note(diag *d, span at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What to do about the error before. */
void diag_hint(diag *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The hint "did you mean …?" if one of `count` names is near enough to `name` to be meant. */
void diag_suggest(diag *d, const char *name, const char *const *names, size_t count);

#endif
