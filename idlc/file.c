#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer.h"

/* Reads up to `limit` bytes and one more, by which the caller sees that there is more. False: errno says why. */
static bool read_some(arena *a, const char *path, size_t limit, buffer *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = true;
    buffer_init(out, a);
    while (out->size <= limit) {
        char chunk[16384];
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            ok = false;
        if (n <= 0)
            break;
        buffer_addn(out, chunk, (size_t)n);
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return ok;
}

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

source *file_read_source(arena *a, const char *path, diag *d, span from)
{
    buffer text;
    if (!read_some(a, path, SOURCE_MAX_SIZE, &text)) {
        diag_error(d, from, "cannot read '%s': %s", path, strerror(errno));
        return NULL;
    }
    if (text.size > SOURCE_MAX_SIZE) {
        diag_error(d, from, "'%s' is larger than %zu bytes", path, SOURCE_MAX_SIZE);
        return NULL;
    }
    source *s = source_new(a, arena_strndup(a, path, strlen(path)), text.text, text.size);
    return check_text(s, d) ? s : NULL;
}

static bool write_fully(int fd, const char *text, size_t size)
{
    while (size) {
        ssize_t n = write(fd, text, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        text += n;
        size -= (size_t)n;
    }
    return true;
}

/* Writes to a new file beside `path` and returns its name, or NULL with errno set. */
static char *write_temporary(arena *a, const file_output *output)
{
    char *name = arena_printf(a, "%s.XXXXXX", output->path);
    int fd = mkstemp(name);
    if (fd < 0)
        return NULL;
    /* mkstemp makes files private; an output is an ordinary file. */
    mode_t mask = umask(0);
    umask(mask);
    bool ok = write_fully(fd, output->text, output->size) && fchmod(fd, 0666 & ~mask) == 0;
    int saved = errno;
    if (close(fd) != 0 && ok) {
        ok = false;
        saved = errno;
    }
    if (!ok) {
        unlink(name);
        errno = saved;
        return NULL;
    }
    return name;
}

static bool same_content(arena *a, const file_output *output)
{
    struct stat info;
    if (lstat(output->path, &info) != 0 || !S_ISREG(info.st_mode) || (size_t)info.st_size != output->size)
        return false;
    buffer old;
    return read_some(a, output->path, output->size, &old) && old.size == output->size &&
           memcmp(old.text, output->text, old.size) == 0;
}

bool file_write_all(arena *a, const list *outputs, diag *d)
{
    char **names = arena_array(a, outputs->count + 1, sizeof(*names));
    bool ok = true;
    for (size_t i = 0; i < outputs->count && ok; i++) {
        const file_output *output = outputs->items[i];
        if (same_content(a, output))
            continue;
        if (file_is_folder(output->path))
            errno = EISDIR;
        else
            names[i] = write_temporary(a, output);
        if (!names[i]) {
            diag_error(d, (span){0}, "cannot write '%s': %s", output->path, strerror(errno));
            ok = false;
        }
    }
    for (size_t i = 0; i < outputs->count; i++) {
        const file_output *output = outputs->items[i];
        if (!names[i])
            continue;
        if (ok && rename(names[i], output->path) == 0)
            continue;
        if (ok)
            diag_error(d, (span){0}, "cannot write '%s': %s", output->path, strerror(errno));
        ok = false;
        unlink(names[i]);
    }
    return ok;
}

bool file_exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

bool file_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

const char *file_folder(arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    return slash == path ? "/" : arena_strndup(a, path, (size_t)(slash - path));
}

const char *file_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool file_is_lymph(const char *path)
{
    const char *base = file_base(path);
    size_t size = strlen(base), ending = sizeof ".lymph" - 1;
    return size > ending && strcmp(base + size - ending, ".lymph") == 0;
}

const char *file_stem(arena *a, const char *path)
{
    const char *base = file_base(path);
    return arena_strndup(a, base, strlen(base) - (sizeof ".lymph" - 1));
}

const char *file_join(arena *a, const char *folder, const char *name)
{
    size_t size = strlen(folder);
    if (!size || strcmp(folder, ".") == 0)
        return name;
    return arena_printf(a, "%s%s%s", folder, folder[size - 1] == '/' ? "" : "/", name);
}
