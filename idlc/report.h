/* report.h: sinks for diagnostics. */
#ifndef IDLC_REPORT_H
#define IDLC_REPORT_H

#include "diag.h"
#include "list.h"

/* For people; `data` is the FILE * to print on:
 *
 *     shop.lymph:3:5: error: unknown type 'sting'
 *         3 |     sting name;
 *           |     ^~~~~
 *     hint: did you mean 'string'?
 */
void report_text(void *file, const diagnostic *found);

/* For programs: one JSON object a line, on the FILE * `data`. */
void report_json(void *file, const diagnostic *found);

/* For a program that is linked with the compiler: `data` is a report_list, in whose arena they are kept. */
typedef struct report_list {
    arena *arena;
    list found; /* diagnostic */
} report_list;

void report_collect(void *collection, const diagnostic *found);

const char *report_severity(severity s); /* "error" … */

#endif
