/* route.h: where a call goes: straight to an endpoint, or to an instance of a service. */
#ifndef CLIENT_ROUTE_H
#define CLIENT_ROUTE_H

#include "context/ctx.h"
#include "core/slice.h"
#include "rpc/endpoint.h"

typedef struct route {
    service *service; /* NULL: `endpoint` */
    const char *endpoint;
    const char *version;      /* what it must be compatible with; NULL: any */
    size_t tried, compatible; /* instances */
    const char *chosen;       /* the version of the one that was chosen; NULL: none */
    connection *refusing;     /* the first that refused, held; NULL: none */
    char refusing_endpoint[ENDPOINT_MAX + 1];
    failure why; /* of the last one that was out of reach */
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

/* The next one to send to: an instance that lives, is compatible and does not refuse; where each of them refuses, one
 * that does, which may be starting again. Held for the caller. Waits where that is not known yet. LYMPH_EUNREACHABLE:
 * there is none, or none is left; nothing was sent. The route is good until the loop turns. */
lymph_status route_next(lymph_ctx *ctx, route *r, slice subject, int64_t deadline_us, connection **to);

/* Sends the request there. LYMPH_EUNREACHABLE: not now, but perhaps to the next. Does not wait. */
lymph_status route_send(lymph_ctx *ctx, const route *r, const outgoing *o, connection *to);

#endif
