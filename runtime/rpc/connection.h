/* connection.h: what is known of one peer: whether it lives, and when it was last heard. Made by the first message to
 * or from its endpoint; owned by the transport. */
#ifndef RPC_CONNECTION_H
#define RPC_CONNECTION_H

#include <stdint.h>

#include "core/table.h"
#include "fiber/loop.h"
#include "rpc/endpoint.h"

typedef enum connection_state {
    CONNECTION_UNKNOWN,      /* nothing received yet */
    CONNECTION_RESPONSIVE,   /* heard within `timeout` */
    CONNECTION_UNRESPONSIVE, /* not heard for `timeout`: no calls are sent to it */
    CONNECTION_IDLE,         /* heard, but only heartbeats for `idle_timeout` */
    CONNECTION_STATES
} connection_state;

/* Seconds in the configuration (container.rpc.connection), microseconds here. */
typedef struct connection_limits {
    int64_t heartbeat_interval, timeout, idle_timeout, unresponsive_disconnect, idle_disconnect;
} connection_limits;

typedef struct connection {
    table_node node; /* in the transport's table, by endpoint */
    timer heartbeat;
    struct transport *transport;
    connection_state state;
    int64_t opened_us; /* when it was made */
    int64_t heard_us;  /* last message of any kind; 0: none */
    int64_t active_us; /* last request to it or from it that was no heartbeat */
    int64_t silent_us; /* since when it is UNRESPONSIVE */
    uint32_t uses;     /* calls and requests that hold a pointer to it: not closed before they end */
    char trace_id[33]; /* of its heartbeats */
    char
        route[17]; /* its name at our sending socket; never used again, for libzmq lets go of a closed one only later */
    size_t size;
    char endpoint[]; /* `size` bytes and a NUL */
} connection;

/* A call may be sent to it: it is not known to be dead. A peer that never answered counts as alive only for `timeout`.
 */
static inline bool connection_alive(const connection *c)
{
    return c->state != CONNECTION_UNRESPONSIVE;
}

const char *connection_state_name(connection_state state);

/* A message came from it; `active`: a request that is no heartbeat. */
void connection_heard(connection *c, int64_t now_us, bool active);

/* The heartbeat's timer: sends a ping, moves the state, closes what is dead or unused for long. */
void connection_beat(timer *t);

#endif
