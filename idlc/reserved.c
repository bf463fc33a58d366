#include "reserved.h"

#include <stdlib.h>
#include <string.h>

static int by_text(const void *key, const void *word)
{
    return strcmp(key, *(const char *const *)word);
}

static bool is_in(const reserved_list *l, const char *name)
{
    return bsearch(name, l->names, l->count, sizeof *l->names, by_text) != NULL;
}

bool reserved_word(const char *name)
{
    return is_in(&reserved_keywords, name) || is_in(&reserved_macros, name);
}

bool reserved_global(const char *name)
{
    return reserved_word(name) || is_in(&reserved_globals, name) || is_in(&reserved_own, name) ||
           strcmp(name, "main") == 0;
}
