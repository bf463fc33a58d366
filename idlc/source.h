/* source.h: an input text, and places in it. Nodes keep byte offsets; lines and columns are made from them only when a
 * diagnostic is printed. */
#ifndef IDLC_SOURCE_H
#define IDLC_SOURCE_H

#include <stdint.h>

#include "arena.h"

#define SOURCE_MAX_SIZE ((size_t)1024 * 1024)

typedef struct source {
    const char *path; /* as the user wrote it; shown in diagnostics */
    const char *text; /* NUL-terminated */
    size_t size;
    uint32_t *lines; /* offset of each line's first byte */
    size_t line_count;
} source;

/* The bytes from begin up to, not including, end. file NULL: nowhere in particular. */
typedef struct span {
    const source *file;
    uint32_t begin, end;
} span;

typedef struct position {
    unsigned line, column; /* from 1; a column is a character, not a byte */
} position;

/* Makes a source of `size` bytes, which must outlive it and have a NUL behind them. */
source *source_new(arena *a, const char *path, const char *text, size_t size);

position source_position(const source *s, uint32_t offset);

/* The line (from 1) that an offset is on. */
unsigned source_line(const source *s, uint32_t offset);

#endif
