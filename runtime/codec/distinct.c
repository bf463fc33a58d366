#include "codec/distinct.h"

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "codec/path.h"
#include "core/table.h"

#define FEW 8 /* so many are compared with one another, without memory for a table */

static bool equal(const char *bytes, stretch a, stretch b)
{
    size_t size = a.end - a.begin;
    return size == b.end - b.begin && memcmp(bytes + a.begin, bytes + b.begin, size) == 0;
}

bool distinct_find(const void *bytes, const stretch *values, size_t count, size_t *first)
{
    if (count <= FEW) {
        for (size_t i = 0; i < count; i++)
            for (first[i] = 0; !equal(bytes, values[first[i]], values[i]);)
                first[i]++;
        return true;
    }
    table seen = {0};
    table_node *nodes = calloc(count, sizeof *nodes);
    bool ok = nodes;
    for (size_t i = 0; i < count && ok; i++) {
        const char *key = (const char *)bytes + values[i].begin;
        size_t size = values[i].end - values[i].begin;
        const table_node *other = table_find(&seen, key, size);
        first[i] = other ? (size_t)(other - nodes) : i;
        ok = other || table_put(&seen, &nodes[i], key, size);
    }
    table_done(&seen);
    free(nodes);
    return ok;
}

/* Writes the values one after the other. What cannot be written gets no bytes. */
static void write_all(writer *w, const lymph_type *type, const char *items, size_t size, size_t count, stretch *values)
{
    failure ignored = {0};
    for (size_t i = 0; i < count; i++) {
        const void *value = items + i * size;
        size_t begin = w->size;
        lymph_status st = type ? encode_type(w, type, value, "", &ignored) : encode_value(w, value, &ignored);
        if (st)
            w->size = begin;
        values[i] = (stretch){begin, w->size};
    }
}

static void keep(char *items, size_t size, size_t *count, const stretch *values, size_t *first)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        bool again = first[i] < i && values[i].begin < values[i].end;
        size_t to = again ? first[first[i]] : kept++;
        if (to != i)
            memcpy(items + to * size, items + i * size, size);
        if (!again)
            first[i] = to; /* from now on: where it went */
    }
    *count = kept;
}

lymph_status distinct_keep(const lymph_type *type, void *items, size_t size, size_t *count, failure *f)
{
    if (*count < 2)
        return LYMPH_OK;
    writer w;
    writer_init(&w);
    stretch *values = calloc(*count, sizeof *values);
    size_t *first = calloc(*count, sizeof *first);
    bool ok = values && first;
    if (ok) {
        write_all(&w, type, items, size, *count, values);
        ok = !w.failed && (!w.size || distinct_find(w.data, values, *count, first));
    }
    if (ok && w.size)
        keep(items, size, count, values, first);
    free(values);
    free(first);
    writer_done(&w);
    return ok ? LYMPH_OK : path_fail(f, LYMPH_ENOMEM, "out of memory");
}
