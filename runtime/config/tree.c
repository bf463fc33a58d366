#include "config/tree.h"

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
