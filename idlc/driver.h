/* driver.h: the compiler as a library: texts in, diagnostics and outputs out. `lymphc` is a program around it; an
 * editor is another, which has texts of its own (sources.h), keeps the diagnostics (report.h) and wants nothing
 * written. */
#ifndef IDLC_DRIVER_H
#define IDLC_DRIVER_H

#include <stdbool.h>

#include "buffer.h"
#include "diag.h"
#include "list.h"
#include "sources.h"
#include "table.h"

/* Zeroed but for `sources` it writes beside the input. */
typedef struct driver_options {
    const sources *sources;
    list include;          /* folders that are searched for imported files, too */
    const char *output;    /* the folder of the outputs; NULL: the input's */
    const char *templates; /* a folder whose templates take the place of the built-in ones; NULL: none */
    const char *deps;      /* a rule for make is an output, too, and this its path; NULL: no rule */
    bool check_only;       /* no outputs */
    bool no_skeleton;
} driver_options;

/* What the files that were compiled give. Nothing is written: file_write_all does that. */
typedef struct driver_outputs {
    list files; /* file_output */
    table paths;
} driver_outputs;

/* Compiles a file and adds its outputs; none after an error. All that it makes lives in the arena. */
void driver_compile(arena *a, const driver_options *o, const char *path, diag *d, driver_outputs *out);

/* Adds the skeleton of a file's service to `out`, whether there is a service or not; nothing after an error. */
void driver_skeleton(arena *a, const driver_options *o, const char *path, diag *d, buffer *out);

/* Adds the canonical form of a file to `out`; nothing after an error. */
void driver_format(arena *a, const driver_options *o, const char *path, diag *d, buffer *out);

#endif
