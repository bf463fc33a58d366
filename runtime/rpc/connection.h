/* connection.h: what is known of one peer: whether it answers, and when the two last spoke. It decides, from the clock
 * and from what it is told, and does nothing itself: the transport, which owns it, asks it and acts.
 *
 * A peer lives while it answers us. That it sends requests proves its way to us, not ours to it. Nor does an answer to
 * what an earlier connection took there: a peer that was frozen answers all of that at once when it wakes, and may
 * still hold the earlier connection and ignore the new one of the same name. So the first answer must be to a heartbeat
 * of this one; where there is none, though the peer is heard, it is made anew. */
#ifndef RPC_CONNECTION_H
#define RPC_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/table.h"
#include "fiber/loop.h"

typedef enum connection_state {
    CONNECTION_UNKNOWN,      /* has not answered yet */
    CONNECTION_RESPONSIVE,   /* answers */
    CONNECTION_UNRESPONSIVE, /* did not answer in time: no calls are sent to it */
    CONNECTION_IDLE,         /* answers, but there were no requests for `idle_timeout` */
    CONNECTION_STATES
} connection_state;

typedef enum connection_action {
    CONNECTION_NONE,
    CONNECTION_PING,
    CONNECTION_REMAKE, /* ignored: it must be connected anew, then pinged */
    CONNECTION_CLOSE,  /* dead or unused for long, and nobody holds it */
} connection_action;

/* Seconds in the configuration (container.rpc.connection), microseconds here. */
typedef struct connection_limits {
    int64_t heartbeat_interval, timeout, idle_timeout, unresponsive_disconnect, idle_disconnect;
} connection_limits;

typedef struct connection {
    table_node node; /* in the transport's table, by endpoint */
    timer heartbeat;
    struct transport *transport;
    struct quota *queued; /* to it */
    connection_state state;
    int64_t checked_us; /* last connection_check, or when it was made */
    int64_t pinged_us;  /* first ping since it last answered; 0: none */
    int64_t active_us;  /* last request to it or from it that was no heartbeat */
    int64_t silent_us;  /* since when it is UNRESPONSIVE */
    int64_t reached_us; /* somebody listened there then; 0: never */
    int refused;        /* errno of the last attempt to connect, if it failed */
    bool proven;        /* a heartbeat that went over it was answered */
    uint8_t heard;      /* checks before which it counts as heard: its heartbeats may fall between two of ours */
    uint32_t ignored;   /* checks in a row in which it was heard, and nothing proven */
    uint32_t holds;
    uint16_t source_port;  /* ours, on the connection to it */
    struct incoming *from; /* the connection that its heartbeats come on; NULL: none known */
    bool cut;              /* that one: its kernel did not answer ours */
    uint8_t mended;        /* beats since it answers again */
    char trace_id[33];     /* of its heartbeats, whose ids begin as it does */
    char
        route[17]; /* its name at our sending socket; never used again, for libzmq lets go of a closed one only later */
    size_t size;
    char endpoint[]; /* `size` bytes and a NUL */
} connection;

void connection_init(connection *c, int64_t now_us);

/* A call may be sent to it: it is not known to be dead. */
bool connection_alive(const connection *c);

/* Calls and requests hold the connection that they have a pointer to: it is not closed before they release it. */
void connection_hold(connection *c);
void connection_release(connection *c);

/* A request that is no heartbeat went to it or came from it. */
void connection_used(connection *c, int64_t now_us);

/* It answered a request of ours; `to_heartbeat`: one that went over this connection. */
void connection_answered(connection *c, bool to_heartbeat);

/* Something came from it. */
void connection_heard(connection *c);

/* It was connected: nothing is proven. */
void connection_made(connection *c);

/* Nothing speaks for it just now: it has not answered yet, or not in a while in which a peer that lives does. */
bool connection_doubtful(const connection *c, int64_t now_us);

/* What became of an attempt to connect to it: 0 or errno. */
void connection_asked(connection *c, int error, int64_t now_us);

/* What to do now; to be asked every `heartbeat_interval`. Moves the state. */
connection_action connection_check(connection *c, const connection_limits *limits, int64_t now_us);

const char *connection_state_name(connection_state state);

#endif
