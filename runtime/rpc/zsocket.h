/* zsocket.h: a ZeroMQ socket under libevent; the only file that knows how ZMQ_FD behaves.
 *
 * ZMQ_FD is edge-triggered and says only "look again": before the loop may sleep, a receive must have found nothing, or
 * ZMQ_EVENTS been read, else wake-ups are lost. Rounds are bounded, so that a flood of messages cannot starve timers
 * and other sockets.
 *
 * A signal to the program may end any send and receive early (EINTR), also between the frames of one message and while
 * more are there: that is neither a failure nor the end of what there is. */
#ifndef RPC_ZSOCKET_H
#define RPC_ZSOCKET_H

#include <zmq.h>

#include "fiber/loop.h"

typedef struct zsocket {
    void *socket; /* the ZeroMQ socket; the owner's to open and close */
    struct event *readable, *again;
    void (*round)(void *arg);  /* before the messages of one round, may be NULL */
    int (*receive)(void *arg); /* takes one message: 1 taken, 0 nothing there */
    void *arg;
} zsocket;

#define ZSOCKET_ROUND 64 /* messages in one round */

/* LYMPH_ENOMEM or LYMPH_ESYSTEM. */
lymph_status zsocket_watch(zsocket *z, loop *l);
void zsocket_unwatch(zsocket *z); /* before the socket is closed; may be called twice */

/* One frame, without waiting; as zmq_msg_recv and zmq_msg_send, but never EINTR. */
int zsocket_receive(void *socket, zmq_msg_t *frame);
int zsocket_send(void *socket, zmq_msg_t *frame, int flags);

#endif
