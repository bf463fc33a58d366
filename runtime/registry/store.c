/* store.c: the embedded registry: rows of the embedded store instead of znodes. */
#include <stdlib.h>
#include <string.h>

#include "registry/registry.h"
#include "store/store.h"

typedef struct watched {
    struct watched *next;
    char name[];
} watched;

/* What was read of one service. */
typedef struct rows {
    registration *entries;
    size_t count, room;
    bool known;
} rows;

typedef struct backend backend;

/* One reading of all that is watched, when something has changed. */
typedef struct reading {
    store_job job; /* first */
    backend *backend;
    arena arena;
    const char **names;
    rows *rows;
    size_t count;
    bool under_way, again;
} reading;

struct backend {
    store_listener listener; /* first: found from it */
    registry *registry;
    store *store;
    watched *watched;
    size_t watched_count;
    reading reading;
    bool stopped;
};

/* ---- reading ---- */

static lymph_status add_row(rows *r, arena *a, sqlite3_stmt *q, failure *f)
{
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 16;
        registration *grown = arena_zalloc_array(a, room, sizeof *grown);
        if (!grown)
            return failure_set(f, LYMPH_ENOMEM, "out of memory");
        if (r->count)
            memcpy(grown, r->entries, r->count * sizeof *grown);
        r->entries = grown;
        r->room = room;
    }
    registration *e = &r->entries[r->count];
    const char *id = (const char *)sqlite3_column_text(q, 0), *json = (const char *)sqlite3_column_text(q, 1);
    e->json_size = (size_t)sqlite3_column_bytes(q, 1);
    e->id = id ? arena_strndup(a, id, strlen(id)) : NULL;
    e->json = json ? arena_strndup(a, json, e->json_size) : NULL;
    if (!e->id || !e->json)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    r->count++;
    return LYMPH_OK;
}

static lymph_status read_service(db *d, arena *a, const char *name, rows *out, failure *f)
{
    int64_t known = 0;
    *out = (rows){0};
    lymph_status st = db_get(d, f, &known, 0, "SELECT 1 FROM service WHERE name = ?", "t", name);
    out->known = known;
    sqlite3_stmt *q = st ? NULL : db_prepare(d, "SELECT id, json FROM instance WHERE service = ?", f);
    if (!q)
        return LYMPH_EBACKEND;
    db_bind_text(q, 1, name);
    int row = 0;
    while (!st && (row = db_step(d, q, f)) > 0)
        st = add_row(out, a, q, f);
    db_done(q);
    return st ? st : row < 0 ? LYMPH_EBACKEND : LYMPH_OK;
}

static lymph_status run_reading(store_job *j, store_tx *tx, failure *f)
{
    reading *r = (reading *)j;
    lymph_status st = LYMPH_OK;
    for (size_t i = 0; i < r->count && !st; i++)
        st = read_service(tx->db, &r->arena, r->names[i], &r->rows[i], f);
    return st;
}

static void read_all(backend *b);

static void reading_done(store_job *j)
{
    reading *r = (reading *)j;
    backend *b = r->backend;
    if (j->status)
        log_line(registry_log(b->registry), LYMPH_WARNING, "lymph.local", NULL, "cannot read the registry: %s",
                 j->failure.message);
    for (size_t i = 0; i < r->count && !j->status; i++)
        registry_publish(b->registry, r->names[i], r->rows[i].known, r->rows[i].entries, r->rows[i].count);
    arena_done(&r->arena);
    r->under_way = false;
    if (r->again)
        read_all(b);
    else if (j->status)
        registry_refresh(b->registry); /* nobody would tell of the same change again */
    loop_news_end(registry_loop(b->registry));
}

static void read_all(backend *b)
{
    reading *r = &b->reading;
    r->again = r->under_way;
    if (r->under_way || !b->watched_count || b->stopped)
        return;
    *r = (reading){.job = {.run = run_reading, .done = reading_done}, .backend = b};
    arena_init(&r->arena);
    r->names = arena_zalloc_array(&r->arena, b->watched_count, sizeof *r->names);
    r->rows = arena_zalloc_array(&r->arena, b->watched_count, sizeof *r->rows);
    if (!r->names || !r->rows) {
        log_line(registry_log(b->registry), LYMPH_ERROR, "lymph.local", NULL,
                 "cannot read the registry: out of memory");
        arena_done(&r->arena);
        return;
    }
    for (watched *w = b->watched; w; w = w->next)
        r->names[r->count++] = w->name;
    r->under_way = true;
    loop_news_begin(registry_loop(b->registry)); /* a plain program that looks waits for them */
    store_give(b->store, &r->job);
}

static void changed(store_listener *l, unsigned about)
{
    backend *b = (backend *)l;
    if (about & STORE_ANEW)
        registry_refresh(b->registry);
    else
        read_all(b);
}

/* ---- what the cache above asks for ---- */

typedef struct request {
    store_job job; /* first */
    const char *name, *id, *json;
    arena *arena;
    rows rows;
    lymph_string_list *names;
} request;

static lymph_status execute(backend *b, request *r, failure *f)
{
    return b->stopped ? failure_set(f, LYMPH_ECANCELED, "the registry is stopped") : store_do(b->store, &r->job, f);
}

static void tell(store_tx *tx)
{
    members_poke(tx->members, 0, STORE_REGISTRY);
    members_poke(tx->members, tx->members->id, STORE_REGISTRY);
}

static lymph_status run_add(store_job *j, store_tx *tx, failure *f)
{
    request *r = (request *)j;
    lymph_status st = db_run(tx->db, f, "INSERT OR IGNORE INTO service(name) VALUES(?)", "t", r->name);
    if (!st)
        st = db_run(tx->db, f, "INSERT OR REPLACE INTO instance(service, id, member, json) VALUES(?, ?, ?, ?)", "ttit",
                    r->name, r->id, tx->members->id, r->json);
    tell(tx);
    return st;
}

static lymph_status backend_add(void *state, const char *name, const char *id, const char *json, failure *f)
{
    return execute(state, &(request){.job = {.run = run_add}, .name = name, .id = id, .json = json}, f);
}

static lymph_status run_remove(store_job *j, store_tx *tx, failure *f)
{
    request *r = (request *)j;
    tell(tx);
    return db_run(tx->db, f, "DELETE FROM instance WHERE service = ? AND id = ? AND member = ?", "tti", r->name, r->id,
                  tx->members->id);
}

static lymph_status backend_remove(void *state, const char *name, const char *id, failure *f)
{
    return execute(state, &(request){.job = {.run = run_remove}, .name = name, .id = id}, f);
}

static lymph_status run_watch(store_job *j, store_tx *tx, failure *f)
{
    request *r = (request *)j;
    return read_service(tx->db, r->arena, r->name, &r->rows, f);
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
        b->watched_count++;
    }
    arena a;
    arena_init(&a);
    request r = {.job = {.run = run_watch}, .name = name, .arena = &a};
    lymph_status st = execute(b, &r, f);
    if (!st)
        registry_publish(b->registry, name, r.rows.known, r.rows.entries, r.rows.count);
    arena_done(&a);
    return st;
}

static lymph_status run_names(store_job *j, store_tx *tx, failure *f)
{
    request *r = (request *)j;
    int64_t room = 0;
    lymph_status st = db_get(tx->db, f, &room, 0, "SELECT count(*) FROM service", "");
    const char **items = st ? NULL : arena_zalloc_array(r->arena, (size_t)room + 1, sizeof *items);
    sqlite3_stmt *q = items ? db_prepare(tx->db, "SELECT name FROM service ORDER BY name", f) : NULL;
    if (!q)
        return st ? st : items ? LYMPH_EBACKEND : failure_set(f, LYMPH_ENOMEM, "out of memory");
    size_t count = 0;
    int row = 0;
    while (!st && count < (size_t)room && (row = db_step(tx->db, q, f)) > 0) {
        const char *name = (const char *)sqlite3_column_text(q, 0);
        items[count] = name ? arena_strndup(r->arena, name, strlen(name)) : NULL;
        if (!items[count++])
            st = failure_set(f, LYMPH_ENOMEM, "out of memory");
    }
    db_done(q);
    *r->names = (lymph_string_list){items, count};
    return st ? st : row < 0 ? LYMPH_EBACKEND : LYMPH_OK;
}

static lymph_status backend_names(void *state, arena *a, lymph_string_list *names, failure *f)
{
    lymph_string_list found = {0};
    request r = {.job = {.run = run_names}, .arena = a, .names = &found};
    lymph_status st = execute(state, &r, f);
    if (!st)
        *names = found;
    return st;
}

static const char *backend_place(const void *state, arena *a)
{
    const backend *b = state;
    return arena_printf(a, "the folder %s", store_folder(b->store));
}

/* ---- opening and closing ---- */

static lymph_status backend_open(registry *r, const config_node *section, void **state, failure *f)
{
    backend *b = calloc(1, sizeof *b);
    if (!b)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    b->registry = r;
    b->listener = (store_listener){.about = STORE_REGISTRY | STORE_ANEW, .changed = changed};
    lymph_status st = store_open(registry_loop(r), section, registry_log(r), &b->listener, &b->store, f);
    if (st)
        free(b);
    else
        *state = b;
    return st;
}

static void backend_stop(void *state)
{
    backend *b = state;
    b->stopped = true;
}

static lymph_status run_nothing(store_job *j, store_tx *tx, failure *f)
{
    return LYMPH_OK;
}

static void backend_close(void *state)
{
    backend *b = state;
    b->stopped = true;
    while (b->reading.under_way) { /* it comes back to us */
        store_job last = {.run = run_nothing};
        (void)store_do(b->store, &last, NULL);
    }
    store_close(b->store, &b->listener);
    while (b->watched) {
        watched *w = b->watched;
        b->watched = w->next;
        free(w);
    }
    free(b);
}

const registry_backend registry_store = {
    .name = "local",
    .open = backend_open,
    .add = backend_add,
    .remove = backend_remove,
    .watch = backend_watch,
    .names = backend_names,
    .place = backend_place,
    .stop = backend_stop,
    .close = backend_close,
};
