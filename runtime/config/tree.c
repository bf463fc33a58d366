#include "config/tree.h"

#include <stdio.h>
#include <string.h>

lymph_status config_no_memory(failure *f)
{
    return failure_set(f, LYMPH_ENOMEM, "out of memory");
}

lymph_status config_too_large(const char *file, unsigned line, unsigned column, failure *f)
{
    return failure_set(f, LYMPH_ECONFIG, "%s:%u:%u: nested too deep, or too large with its aliases and variables", file,
                       line, column);
}

const config_node *config_child(const config_node *map, const char *key, size_t size)
{
    for (const config_node *n = map && map->kind == CONFIG_MAP ? map->first : NULL; n; n = n->next)
        if (strlen(n->key) == size && memcmp(n->key, key, size) == 0)
            return n;
    return NULL;
}

/* The last step of the path to `n`, with the point before it. */
static int print_step(const config_node *n, char *out, size_t size)
{
    if (n->key)
        return snprintf(out, size, "%s%s", n->parent && n->parent->parent ? "." : "", n->key);
    size_t index = 0;
    for (const config_node *item = n->parent->first; item && item != n; item = item->next)
        index++;
    return snprintf(out, size, "[%zu]", index);
}

void config_path(const config_node *n, char out[CONFIG_PATH_MAX])
{
    char step[CONFIG_PATH_MAX];
    *out = '\0';
    for (; n->parent; n = n->parent) {
        int wanted = print_step(n, step, sizeof step);
        size_t size = strlen(step), have = strlen(out);
        if (wanted >= (int)sizeof step || size + have > CONFIG_PATH_MAX - 4) {
            memmove(out + 3, out, have + 1 < CONFIG_PATH_MAX - 3 ? have + 1 : CONFIG_PATH_MAX - 3);
            out[CONFIG_PATH_MAX - 1] = '\0';
            memcpy(out, "...", 3);
            return;
        }
        memmove(out + size, out, have + 1);
        memcpy(out, step, size);
    }
}

/* "x.yml:3:5: container.port", or as much of it as is known. */
static int print_place(const config_node *n, char *out, size_t size)
{
    char path[CONFIG_PATH_MAX];
    config_path(n, path);
    if (!n->file)
        return snprintf(out, size, "%s", path);
    return snprintf(out, size, "%.120s:%u:%u%s%s", n->file, n->line, n->column, *path ? ": " : "", path);
}

lymph_status config_wrong(const config_node *n, const char *expected, bool secret, failure *f)
{
    char place[300];
    print_place(n, place, sizeof place);
    if (n->kind == CONFIG_SCALAR && n->text && !secret)
        return failure_set(f, LYMPH_ECONFIG, "%s: %s is expected, not '%.60s'", place, expected, n->text);
    return failure_set(f, LYMPH_ECONFIG, "%s: %s is expected%s", place, expected,
                       secret                   ? ""
                       : n->kind == CONFIG_MAP  ? ", not a section"
                       : n->kind == CONFIG_LIST ? ", not a list"
                                                : ", not null");
}

lymph_status config_missing(const config_node *n, failure *f)
{
    char place[300];
    print_place(n, place, sizeof place);
    return failure_set(f, LYMPH_ECONFIG, "%s: missing", place);
}
