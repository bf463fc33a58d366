/* file.h: reading whole files and writing them so that nobody ever sees half of one. */
#ifndef IDLC_FILE_H
#define IDLC_FILE_H

#include <stdbool.h>

#include "diag.h"
#include "list.h"
#include "source.h"

/* Reads a file into the arena: at most SOURCE_MAX_SIZE bytes of valid UTF-8 without control characters. NULL after an
 * error, which is reported at `from` (the import that asked for it), or nowhere when from.file is NULL. */
source *file_read_source(arena *a, const char *path, diag *d, span from);

/* An output that waits to be written. */
typedef struct file_output {
    const char *path;
    const char *text;
    size_t size;
} file_output;

/* Writes all outputs (file_output): first each to a temporary name in its folder, then, when all of them are on disk,
 * renames them. An output that is the same already is left alone, so that `make` does not rebuild for nothing. False
 * after an error, which is reported. */
bool file_write_all(arena *a, const list *outputs, diag *d);

/* True if something of that name exists, whatever it is. */
bool file_exists(const char *path);

bool file_is_folder(const char *path);

/* "a/b/c.lymph" -> "a/b", "c.lymph" -> "." and the part behind the last slash. */
const char *file_folder(arena *a, const char *path);
const char *file_base(const char *path);

/* True if a path ends in ".lymph"; and its base without that ending. */
bool file_is_lymph(const char *path);
const char *file_stem(arena *a, const char *path);

/* folder and name joined; "." or "" as folder is left out. */
const char *file_join(arena *a, const char *folder, const char *name);

#endif
