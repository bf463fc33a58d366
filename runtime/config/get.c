/* get.c: single values by their path. */
#include <stdio.h>
#include <string.h>

#include "config/tree.h"

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

lymph_status config_text(const config_node *node, const char *path, const char **out, failure *f)
{
    const char *point = strrchr(path, '.'), *key = point ? point + 1 : path;
    char section[CONFIG_PATH_MAX];
    snprintf(section, sizeof section, "%.*s", point ? (int)(point - path) : 0, path);
    const config_node *map;
    lymph_status st = config_section(node, section, &map, f);
    const config_node *n = st ? NULL : config_child(map, key, strlen(key));
    if (n && n->kind != CONFIG_SCALAR)
        return config_wrong(n, "a text", false, f);
    if (n && n->text)
        *out = n->text;
    return st;
}
