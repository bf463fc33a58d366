/* sources.h: where the compiler's texts come from: files, or what an editor holds of them and has not saved. */
#ifndef IDLC_SOURCES_H
#define IDLC_SOURCES_H

#include <stdbool.h>

#include "buffer.h"
#include "diag.h"
#include "table.h"

typedef struct sources sources;
struct sources {
    /* One name for what a path leads to, by whatever way, in the arena. NULL with errno set: to nothing. */
    const char *(*find)(const sources *s, arena *a, const char *path);

    /* The text of that name; of one longer than `limit` any part that is longer, too. False: errno says why. */
    bool (*read)(const sources *s, arena *a, const char *name, size_t limit, buffer *out);
};

/* The file system. */
extern const sources sources_files;

/* Texts of an editor, and behind them the file system. */
typedef struct sources_overlay {
    sources base;
    table texts; /* by their names: buffer */
} sources_overlay;

void sources_overlay_init(sources_overlay *o);

/* `text` (copied) takes the place of what `path` leads to, or would if it were there. A text that was put there earlier
 * stays. */
void sources_overlay_add(sources_overlay *o, arena *a, const char *path, const char *text, size_t size);

/* Reads at most SOURCE_MAX_SIZE bytes of valid UTF-8 without control characters into the arena; `path` is shown in
 * diagnostics. NULL after an error, which is reported at `from` (the import that asked for it), or nowhere when
 * from.file is NULL. */
source *sources_read(const sources *s, arena *a, const char *path, diag *d, span from);

#endif
