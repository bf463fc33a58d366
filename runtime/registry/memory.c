/* memory.c: a registry for one program that talks only to itself: the testing kit's. Whoever registers is the only one
 * who looks, so nothing waits and nothing is lost. */
#include <stdlib.h>
#include <string.h>

#include "registry/registry.h"

typedef struct row {
    struct row *next;
    char *name, *id, *json;
} row;

typedef struct memory {
    registry *registry;
    row *rows;
} memory;

static void row_free(row *r)
{
    free(r->name);
    free(r->id);
    free(r->json);
    free(r);
}

/* Whether anybody asked for that name is the registry's business: it keeps what it is told. */
static lymph_status publish(memory *m, const char *name, failure *f)
{
    size_t count = 0;
    for (row *r = m->rows; r; r = r->next)
        count += strcmp(r->name, name) == 0;
    registration *entries = calloc(count + 1, sizeof *entries);
    if (!entries)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    size_t i = 0;
    for (row *r = m->rows; r; r = r->next)
        if (strcmp(r->name, name) == 0)
            entries[i++] = (registration){r->id, r->json, strlen(r->json)};
    registry_publish(m->registry, name, count > 0, entries, count);
    free(entries);
    return LYMPH_OK;
}

static row **find(memory *m, const char *name, const char *id)
{
    row **at = &m->rows;
    while (*at && (strcmp((*at)->name, name) != 0 || strcmp((*at)->id, id) != 0))
        at = &(*at)->next;
    return at;
}

static void take_out(memory *m, const char *name, const char *id)
{
    row **at = find(m, name, id), *old = *at;
    if (!old)
        return;
    *at = old->next;
    row_free(old);
}

static lymph_status memory_add(void *state, const char *name, const char *id, const char *json, failure *f)
{
    memory *m = state;
    row *r = calloc(1, sizeof *r);
    if (!r || !(r->name = strdup(name)) || !(r->id = strdup(id)) || !(r->json = strdup(json))) {
        if (r)
            row_free(r);
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    }
    take_out(m, name, id);
    r->next = m->rows;
    m->rows = r;
    return publish(m, name, f);
}

static lymph_status memory_remove(void *state, const char *name, const char *id, failure *f)
{
    take_out(state, name, id);
    return publish(state, name, f);
}

static lymph_status memory_watch(void *state, const char *name, failure *f)
{
    return publish(state, name, f);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static lymph_status memory_names(void *state, arena *a, lymph_string_list *names, failure *f)
{
    memory *m = state;
    size_t count = 0, different = 0;
    for (row *r = m->rows; r; r = r->next)
        count++;
    const char **items = arena_zalloc_array(a, count + 1, sizeof *items);
    if (!items)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    count = 0;
    for (row *r = m->rows; r; r = r->next)
        if (!(items[count++] = arena_strndup(a, r->name, strlen(r->name))))
            return failure_set(f, LYMPH_ENOMEM, "out of memory");
    qsort(items, count, sizeof *items, by_text);
    for (size_t i = 0; i < count; i++)
        if (!different || strcmp(items[different - 1], items[i]) != 0)
            items[different++] = items[i];
    *names = (lymph_string_list){items, different};
    return LYMPH_OK;
}

static const char *memory_place(const void *state, arena *a)
{
    return "this program";
}

static lymph_status memory_open(registry *r, const config_node *section, void **state, failure *f)
{
    memory *m = calloc(1, sizeof *m);
    if (!m)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    m->registry = r;
    *state = m;
    return LYMPH_OK;
}

static void memory_close(void *state)
{
    memory *m = state;
    while (m->rows)
        take_out(m, m->rows->name, m->rows->id);
    free(m);
}

const registry_backend registry_memory = {
    .name = "memory",
    .open = memory_open,
    .add = memory_add,
    .remove = memory_remove,
    .watch = memory_watch,
    .names = memory_names,
    .place = memory_place,
    .close = memory_close,
};
