#include "events/store_routes.h"

#include <stdlib.h>
#include <string.h>

#include "events/events.h"

#define ROUTES_MAX 1000 /* event types remembered at once */

static void route_free(route *r)
{
    free(r->queues);
    free(r);
}

void routes_forget(routes *r)
{
    table_node *n;
    while ((n = table_next(&r->table, NULL))) {
        table_remove(&r->table, n);
        route_free((route *)n);
    }
    table_done(&r->table);
    *r = (routes){0};
}

static bool add(route *r, int64_t id)
{
    if (r->count && r->queues[r->count - 1] == id)
        return true; /* several bindings of one queue that match are one delivery */
    int64_t *grown = realloc(r->queues, (r->count + 1) * sizeof *grown);
    if (!grown)
        return false;
    r->queues = grown;
    r->queues[r->count++] = id;
    return true;
}

static lymph_status match(db *d, route *r, failure *f)
{
    sqlite3_stmt *q = db_prepare(d, "SELECT queue, pattern FROM binding ORDER BY queue", f);
    if (!q)
        return LYMPH_EBACKEND;
    lymph_status st = LYMPH_OK;
    int row = 0;
    while (!st && (row = db_step(d, q, f)) > 0) {
        const char *pattern = (const char *)sqlite3_column_text(q, 1);
        if (!pattern || (events_match(pattern, r->type) && !add(r, sqlite3_column_int64(q, 0))))
            st = failure_set(f, LYMPH_ENOMEM, "out of memory");
    }
    db_done(q);
    return st ? st : row < 0 ? LYMPH_EBACKEND : LYMPH_OK;
}

lymph_status routes_find(routes *r, db *d, const char *type, const route **out, failure *f)
{
    int64_t version = 0;
    lymph_status st = db_get(d, f, &version, 0, "SELECT number FROM version", "");
    if (st)
        return st;
    if (version != r->version || r->table.count >= ROUTES_MAX)
        routes_forget(r);
    r->version = version;
    size_t size = strlen(type);
    route *found = (route *)table_find(&r->table, type, size);
    if (!found) {
        found = calloc(1, sizeof *found + size + 1);
        if (!found)
            return failure_set(f, LYMPH_ENOMEM, "out of memory");
        memcpy(found->type, type, size + 1);
        st = match(d, found, f);
        if (!st && !table_put(&r->table, &found->node, found->type, size))
            st = failure_set(f, LYMPH_ENOMEM, "out of memory");
        if (st) {
            route_free(found);
            return st;
        }
    }
    *out = found;
    return LYMPH_OK;
}
