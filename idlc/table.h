/* table.h: a hash table from text to pointer in an arena. A zeroed table is an empty one. Keys are borrowed and must
 * live as long as the table. */
#ifndef IDLC_TABLE_H
#define IDLC_TABLE_H

#include "arena.h"

typedef struct table_slot {
    const char *key; /* NULL: free */
    void *value;
} table_slot;

typedef struct table {
    table_slot *slots;
    size_t capacity, count;
} table;

/* NULL when there is no such key. */
void *table_get(const table *t, const char *key);

/* Adds `value` (not NULL) unless the key is there already: then returns what is there and changes nothing. Returns NULL
 * when it was added. */
void *table_put(arena *a, table *t, const char *key, void *value);

#endif
