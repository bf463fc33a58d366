/* get.c: single values by their path. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <lymph/client.h>

#include "config/tree.h"
#include "core/number.h"

const config_node *config_get(const config_node *node, const char *path)
{
    while (node && *path) {
        size_t size = strcspn(path, ".");
        node = config_child(node, path, size);
        path += size + (path[size] == '.');
    }
    return node;
}

lymph_status config_section(const config_node *node, const char *path, const config_node **out, failure *f)
{
    *out = NULL;
    while (node && !(node->kind == CONFIG_SCALAR && !node->text)) {
        if (node->kind != CONFIG_MAP)
            return config_wrong(node, "a section", false, f);
        if (!*path) {
            *out = node;
            return LYMPH_OK;
        }
        size_t size = strcspn(path, ".");
        node = config_child(node, path, size);
        path += size + (path[size] == '.');
    }
    return LYMPH_OK;
}

static const config_node *scalar(const config_node *node, const char *path, const char *expected, lymph_status *st,
                                 failure *f)
{
    const config_node *n = config_get(node, path);
    *st = LYMPH_OK;
    if (n && n->kind != CONFIG_SCALAR) {
        *st =
            failure_set(f, LYMPH_ECONFIG, "%s:%u:%u: %s: %s is expected", n->file, n->line, n->column, path, expected);
        return NULL;
    }
    return n && n->text ? n : NULL;
}

static lymph_status wrong(const config_node *n, const char *path, const char *expected, failure *f)
{
    return failure_set(f, LYMPH_ECONFIG, "%s:%u:%u: %s: %s is expected, not '%s'", n->file, n->line, n->column, path,
                       expected, n->text);
}

lymph_status config_text(const config_node *node, const char *path, const char **out, failure *f)
{
    lymph_status st;
    const config_node *n = scalar(node, path, "a text", &st, f);
    if (n)
        *out = n->text;
    return st;
}

lymph_status config_int(const config_node *node, const char *path, long min, long max, long *out, failure *f)
{
    lymph_status st;
    const config_node *n = scalar(node, path, "an integer", &st, f);
    if (!n)
        return st;
    char *end;
    errno = 0;
    long value = strtol(n->text, &end, 10);
    if (errno || *end || end == n->text || value < min || value > max) {
        char expected[80];
        snprintf(expected, sizeof expected, "an integer of %ld to %ld", min, max);
        return wrong(n, path, expected, f);
    }
    *out = value;
    return LYMPH_OK;
}

lymph_status config_number(const config_node *node, const char *path, double *out, failure *f)
{
    lymph_status st;
    const config_node *n = scalar(node, path, "a number", &st, f);
    if (!n)
        return st;
    char *end;
    double value = number_parse(n->text, &end);
    if (*end || end == n->text || !(value >= 0) || !isfinite(value))
        return wrong(n, path, "a number that is not negative", f);
    *out = value;
    return LYMPH_OK;
}

lymph_status config_bool(const config_node *node, const char *path, bool *out, failure *f)
{
    static const char *const yes[] = {"true", "yes", "on"}, *const no[] = {"false", "no", "off"};
    lymph_status st;
    const config_node *n = scalar(node, path, "true or false", &st, f);
    if (!n)
        return st;
    for (int i = 0; i < 3; i++) {
        if (strcasecmp(n->text, yes[i]) == 0 || strcasecmp(n->text, no[i]) == 0) {
            *out = strcasecmp(n->text, yes[i]) == 0;
            return LYMPH_OK;
        }
    }
    return wrong(n, path, "true or false", f);
}

void config_check_keys(const config_node *node, const char *const *known, void (*warn)(void *arg, const char *text),
                       void *arg)
{
    for (const config_node *n = node && node->kind == CONFIG_MAP ? node->first : NULL; n; n = n->next) {
        bool found = false;
        for (const char *const *k = known; *k && !found; k++)
            found = strcmp(*k, n->key) == 0;
        if (found)
            continue;
        char text[400];
        const char *near = lymph_suggest(n->key, known);
        snprintf(text, sizeof text, "%s:%u:%u: unknown key '%.100s'%s%s%s", n->file, n->line, n->column, n->key,
                 near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
        warn(arg, text);
    }
}
