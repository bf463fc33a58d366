#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_read(arena *a, const char *path, size_t limit, buffer *out)
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
    return file_read(a, output->path, output->size, &old) && old.size == output->size &&
           memcmp(old.text, output->text, old.size) == 0;
}

bool file_write_all(arena *a, const list *outputs, bool touch, diag *d)
{
    char **names = arena_array(a, outputs->count + 1, sizeof(*names));
    bool ok = true;
    for (size_t i = 0; i < outputs->count && ok; i++) {
        const file_output *output = outputs->items[i];
        if (output->once ? file_exists(output->path) : same_content(a, output))
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
        if (!names[i]) {
            if (ok && touch && !output->once)
                (void)utimensat(AT_FDCWD, output->path, NULL, 0);
            continue;
        }
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
