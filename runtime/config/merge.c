#include "config/merge.h"

#include <string.h>

#include "config/tree.h"

static config_node *find_or_add(config *c, config_node *map, const char *key, const config_node *at)
{
    config_node **end = &map->first;
    for (; *end; end = &(*end)->next)
        if (strcmp((*end)->key, key) == 0)
            return *end;
    config_node *n = arena_zalloc(&c->memory, sizeof *n);
    if (!n)
        return NULL;
    *n = *at;
    n->key = key;
    n->next = NULL;
    n->first = NULL;
    n->kind = CONFIG_MAP;
    n->parent = map;
    return *end = n;
}

/* Puts `n` (with its siblings left behind) into `map`, in place of what has its key. */
static void put(config_node *map, config_node *n)
{
    config_node **at = &map->first;
    while (*at && strcmp((*at)->key, n->key) != 0)
        at = &(*at)->next;
    n->next = *at ? (*at)->next : NULL;
    n->parent = map;
    *at = n;
}

static bool is_null(const config_node *n)
{
    return n->kind == CONFIG_SCALAR && !n->text;
}

void merge_sections(config *c, config_node *file, const char *const *sections)
{
    if (file && !sections && !c->root->first) { /* as below, without a search for each key */
        c->root->first = file->first;
        for (config_node *n = file->first; n; n = n->next)
            n->parent = c->root;
        return;
    }
    for (config_node *n = file ? file->first : NULL, *next; n; n = next) {
        next = n->next;
        bool wanted = !sections;
        for (const char *const *s = sections; s && *s && !wanted; s++)
            wanted = strcmp(*s, n->key) == 0;
        if (!wanted)
            continue;
        config_node *have = (config_node *)config_child(c->root, n->key, strlen(n->key));
        if (have && is_null(n))
            continue;
        if (!have || have->kind != CONFIG_MAP || n->kind != CONFIG_MAP) {
            put(c->root, n);
            continue;
        }
        for (config_node *inner = n->first, *after; inner; inner = after) {
            after = inner->next;
            put(have, inner);
        }
    }
}

lymph_status merge_old_name(config *c, const char *old, const char *key, failure *f)
{
    const config_node *n = config_child(c->root, old, strlen(old));
    if (!n)
        return LYMPH_OK;
    config_node *container = find_or_add(c, c->root, "container", n), *copy = arena_zalloc(&c->memory, sizeof *copy);
    if (!container || !copy)
        return config_no_memory(f);
    if (is_null(container))
        container->kind = CONFIG_MAP;
    if (config_child(container, key, strlen(key)))
        return LYMPH_OK;
    *copy = *n;
    copy->key = key;
    put(container, copy);
    return LYMPH_OK;
}
