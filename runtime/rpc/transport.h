/* transport.h: sends and receives messages, above a backend: ZeroMQ (zeromq.c), frame for frame as the original does;
 * or memory, for a program that talks only to itself.
 *
 * Loop's thread. Sends never block; what cannot be queued is a status. */
#ifndef RPC_TRANSPORT_H
#define RPC_TRANSPORT_H

#include <stdint.h>

#include "core/failure.h"
#include "core/log.h"
#include "fiber/loop.h"
#include "rpc/connection.h"
#include "rpc/endpoint.h"
#include "rpc/message.h"

typedef struct transport transport;
typedef struct transport_backend transport_backend;

typedef struct transport_options {
    const char *ip;
    uint16_t port;      /* 0: a free one of 35536 to 65535 */
    size_t queue_bytes; /* most that is queued to one peer */
    connection_limits limits;
    /* A whole, well-formed message came; `from` is its source's connection. Its memory may be kept (message_keep). Not
     * in a coroutine. */
    void (*receive)(void *arg, message *m, connection *from);
    /* Whether somebody may want to call that endpoint again: asked before a connection that is dead or unused for long
     * is closed. NULL: nobody. */
    bool (*wanted)(void *arg, const char *endpoint);
    void *arg;
} transport_options;

/* Binds. LYMPH_ESYSTEM (port taken, no such address), LYMPH_ENOMEM. The options are copied, their texts too. */
lymph_status transport_open(const transport_backend *backend, loop *l, const transport_options *options, logger *log,
                            transport **out, failure *f);

/* ZeroMQ gives what is queued 200 ms to leave, then closes all. Not from `receive`. NULL is fine. */
void transport_close(transport *t);

const char *transport_endpoint(const transport *t);

/* The connection to a peer, made if there is none; good until the loop turns, unless it is held. LYMPH_EINVAL: no
 * endpoint; LYMPH_ELIMIT: too many connections; LYMPH_ENOMEM. */
lymph_status transport_connect(transport *t, const char *endpoint, size_t size, connection **out);

/* The same, NULL if there is none. */
connection *transport_find(const transport *t, const char *endpoint, size_t size);

/* Queues one message to a peer. `h` and `body` are msgpack; all is copied. LYMPH_EUNREACHABLE: the peer's queue is full
 * or its connection is gone; nothing was sent. */
lymph_status transport_send(transport *t, connection *to, slice id, message_type type, slice subject, slice h,
                            slice body);

size_t transport_connections(const transport *t);

/* ---- for backends ---- */

/* What all have in common; the first member of theirs. */
struct transport {
    const transport_backend *backend;
    loop *loop;
    logger *log;
    transport_options options;
    table connections; /* by endpoint */
    char endpoint[ENDPOINT_MAX + 1];
};

struct transport_backend {
    const char *name;
    lymph_status (*open)(loop *l, const transport_options *options, logger *log, transport **out, failure *f);
    lymph_status (*connect)(transport *t, const char *endpoint, size_t size, connection **out); /* there is none yet */
    lymph_status (*send)(transport *t, connection *to, slice id, message_type type, slice subject, slice h, slice body);
    void (*close)(transport *t);
};

extern const transport_backend transport_zeromq, transport_memory;

#endif
