#include "rpc/receiver.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "rpc/tcp.h"
#include "rpc/zmtp.h"

#define READ_SIZE      (64u << 10) /* bytes read at once: one connection's turn */
#define BACKLOG        512
#define HANDSHAKE_US   10000000
#define PAUSE_US       200000      /* until accepting is tried again when descriptors are out */
#define UNFINISHED_MAX (80u << 20) /* bytes of messages that have not come whole, from all peers */

static const char log_name[] = "lymph.core.rpc";

struct incoming {
    receiver *receiver;
    incoming *next, *previous; /* in the list of all */
    struct event *readable;
    void *peer;
    uint64_t begun; /* number of the message that is unfinished; 0: none */
    bool cut_off;
    timer patience; /* for the handshake, as a whole */
    int fd;
    zmtp zmtp;
};

struct receiver {
    receiver_options options;
    loop *loop;
    logger *log;
    const char *endpoint;
    struct evconnlistener *listener;
    timer pause;
    bool paused; /* descriptors are out, and it has been said */
    bool *gone;  /* set when it is closed, by whoever reads */
    incoming *all;
    uint64_t numbers;
    zmtp_budget unfinished;
    char bytes[READ_SIZE];
};

/* ---- one connection ---- */

int incoming_fd(const incoming *in)
{
    return in->fd;
}

void incoming_set_peer(incoming *in, void *peer)
{
    in->peer = peer;
}

void *incoming_peer(const incoming *in)
{
    return in->peer;
}

void incoming_close(incoming *in)
{
    receiver *r = in->receiver;
    r->options.closed(r->options.arg, in);
    if (in->next)
        in->next->previous = in->previous;
    if (in->previous)
        in->previous->next = in->next;
    else
        r->all = in->next;
    timer_cancel(r->loop, &in->patience);
    if (in->readable)
        event_free(in->readable);
    zmtp_done(&in->zmtp);
    close(in->fd);
    free(in);
}

/* A stranger is told apart by his machine: each of his connections has a port of its own. */
static void complain(const incoming *in, const char *why)
{
    char address[TCP_ADDRESS_SIZE];
    tcp_peer(in->fd, address, sizeof address);
    const char *port = strrchr(address, ':');
    slice machine = {address, port ? (size_t)(port - address) : strlen(address)};
    log_complaint(in->receiver->log, LYMPH_WARNING, log_name, NULL, "closed connections", machine,
                  "closed the connection from %s: %s", address, why);
}

static void give_up(incoming *in, const char *why)
{
    complain(in, why);
    incoming_close(in);
}

/* These are few bytes, and the peer has them read before it sends more; one that does not is given up. A heartbeat's
 * answer that is not taken is as good as none. */
static bool say(incoming *in, const char *bytes, size_t size)
{
    ssize_t n = send(in->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    return n == (ssize_t)size || (n < 0 && in->zmtp.stage == ZMTP_TRAFFIC && (errno == EAGAIN || errno == EINTR));
}

/* Whoever has been at his message for longest goes: it may be one that never ends. */
static incoming *slowest(receiver *r)
{
    incoming *found = NULL;
    for (incoming *in = r->all; in; in = in->next)
        if (in->begun && (!found || in->begun < found->begun))
            found = in;
    return found;
}

/* Its memory goes now, the rest when it is looked at next, which is soon: it is at its end. */
static void cut_off(incoming *in)
{
    complain(in, "it does not end its message, and there is no more room for others'");
    zmtp_done(&in->zmtp);
    in->begun = 0;
    in->cut_off = true;
    shutdown(in->fd, SHUT_RDWR);
}

static void note_unfinished(incoming *in)
{
    if (!in->zmtp.capacity)
        in->begun = 0;
    else if (!in->begun)
        in->begun = ++in->receiver->numbers;
}

static void lose_patience(timer *t)
{
    incoming *in = (incoming *)((char *)t - offsetof(incoming, patience));
    give_up(in, "it did not shake hands in time");
}

/* Hands a message on. False: all is closed. */
static bool hand_on(incoming *in, message *m, int frames)
{
    receiver *r = in->receiver;
    bool gone = false;
    m->source = (slice){in->zmtp.name, in->zmtp.name_size};
    r->gone = &gone;
    r->options.receive(r->options.arg, m, frames, in);
    free(m->memory);
    if (!gone)
        r->gone = NULL;
    return !gone;
}

/* Takes what was read. False: the connection is closed. */
static bool take_all(incoming *in, slice bytes)
{
    receiver *r = in->receiver;
    zmtp_found found;
    message m;
    for (;;) {
        switch (zmtp_next(&in->zmtp, &bytes, &m, &found)) {
        case ZMTP_MORE:
            note_unfinished(in);
            return true;
        case ZMTP_MESSAGE:
            in->begun = 0;
            if (!hand_on(in, &m, found.frames))
                return false;
            break;
        case ZMTP_ANSWER:
            if (!say(in, found.answer, found.answer_size)) {
                incoming_close(in);
                return false;
            }
            break;
        case ZMTP_FULL:
            note_unfinished(in);
            incoming *other = slowest(r);
            if (other && other != in) {
                cut_off(other);
                break;
            }
            give_up(in, "there is no more room for its message");
            return false;
        case ZMTP_BAD:
            give_up(in, found.wrong);
            return false;
        }
    }
}

static void readable(evutil_socket_t fd, short what, void *arg)
{
    incoming *in = arg;
    receiver *r = in->receiver;
    if (in->cut_off) {
        incoming_close(in);
        return;
    }
    char *at = r->bytes;
    size_t room = zmtp_room(&in->zmtp, &at);
    ssize_t n = recv(fd, at, room ? room : READ_SIZE, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        incoming_close(in);
        return;
    }
    slice bytes = {at, (size_t)n};
    if (room) {
        zmtp_put(&in->zmtp, (size_t)n);
        bytes.size = 0;
    }
    if (take_all(in, bytes) && in->zmtp.stage == ZMTP_TRAFFIC)
        timer_cancel(r->loop, &in->patience);
}

/* ---- all of them ---- */

static void accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int size, void *arg)
{
    receiver *r = arg;
    r->paused = false;
    incoming *in = calloc(1, sizeof *in);
    if (!in) {
        close(fd);
        return;
    }
    in->receiver = r;
    in->fd = fd;
    zmtp_init(&in->zmtp, r->endpoint, &r->unfinished);
    in->next = r->all;
    if (in->next)
        in->next->previous = in;
    r->all = in;
    tcp_prepare(fd);
    in->readable = event_new(loop_base(r->loop), fd, EV_READ | EV_PERSIST, readable, in);
    if (!in->readable || event_add(in->readable, NULL) ||
        timer_set(r->loop, &in->patience, clock_now_us() + HANDSHAKE_US, lose_patience) ||
        !say(in, zmtp_hello, zmtp_hello_size))
        incoming_close(in);
}

static void resume(timer *t)
{
    receiver *r = (receiver *)((char *)t - offsetof(receiver, pause));
    if (evconnlistener_enable(r->listener))
        (void)timer_set(r->loop, t, clock_now_us() + PAUSE_US, resume); /* cannot fail: it had its place just now */
}

/* A peer that waits to be accepted makes the socket readable: to look again at once would take all of the processor. */
static void cannot_accept(struct evconnlistener *listener, void *arg)
{
    receiver *r = arg;
    int error = errno;
    if (timer_set(r->loop, &r->pause, clock_now_us() + PAUSE_US, resume) == LYMPH_OK)
        evconnlistener_disable(listener);
    if (!r->paused)
        log_complaint(r->log, LYMPH_ERROR, log_name, NULL, "failed accepts", slice_of("new peers"),
                      "no new peer is accepted until there is room: %s%s; known ones are served", strerror(error),
                      error == EMFILE ? " (ulimit -n)" : "");
    r->paused = true;
}

lymph_status receiver_open(loop *l, const char *ip, uint16_t port, const char *endpoint,
                           const receiver_options *options, logger *log, receiver **out)
{
    receiver *r = calloc(1, sizeof *r);
    if (!r)
        return LYMPH_ENOMEM;
    r->options = *options;
    r->loop = l;
    r->log = log;
    r->endpoint = endpoint;
    r->unfinished.max = UNFINISHED_MAX;
    int fd = tcp_listen(ip, port, BACKLOG);
    if (fd < 0) {
        free(r);
        return LYMPH_ESYSTEM;
    }
    r->listener = evconnlistener_new(loop_base(l), accepted, r, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    /* libevent does not tell whether it could enable the listener that it made. */
    if (!r->listener || evconnlistener_enable(r->listener)) {
        if (r->listener)
            evconnlistener_free(r->listener);
        else
            close(fd);
        free(r);
        return LYMPH_ENOMEM;
    }
    evconnlistener_set_error_cb(r->listener, cannot_accept);
    *out = r;
    return LYMPH_OK;
}

void receiver_close(receiver *r)
{
    if (!r)
        return;
    for (incoming *in = r->all, *next; in; in = next) {
        next = in->next;
        incoming_close(in);
    }
    timer_cancel(r->loop, &r->pause);
    evconnlistener_free(r->listener);
    if (r->gone)
        *r->gone = true;
    free(r);
}
