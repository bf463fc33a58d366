#include "store/folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.lymph.h"
#include "config/decode.h"

static lymph_status make_folder(const char *path, failure *f)
{
    struct stat st;
    if (mkdir(path, 0700) && errno != EEXIST)
        return failure_set(f, LYMPH_EBACKEND,
                           "cannot make the folder %s of the local cluster: %s; XDG_RUNTIME_DIR or "
                           "container.registry.path choose another",
                           path, strerror(errno));
    if (stat(path, &st) || !S_ISDIR(st.st_mode))
        return failure_set(f, LYMPH_EBACKEND, "%s should be a folder, but is not: remove it", path);
    return LYMPH_OK;
}

/* A folder of ours that nobody else can enter: in a shared temporary directory somebody may have made it first. */
static lymph_status make_private(const char *path, failure *f)
{
    struct stat st;
    lymph_status made = make_folder(path, f);
    if (made)
        return made;
    if (lstat(path, &st) || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
        return failure_set(f, LYMPH_EBACKEND,
                           "%s should be a folder of yours, but is not: remove it, or set XDG_RUNTIME_DIR", path);
    if ((st.st_mode & 077) && chmod(path, 0700))
        return failure_set(f, LYMPH_EBACKEND, "%s is open to others, and that cannot be changed: %s", path,
                           strerror(errno));
    return LYMPH_OK;
}

static bool cluster_valid(const char *name)
{
    size_t size = strlen(name);
    return size && size <= 64 && name[0] != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == size;
}

static lymph_status open_folder(const char *cluster, const char *path, char out[PATH_MAX], failure *f)
{
    if (!cluster_valid(cluster))
        return failure_set(f, LYMPH_ECONFIG, "'%.80s' cannot name a cluster: up to 64 letters, digits, '_', '.', '-'",
                           cluster);
    char base[PATH_MAX];
    const char *runtime = getenv("XDG_RUNTIME_DIR"), *temporary = getenv("TMPDIR");
    int n;
    if (path)
        n = snprintf(base, sizeof base, "%s", path);
    else if (runtime && *runtime)
        n = snprintf(base, sizeof base, "%s/lymph", runtime);
    else
        n = snprintf(base, sizeof base, "%s/lymph-%u", temporary && *temporary ? temporary : "/tmp",
                     (unsigned)geteuid());
    if (n < 0 || (size_t)n >= sizeof base - 80)
        return failure_set(f, LYMPH_ECONFIG, "the path of the local cluster is too long");
    lymph_status st =
        path ? make_folder(base, f)
             : make_private(base, f); /* the user's own path may be shared; the cluster's folder in it is not */
    if (st)
        return st;
    snprintf(out, PATH_MAX, "%.*s/%s", PATH_MAX - 80, base, cluster);
    return make_private(out, f);
}

lymph_status folder_open(const config_node *section, logger *log, char out[PATH_MAX], failure *f)
{
    config_Store s;
    arena a;
    arena_init(&a);
    lymph_status st = config_decode(section, &config_Store_record, &a, &s, log, f);
    if (!st)
        st = open_folder(s.cluster, s.path, out, f);
    arena_done(&a);
    return st;
}

lymph_status folder_again(const char *folder, failure *f)
{
    char base[PATH_MAX];
    snprintf(base, sizeof base, "%s", folder);
    char *slash = strrchr(base, '/');
    if (slash && slash != base)
        *slash = '\0';
    lymph_status st = make_folder(base, f);
    return st ? st : make_private(folder, f);
}
