/* store_routes.h: which of the embedded store's queues get an event of a type: found once by their bindings, then
 * remembered until bindings or queues change. On the store's thread, in a transaction. */
#ifndef EVENTS_STORE_ROUTES_H
#define EVENTS_STORE_ROUTES_H

#include "core/table.h"
#include "store/db.h"

typedef struct route {
    table_node node; /* first */
    size_t count;
    int64_t *queues;
    char type[];
} route;

typedef struct routes { /* zeroed: nothing is known */
    table table;
    int64_t version;
} routes;

/* Valid until the next call. LYMPH_EBACKEND, LYMPH_ENOMEM. */
lymph_status routes_find(routes *r, db *d, const char *type, const route **out, failure *f);

void routes_forget(routes *r);

#endif
