/* table.h: a hash table from text to whatever embeds a node. Allocates only its buckets. */
#ifndef CORE_TABLE_H
#define CORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct table_node {
    struct table_node *next;
    const char *key; /* the embedder's; must not change or move while the node is in a table */
    uint32_t key_size;
    uint32_t hash;
} table_node;

typedef struct table {
    table_node **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;
} table;

/* Zeroed = empty. table_done frees the buckets, not the nodes. */
void table_done(table *t);

/* False when memory is out (only an empty table's first buckets: growing may fail silently). Several nodes of one key
 * may be put in; table_find gives the one put last, table_next_same the others. */
bool table_put(table *t, table_node *n, const char *key, size_t key_size);
table_node *table_find(const table *t, const char *key, size_t key_size);
table_node *table_next_same(const table_node *n);
void table_remove(table *t, table_node *n); /* it must be in the table */

/* For loops over all: next node after `n` (NULL: the first). The table must not change in between, but for the removal
 * of nodes before the one that was returned last. */
table_node *table_next(const table *t, const table_node *n);

#endif
