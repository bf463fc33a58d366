#include "rpc/zsocket.h"

#include <errno.h>
#include <event2/event.h>

static void receive_round(evutil_socket_t fd, short what, void *arg)
{
    zsocket *z = arg;
    struct event_base *base = event_get_base(z->again);
    if (z->round)
        z->round(z->arg);
    for (int i = 0; i < ZSOCKET_ROUND && !event_base_got_break(base); i++) {
        int taken = z->receive(z->arg);
        if (!z->again)
            return; /* closed by what it received */
        if (!taken)
            return; /* like reading ZMQ_EVENTS, a receive that found nothing has taken every signal off the descriptor
                     */
    }
    /* More when the loop has looked at everything else; or when the program, which this message woke, comes back to it:
     * then looking for more overlaps with the peer's work on what the program sends now. */
    event_active(z->again, EV_READ, 1);
    event_base_loopcontinue(base);
}

lymph_status zsocket_watch(zsocket *z, loop *l)
{
    int fd = -1;
    size_t size = sizeof fd;
    if (zmq_getsockopt(z->socket, ZMQ_FD, &fd, &size))
        return LYMPH_ESYSTEM;
    z->readable = event_new(loop_base(l), fd, EV_READ | EV_PERSIST, receive_round, z);
    z->again = event_new(loop_base(l), -1, 0, receive_round, z);
    if (!z->readable || !z->again || event_add(z->readable, NULL)) {
        zsocket_unwatch(z);
        return LYMPH_ENOMEM;
    }
    event_active(z->again, EV_READ, 1); /* what came before the watch gives no edge */
    return LYMPH_OK;
}

void zsocket_unwatch(zsocket *z)
{
    if (z->readable)
        event_free(z->readable);
    if (z->again)
        event_free(z->again);
    z->readable = z->again = NULL;
}

int zsocket_receive(void *socket, zmq_msg_t *frame)
{
    int rc;
    do
        rc = zmq_msg_recv(frame, socket, ZMQ_DONTWAIT);
    while (rc < 0 && errno == EINTR);
    return rc;
}

int zsocket_send(void *socket, zmq_msg_t *frame, int flags)
{
    int rc;
    do
        rc = zmq_msg_send(frame, socket, flags | ZMQ_DONTWAIT);
    while (rc < 0 && errno == EINTR);
    return rc;
}
