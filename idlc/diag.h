/* diag.h: errors, warnings, and the notes and hints that belong to them. They go to a sink, one by one, in the order
 * found; report.h has sinks that print and that collect. */
#ifndef IDLC_DIAG_H
#define IDLC_DIAG_H

#include "source.h"

#define DIAG_ERRORS_MAX 50 /* further errors are only counted */

typedef enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE, SEVERITY_HINT } severity;

typedef struct diagnostic {
    severity severity;
    span at;          /* at.file NULL: nowhere in particular */
    const char *text; /* the sink's until it returns */
} diagnostic;

typedef struct diag {
    void (*sink)(void *data, const diagnostic *found);
    void *data;
    unsigned errors;
} diag;

void diag_error(diag *d, span at, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_warning(diag *d, span at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A second place that belongs to the error before: "the previous declaration is here". */
void diag_note(diag *d, span at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What to do about the error before. */
void diag_hint(diag *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The hint "did you mean …?" if one of `count` names is near enough to `name` to be meant. */
void diag_suggest(diag *d, const char *name, const char *const *names, size_t count);

#endif
