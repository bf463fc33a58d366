/* store.c: the embedded registry: rows of the local store instead of znodes. */
#include <stdlib.h>
#include <string.h>

#include "store/store.h"
#include "registry/registry.h"

typedef struct backend {
    store_listener listener; /* first: found from it */
    registry *registry;
    store *store;
    struct watched *watched;
} backend;

typedef struct watched {
    struct watched *next;
    char name[];
} watched;

/* Hands the rows of a service to the cache. */
static lymph_status publish(backend *b, const char *name, failure *f)
{
    arena a;
    arena_init(&a);
    size_t count = 0, room = 0;
    registration *entries = NULL;
    int row = 0;
    bool known = false;
    lymph_status st = LYMPH_OK;
    sqlite3_stmt *q = store_prepare(b->store, "SELECT 1 FROM service WHERE name = ?", f);
    if (q) {
        store_bind_text(q, 1, name);
        row = store_step(b->store, q, f);
        known = row > 0;
        store_done(q);
    }
    q = !q || row < 0 ? NULL : store_prepare(b->store, "SELECT id, json FROM instance WHERE service = ?", f);
    if (!q)
        return LYMPH_EBACKEND;
    store_bind_text(q, 1, name);
    while (!st && (row = store_step(b->store, q, f)) > 0) {
        if (count == room) {
            room = room ? 2 * room : 16;
            registration *grown = arena_zalloc_array(&a, room, sizeof *grown);
            if (!grown) {
                st = failure_set(f, LYMPH_ENOMEM, "out of memory");
                break;
            }
            if (count)
                memcpy(grown, entries, count * sizeof *grown);
            entries = grown;
        }
        registration *e = &entries[count++];
        e->json_size = (size_t)sqlite3_column_bytes(q, 1);
        e->id = arena_strndup(&a, (const char *)sqlite3_column_text(q, 0), (size_t)sqlite3_column_bytes(q, 0));
        e->json = arena_strndup(&a, (const char *)sqlite3_column_text(q, 1), e->json_size);
        if (!e->id || !e->json)
            st = failure_set(f, LYMPH_ENOMEM, "out of memory");
    }
    store_done(q);
    if (!st && row < 0)
        st = LYMPH_EBACKEND;
    if (!st)
        registry_publish(b->registry, name, known, entries, count);
    arena_done(&a);
    return st;
}

static void changed(store_listener *l)
{
    backend *b = (backend *)l;
    failure f = {0};
    for (watched *w = b->watched; w; w = w->next)
        if (publish(b, w->name, &f))
            log_line(registry_log(b->registry), LYMPH_WARNING, "lymph.local", NULL, "cannot read %s: %s", w->name,
                     f.message);
}

static lymph_status backend_open(registry *r, const config_node *section, void **state, failure *f)
{
    backend *b = calloc(1, sizeof *b);
    if (!b)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    b->registry = r;
    lymph_status st = store_open(registry_loop(r), section, registry_log(r), &b->store, f);
    if (st) {
        free(b);
        return st;
    }
    b->listener.about = STORE_REGISTRY;
    b->listener.changed = changed;
    store_listen(b->store, &b->listener);
    *state = b;
    return LYMPH_OK;
}

static void backend_close(void *state)
{
    backend *b = state;
    store_unlisten(b->store, &b->listener);
    store_close(b->store);
    while (b->watched) {
        watched *w = b->watched;
        b->watched = w->next;
        free(w);
    }
    free(b);
}

static void tell(backend *b)
{
    store_poke_all(b->store, STORE_REGISTRY);
    store_poke(b->store, store_member(b->store), STORE_REGISTRY);
}

static lymph_status backend_add(void *state, const char *name, const char *id, const char *json, failure *f)
{
    backend *b = state;
    lymph_status st = store_begin(b->store, f);
    if (st)
        return st;
    st = store_run(b->store, "INSERT OR IGNORE INTO service(name) VALUES(?)", name, NULL, NULL, f);
    sqlite3_stmt *q =
        st ? NULL
           : store_prepare(b->store, "INSERT OR REPLACE INTO instance(service, id, member, json) VALUES(?, ?, ?, ?)",
                           f);
    if (q) {
        const char *texts[] = {name, id, store_member(b->store), json};
        for (int i = 0; i < 4; i++)
            store_bind_text(q, i + 1, texts[i]);
        st = store_step(b->store, q, f) < 0 ? LYMPH_EBACKEND : LYMPH_OK;
        store_done(q);
    } else if (!st) {
        st = LYMPH_EBACKEND;
    }
    st = store_end(b->store, st, f);
    if (!st)
        tell(b);
    return st;
}

static lymph_status backend_remove(void *state, const char *name, const char *id, failure *f)
{
    backend *b = state;
    lymph_status st = store_run(b->store, "DELETE FROM instance WHERE service = ? AND id = ? AND member = ?", name, id,
                                store_member(b->store), f);
    if (!st)
        tell(b);
    return st;
}

static lymph_status backend_watch(void *state, const char *name, failure *f)
{
    backend *b = state;
    watched *w = b->watched;
    while (w && strcmp(w->name, name) != 0)
        w = w->next;
    if (!w) {
        w = malloc(sizeof *w + strlen(name) + 1);
        if (!w)
            return failure_set(f, LYMPH_ENOMEM, "out of memory");
        strcpy(w->name, name);
        w->next = b->watched;
        b->watched = w;
    }
    return publish(b, name, f);
}

static lymph_status backend_names(void *state, arena *a, lymph_string_list *names, failure *f)
{
    backend *b = state;
    sqlite3_stmt *q =
        store_prepare(b->store, "SELECT name, (SELECT count(*) FROM service) FROM service ORDER BY name", f);
    if (!q)
        return LYMPH_EBACKEND;
    const char **items = NULL;
    size_t count = 0, room = 0;
    lymph_status st = LYMPH_OK;
    int row;
    while ((row = store_step(b->store, q, f)) > 0) {
        if (!items) {
            room = (size_t)sqlite3_column_int64(q, 1);
            items = arena_zalloc_array(a, room, sizeof *items);
        }
        const char *name = items && count < room ? arena_strndup(a, (const char *)sqlite3_column_text(q, 0),
                                                                 (size_t)sqlite3_column_bytes(q, 0))
                                                 : NULL;
        if (!name) {
            st = failure_set(f, LYMPH_ENOMEM, "out of memory");
            break;
        }
        items[count++] = name;
    }
    store_done(q);
    if (!st && row < 0)
        st = LYMPH_EBACKEND;
    if (!st)
        *names = (lymph_string_list){items, count};
    return st;
}

const registry_backend registry_store = {
    .name = "local",
    .open = backend_open,
    .add = backend_add,
    .remove = backend_remove,
    .watch = backend_watch,
    .names = backend_names,
    .close = backend_close,
};
