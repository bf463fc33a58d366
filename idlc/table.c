#include "table.h"

#include <stdint.h>
#include <string.h>

static size_t hash(const char *key)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a */
    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * 1099511628211u;
    return (size_t)(h ^ (h >> 32));
}

static table_slot *find(const table *t, const char *key)
{
    size_t i = hash(key) & (t->capacity - 1);
    while (t->slots[i].key && strcmp(t->slots[i].key, key) != 0)
        i = (i + 1) & (t->capacity - 1);
    return &t->slots[i];
}

static void grow(arena *a, table *t)
{
    table old = *t;
    t->capacity = old.capacity ? old.capacity * 2 : 16;
    t->slots = arena_array(a, t->capacity, sizeof(*t->slots));
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i].key)
            *find(t, old.slots[i].key) = old.slots[i];
    }
}

void *table_get(const table *t, const char *key)
{
    return t->capacity ? find(t, key)->value : NULL;
}

void *table_put(arena *a, table *t, const char *key, void *value)
{
    if (t->count * 2 >= t->capacity)
        grow(a, t);
    table_slot *slot = find(t, key);
    if (slot->key)
        return slot->value;
    slot->key = key;
    slot->value = value;
    t->count++;
    return NULL;
}
