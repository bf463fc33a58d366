/* call.h: the inside of a future: one request to a peer that is under way or done. Pooled. */
#ifndef CLIENT_CALL_H
#define CLIENT_CALL_H

#include "container/container.h"

struct lymph_future {
    table_node node; /* in c->calls while it is pending */
    container *c;
    ctx_base *base;             /* whose memory the answer goes to; NULL: in the pool */
    lymph_future *next, **link; /* in base->futures, or in the pool */
    const lymph_method *method; /* NULL: a dynamic request */
    connection *to;
    timer timeout;
    waiter w;
    bool pending;
    failure failure; /* status != 0: ended without an answer */
    bool answered;   /* reply, headers and body are set */
    message_type reply;
    zmq_msg_t headers, body;
    char id[UNIQUE_HEX + 1];
    char subject[MESSAGE_ID_MAX + 1];
};

/* Where a call goes: straight to an endpoint, or to an instance of a service (route.c). */
typedef struct route {
    service *service; /* NULL: `endpoint` */
    const char *endpoint;
    const char *version; /* what it must be compatible with; NULL: any */
} route;

/* Finds the route for a call of `name` (size bytes) with the context's options. Waits on the first call of a service.
 */
lymph_status route_find(lymph_ctx *ctx, const char *name, size_t size, const char *version, int64_t deadline_us,
                        route *out);

/* Sends what is in c->body to the next live instance of the route. Fills call->to; `now_us` marks it as used. Does not
 * wait. */
lymph_status route_send(lymph_future *call, lymph_ctx *ctx, const route *r, slice subject, int64_t now_us);

#endif
