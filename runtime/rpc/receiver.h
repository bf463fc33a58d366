/* receiver.h: the socket that peers connect to. What they send is read on the loop's thread, message by message, and
 * handed on at once: what is not handled yet waits in the kernel, whose buffers hold the peer back, and not here.
 *
 * Several connections may bear one name, and all are read: the original may hold two and send on either, of which a
 * ROUTER of libzmq would hear only the first. Nothing is sent over them but the handshake and the answers to ZeroMQ's
 * own heartbeats. */
#ifndef RPC_RECEIVER_H
#define RPC_RECEIVER_H

#include "core/failure.h"
#include "core/log.h"
#include "fiber/loop.h"
#include "rpc/message.h"

typedef struct receiver receiver;
typedef struct incoming incoming; /* one connection that a peer made */

typedef struct receiver_options {
    /* A message of `frames` frames, of which m->frames has the first ones; m->source is its connection's name. Closing
     * the receiver from here is fine. */
    void (*receive)(void *arg, message *m, int frames, incoming *from);
    void (*closed)(void *arg, incoming *gone); /* just before it is freed */
    void *arg;
} receiver_options;

/* Listens at a numeric address; peers learn `endpoint` as our name. It is borrowed, as `log` is. LYMPH_ESYSTEM, errno
 * says why; LYMPH_ENOMEM. */
lymph_status receiver_open(loop *l, const char *ip, uint16_t port, const char *endpoint,
                           const receiver_options *options, logger *log, receiver **out);
void receiver_close(receiver *r); /* NULL is fine */

/* Ends one connection; the peer makes a new one. Not from `receive`. */
void incoming_close(incoming *in);
int incoming_fd(const incoming *in);

/* What belongs to it in the eyes of who receives; NULL at first. */
void incoming_set_peer(incoming *in, void *peer);
void *incoming_peer(const incoming *in);

#endif
