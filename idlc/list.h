/* list.h: a growing array of pointers in an arena. A zeroed list is an empty one. */
#ifndef IDLC_LIST_H
#define IDLC_LIST_H

#include <string.h>

#include "arena.h"

typedef struct list {
    void **items;
    size_t count, capacity;
} list;

static inline void list_add(arena *a, list *l, void *item)
{
    if (l->count == l->capacity) {
        size_t capacity = l->capacity ? l->capacity * 2 : 4;
        void **items = arena_array(a, capacity, sizeof(*items));
        if (l->count)
            memcpy(items, l->items, l->count * sizeof(*items));
        l->items = items;
        l->capacity = capacity;
    }
    l->items[l->count++] = item;
}

#endif
