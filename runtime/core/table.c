#include "core/table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Keys come from peers (endpoints, items of sets): the seed keeps them from choosing collisions. */
static uint64_t seed;

static void make_seed(void)
{
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) < 0)
        seed = 0; /* early in the machine's start only */
}

/* Two multiplications, so that also the high bits of `word` reach the low bits of the hash. */
static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9e3779b97f4a7c15u;
    h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
    return h ^ h >> 32;
}

static uint32_t hash_of(const char *key, size_t size)
{
    uint64_t h = seed ^ size, word;
    for (; size >= sizeof word; key += sizeof word, size -= sizeof word) {
        memcpy(&word, key, sizeof word);
        h = mix(h, word);
    }
    word = 0;
    memcpy(&word, key, size);
    return (uint32_t)mix(h, word);
}

static void rehash(table *t, size_t bucket_count)
{
    table_node **buckets = calloc(bucket_count, sizeof(table_node *));
    if (!buckets)
        return; /* longer chains, still right */
    for (size_t i = 0; i < t->bucket_count; i++) {
        while (t->buckets[i]) {
            table_node *n = t->buckets[i];
            t->buckets[i] = n->next;
            table_node **b = &buckets[n->hash & (bucket_count - 1)];
            n->next = *b;
            *b = n;
        }
    }
    free(t->buckets);
    t->buckets = buckets;
    t->bucket_count = bucket_count;
}

void table_done(table *t)
{
    free(t->buckets);
    *t = (table){0};
}

bool table_put(table *t, table_node *n, const char *key, size_t key_size)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (!t->bucket_count)
        pthread_once(&once, make_seed);
    if (t->count >= t->bucket_count)
        rehash(t, t->bucket_count ? t->bucket_count * 2 : 16);
    if (!t->bucket_count)
        return false;
    n->key = key;
    n->key_size = (uint32_t)key_size;
    n->hash = hash_of(key, key_size);
    table_node **b = &t->buckets[n->hash & (t->bucket_count - 1)];
    n->next = *b;
    *b = n;
    t->count++;
    return true;
}

static table_node *find_from(const table_node *n, const char *key, size_t key_size, uint32_t hash)
{
    while (n && (n->hash != hash || n->key_size != key_size || memcmp(n->key, key, key_size) != 0))
        n = n->next;
    return (table_node *)n;
}

table_node *table_find(const table *t, const char *key, size_t key_size)
{
    if (!t->count)
        return NULL;
    uint32_t hash = hash_of(key, key_size);
    return find_from(t->buckets[hash & (t->bucket_count - 1)], key, key_size, hash);
}

table_node *table_next_same(const table_node *n)
{
    return find_from(n->next, n->key, n->key_size, n->hash);
}

void table_remove(table *t, table_node *n)
{
    table_node **at = &t->buckets[n->hash & (t->bucket_count - 1)];
    while (*at != n)
        at = &(*at)->next;
    *at = n->next;
    t->count--;
}

table_node *table_next(const table *t, const table_node *n)
{
    size_t i = 0;
    if (n) {
        if (n->next)
            return n->next;
        i = (n->hash & (t->bucket_count - 1)) + 1;
    }
    for (; i < t->bucket_count; i++)
        if (t->buckets[i])
            return t->buckets[i];
    return NULL;
}
