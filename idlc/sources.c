#include "sources.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "utf8.h"

/* ---- files ---- */

static const char *find_file(const sources *s, arena *a, const char *path)
{
    char *real = realpath(path, NULL);
    const char *copy = real ? arena_strndup(a, real, strlen(real)) : NULL;
    free(real);
    return copy;
}

static bool read_file(const sources *s, arena *a, const char *name, size_t limit, buffer *out)
{
    return file_read(a, name, limit, out);
}

const sources sources_files = {find_file, read_file};

/* ---- an editor's texts ---- */

/* What is not on disk yet has the name that it would have there. */
static const char *name_of(arena *a, const char *path)
{
    const char *name = find_file(NULL, a, path);
    const char *folder = name ? NULL : find_file(NULL, a, file_folder(a, path));
    return name ? name : folder ? file_join(a, folder, file_base(path)) : path;
}

static const char *find_overlaid(const sources *s, arena *a, const char *path)
{
    const sources_overlay *o = (const sources_overlay *)s;
    const char *name = name_of(a, path);
    return table_get(&o->texts, name) ? name : find_file(NULL, a, path);
}

static bool read_overlaid(const sources *s, arena *a, const char *name, size_t limit, buffer *out)
{
    const buffer *text = table_get(&((const sources_overlay *)s)->texts, name);
    if (!text)
        return file_read(a, name, limit, out);
    *out = *text;
    return true;
}

void sources_overlay_init(sources_overlay *o)
{
    *o = (sources_overlay){.base = {find_overlaid, read_overlaid}};
}

void sources_overlay_add(sources_overlay *o, arena *a, const char *path, const char *text, size_t size)
{
    buffer *copy = arena_alloc(a, sizeof *copy);
    buffer_init(copy, a);
    buffer_addn(copy, text, size);
    table_put(a, &o->texts, name_of(a, path), copy);
}

/* ---- reading ---- */

/* What editors do not show, or show as something else: also what turns the direction of writing. */
static bool is_control(uint32_t code)
{
    return (code < 0x20 && code != '\t' && code != '\n' && code != '\r') || (code >= 0x7f && code < 0xa0) ||
           (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

static bool check_text(const source *s, diag *d)
{
    for (size_t i = 0; i < s->size;) {
        uint32_t code;
        size_t length = utf8_decode(s->text + i, s->size - i, &code);
        span at = {s, (uint32_t)i, (uint32_t)i + 1};
        if (length == 0) {
            diag_error(d, at, "invalid UTF-8 (byte 0x%02X)", (unsigned char)s->text[i]);
            return false;
        }
        if (is_control(code) || (code == 0xfeff && i > 0)) {
            diag_error(d, at, "control character U+%04X in the text", code);
            return false;
        }
        i += length;
    }
    return true;
}

source *sources_read(const sources *s, arena *a, const char *path, diag *d, span from)
{
    buffer text;
    const char *name = s->find(s, a, path);
    if (!name || !s->read(s, a, name, SOURCE_MAX_SIZE, &text)) {
        diag_error(d, from, "cannot read '%s': %s", path, strerror(errno));
        return NULL;
    }
    if (text.size > SOURCE_MAX_SIZE) {
        diag_error(d, from, "'%s' is larger than %zu bytes", path, SOURCE_MAX_SIZE);
        return NULL;
    }
    source *file = source_new(a, arena_strndup(a, path, strlen(path)), text.text, text.size);
    return check_text(file, d) ? file : NULL;
}
