/* route.h: where a call goes: straight to an endpoint, or to an instance of a service. */
#ifndef CLIENT_ROUTE_H
#define CLIENT_ROUTE_H

#include "context/ctx.h"
#include "core/slice.h"

typedef struct route {
    service *service; /* NULL: `endpoint` */
    const char *endpoint;
    const char *version; /* what it must be compatible with; NULL: any */
} route;

/* A request that is ready but for its headers, which tell the version of the instance that gets it. */
typedef struct outgoing {
    slice id, subject, body;
    writer *headers; /* scratch */
    int64_t now_us;  /* marks the connection as used */
} outgoing;

/* Whether the context's options name an endpoint, so that no registry is asked. */
bool route_is_direct(const lymph_ctx *ctx);

/* Finds the route for a call of `name` (size bytes) with the context's options; the registry is open unless the route
 * is direct. Waits on the first call of a service. */
lymph_status route_find(lymph_ctx *ctx, const char *name, size_t size, const char *version, int64_t deadline_us,
                        route *out);

/* Sends the request to the next live instance of the route; `to` is its connection. Does not wait. */
lymph_status route_send(lymph_ctx *ctx, const route *r, const outgoing *o, connection **to);

#endif
