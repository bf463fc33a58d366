/* file.h: reading whole files and writing them so that nobody ever sees half of one. */
#ifndef IDLC_FILE_H
#define IDLC_FILE_H

#include <stdbool.h>

#include "buffer.h"
#include "diag.h"
#include "list.h"

/* Reads up to `limit` bytes and one more, by which the caller sees that there is more. False: errno says why. */
bool file_read(arena *a, const char *path, size_t limit, buffer *out);

/* An output that waits to be written. */
typedef struct file_output {
    const char *path;
    const char *text;
    size_t size;
    bool once; /* the user's own file from then on: only written where nothing of that name exists */
} file_output;

/* Writes all outputs (file_output): first each to a temporary name in its folder, then, when all of them are on disk,
 * renames them. An output that is the same already is left alone, so that `make` does not rebuild for nothing; `touch`:
 * it is only made newer than the input, so that `make` does not ask again. False after an error, which is reported. */
bool file_write_all(arena *a, const list *outputs, bool touch, diag *d);

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
