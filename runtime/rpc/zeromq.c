#include "rpc/transport.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codec/reader.h"
#include "core/clock.h"
#include "core/unique.h"
#include "rpc/builtin.h"
#include "rpc/endpoint.h"
#include "rpc/quota.h"
#include "rpc/receiver.h"
#include "rpc/tcp.h"

#define CONNECTIONS_MAX  8192
#define SEND_QUEUE       20000 /* messages queued to one peer; beyond: LYMPH_EUNREACHABLE */
#define BIND_TRIES       64    /* random ports */
#define PORT_FIRST       35536 /* the original's range of random ports */
#define RECONNECT_MS     100
#define RECONNECT_MAX_MS 500
#define LINGER_MS        200
#define PUSHED_MAX       4096 /* bytes: peers push nothing into the socket that sends, but shake hands on it */
#define CONNECT_MS       2000
#define LOST_MS          4000 /* what the peer's kernel does not confirm for so long ends the connection to it */
#define CUT_PROBES       2
#define MENDED_BEATS     2
#define HEARTBEAT_BEGIN  24

typedef struct zeromq {
    transport base; /* first */
    void *context, *sender;
    receiver *receiver;
    uint64_t routes; /* names given to connections */
    int source;      /* keeps source_port */
    uint16_t source_port;
    bool source_spent; /* a connection from this port was closed: the same one cannot be made again for a minute */
} zeromq;

/* ---- receiving ---- */

static void drop(zeromq *t, const message *m, const char *why)
{
    slice who = m->source.size && utf8_valid(m->source.at, m->source.size, false) ? m->source : slice_of("?");
    log_complaint(t->base.log, LYMPH_WARNING, "lymph.core.rpc", NULL, "dropped messages", who,
                  "dropped a message from %.*s: %s", (int)(who.size < 64 ? who.size : 64), who.at, why);
}

static void log_change(zeromq *t, const connection *c, connection_state before)
{
    if (c->state != before)
        log_line(t->base.log, LYMPH_INFO, "lymph.core.connection", c->trace_id,
                 "connection status changes from '%s' to '%s' endpoint=%s", connection_state_name(before),
                 connection_state_name(c->state), c->endpoint);
}

static void forget_way(connection *c)
{
    if (c->from)
        incoming_set_peer(c->from, NULL);
    c->from = NULL;
}

static void way_closed(void *arg, incoming *gone)
{
    connection *c = incoming_peer(gone);
    if (c)
        forget_way(c);
}

/* Its heartbeats say often enough which connection its messages come on. */
static void note_way(connection *c, incoming *from)
{
    c->cut = false;
    if (c->from == from)
        return;
    forget_way(c);
    way_closed(NULL, from);
    incoming_set_peer(from, c);
    c->from = from;
}

/* Ids of heartbeats: HEARTBEAT_BEGIN characters that are the connection's own, until it is made anew. */
static bool answers_heartbeat(const connection *c, slice id)
{
    return id.size == UNIQUE_HEX && memcmp(id.at, c->trace_id, HEARTBEAT_BEGIN) == 0;
}

static void receive(void *arg, message *m, int count, incoming *way)
{
    zeromq *t = arg;
    if (count != FRAME_COUNT) {
        char why[64];
        snprintf(why, sizeof why, "it has %d frames behind its source instead of %d", count, FRAME_COUNT);
        drop(t, m, why);
        return;
    }
    if (!endpoint_numeric(m->source.at, m->source.size)) {
        drop(t, m, "its source is not an endpoint with a numeric address");
        return;
    }
    const char *wrong = message_parse(m);
    if (wrong) {
        drop(t, m, wrong);
        return;
    }
    connection *from;
    lymph_status st = transport_connect(&t->base, m->source.at, m->source.size, &from);
    if (st) {
        drop(t, m, st == LYMPH_ELIMIT ? "there are too many connections" : lymph_status_name(st));
        return;
    }
    bool heartbeat = m->type == MESSAGE_REQ && builtin_is_ping(m->subject);
    connection_state before = from->state;
    connection_heard(from);
    if (heartbeat || !from->from)
        note_way(from, way);
    if (m->type != MESSAGE_REQ)
        connection_answered(from, answers_heartbeat(from, m->subject));
    else if (!heartbeat)
        connection_used(from, clock_now_us());
    log_change(t, from, before);
    connection_hold(from);
    t->base.options.receive(t->base.options.arg, m, from);
    connection_release(from);
}

/* ---- connections ---- */

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static void connection_free(connection *c)
{
    forget_way(c);
    quota_release(c->queued);
    free(c);
}

/* Where to connect to, and from which port (tcp.h). */
static const char *address_of(const connection *c, char *out, size_t size)
{
    if (c->endpoint[sizeof "tcp://" - 1] == '[')
        return c->endpoint;
    snprintf(out, size, "tcp://0.0.0.0:%u;%s", c->source_port, c->endpoint + sizeof "tcp://" - 1);
    return out;
}

/* The kernel keeps a connection that we closed for a minute (TIME_WAIT), and refuses to make the same one from the same
 * port: what is connected after that comes from another port. */
static void renew_source(zeromq *t)
{
    uint16_t port;
    int fd = t->source_spent ? tcp_reserve(&port) : -1;
    if (fd < 0)
        return;
    close(t->source);
    t->source = fd;
    t->source_port = port;
    t->source_spent = false;
}

static bool connect_socket(zeromq *t, connection *c)
{
    char address[sizeof t->base.endpoint + 32];
    renew_source(t);
    c->source_port = t->source_port;
    snprintf(c->route, sizeof c->route, "%" PRIx64, ++t->routes);
    unique_hex(c->trace_id);
    return set_int(t->sender, ZMQ_IPV6, strchr(c->endpoint, '[') != NULL) &&
           zmq_setsockopt(t->sender, ZMQ_CONNECT_ROUTING_ID, c->route, strlen(c->route)) == 0 &&
           zmq_connect(t->sender, address_of(c, address, sizeof address)) == 0;
}

static void disconnect_socket(zeromq *t, const connection *c)
{
    char address[sizeof t->base.endpoint + 32];
    zmq_disconnect(t->sender, address_of(c, address, sizeof address));
    t->source_spent |= c->source_port == t->source_port;
}

static void disconnect(zeromq *t, connection *c)
{
    disconnect_socket(t, c);
    timer_cancel(t->base.loop, &c->heartbeat);
    table_remove(&t->base.connections, &c->node);
    connection_free(c);
}

/* What was sent over it is lost; those who wait for an answer have their time-outs. */
static void connect_anew(zeromq *t, connection *c)
{
    disconnect_socket(t, c);
    connection_made(c);
    if (!connect_socket(t, c))
        log_line(t->base.log, LYMPH_WARNING, "lymph.core.connection", c->trace_id, "cannot connect to %s: %s",
                 c->endpoint, zmq_strerror(errno));
}

/* Somebody will want to call it again. To close and open anew is no way then: a peer that was frozen or cut off still
 * holds the old connection, and ignores another one of the same name. */
static bool wanted(zeromq *t, const connection *c)
{
    return t->base.options.wanted && t->base.options.wanted(t->base.options.arg, c->endpoint);
}

static void ping(zeromq *t, connection *c);

/* After a cut the peer's kernel waits before it sends again what was lost: as long as the cut lasted, at worst. Its
 * answers to our probes show that the way is open; then we end the connection, and the peer makes a new one at once.
 * A segment that comes through while our answers do not looks like an answer, but none of the probes behind it has one.
 */
static void look_after_cut(zeromq *t, connection *c)
{
    if (!c->from)
        return;
    int unanswered = tcp_unanswered(incoming_fd(c->from));
    if (unanswered) {
        c->cut |= unanswered >= CUT_PROBES;
        c->mended = 0;
    } else if (c->cut && ++c->mended >= MENDED_BEATS) {
        incoming_close(c->from);
    }
}

static void beat(timer *due)
{
    connection *c = (connection *)((char *)due - offsetof(connection, heartbeat));
    zeromq *t = (zeromq *)c->transport;
    int64_t now = clock_now_us();
    connection_state before = c->state;
    connection_action action = connection_check(c, &t->base.options.limits, now);
    log_change(t, c, before);
    if (action == CONNECTION_CLOSE && !wanted(t, c)) {
        disconnect(t, c);
        return;
    }
    if (action == CONNECTION_REMAKE)
        connect_anew(t, c);
    look_after_cut(t, c);
    ping(t, c);
    /* Cannot fail: the heap keeps the place that the timer had. */
    (void)timer_set(t->base.loop, &c->heartbeat, now + t->base.options.limits.heartbeat_interval, beat);
}

/* Short-lived clients leave connections behind that are closed only after a while; a newcomer need not wait for that.
 */
static bool close_a_dead_one(zeromq *t)
{
    for (table_node *n = NULL; (n = table_next(&t->base.connections, n));) {
        connection *c = (connection *)n;
        if (c->state == CONNECTION_UNRESPONSIVE && !c->holds && !wanted(t, c)) {
            disconnect(t, c);
            return true;
        }
    }
    return false;
}

static lymph_status zeromq_connect(transport *base, const char *endpoint, size_t size, connection **out)
{
    zeromq *t = (zeromq *)base;
    if (t->base.connections.count >= CONNECTIONS_MAX && !close_a_dead_one(t))
        return LYMPH_ELIMIT;
    connection *c = calloc(1, sizeof *c + size + 1);
    if (!c)
        return LYMPH_ENOMEM;
    int64_t now = clock_now_us();
    c->transport = base;
    c->queued = quota_new();
    connection_init(c, now);
    c->size = size;
    memcpy(c->endpoint, endpoint, size);
    lymph_status st = LYMPH_ENOMEM;
    if (!c->queued || timer_set(t->base.loop, &c->heartbeat, now + t->base.options.limits.heartbeat_interval, beat))
        goto fail;
    if (!table_put(&t->base.connections, &c->node, c->endpoint, size))
        goto fail;
    if (!connect_socket(t, c)) {
        table_remove(&t->base.connections, &c->node);
        st = errno == ENOMEM ? LYMPH_ENOMEM : LYMPH_EINVAL;
        goto fail;
    }
    ping(t, c);
    *out = c;
    return LYMPH_OK;

fail:
    timer_cancel(t->base.loop, &c->heartbeat);
    connection_free(c);
    return st;
}

/* ---- sending ---- */

/* A signal to the program may end a send early, also between the frames of one message: that is no failure. */
static bool send_frame(zeromq *t, zmq_msg_t *frame, int flags)
{
    int rc;
    do
        rc = zmq_msg_send(frame, t->sender, flags | ZMQ_DONTWAIT);
    while (rc < 0 && errno == EINTR);
    return rc >= 0;
}

/* All frames are made first: a message that ends in its middle would take the next one's frames for its own. Once its
 * first frame is taken, the whole message has its place in the peer's queue. */
static lymph_status zeromq_send(transport *base, connection *to, slice id, message_type type, slice subject, slice h,
                                slice body)
{
    zeromq *t = (zeromq *)base;
    const char *name = message_type_name(type);
    const slice parts[] = {{to->route, strlen(to->route)}, id, {name, strlen(name)}, subject, h, body};
    enum { PARTS = sizeof parts / sizeof *parts };
    zmq_msg_t frames[PARTS];
    int ready = 0;
    lymph_status st = LYMPH_OK;
    while (ready < PARTS && !(st = quota_frame(to->queued, t->base.options.queue_bytes, parts[ready], &frames[ready])))
        ready++;
    for (int i = 0; i < ready; i++) {
        if (!st && send_frame(t, &frames[i], i + 1 < PARTS ? ZMQ_SNDMORE : 0))
            continue;
        zmq_msg_close(&frames[i]);
        if (i == 0 && !st)
            st = LYMPH_EUNREACHABLE;
    }
    return st;
}

static void ping(zeromq *t, connection *c)
{
    static const char body[] = "\x81\xa7payload\xa0";
    char id[UNIQUE_HEX + 1];
    unique_hex(id);
    memcpy(id, c->trace_id, HEARTBEAT_BEGIN);
    writer w;
    writer_init(&w);
    write_headers(&w, NULL, c->trace_id, UNIQUE_HEX);
    if (!w.failed)
        (void)zeromq_send(&t->base, c, slice_of(id), MESSAGE_REQ, slice_of(BUILTIN_PING),
                          (slice){(char *)w.data, w.size},
                          (slice){body, sizeof body - 1}); /* a peer that takes no ping is unresponsive soon */
    writer_done(&w);
}

/* ---- opening and closing ---- */

static bool open_sender(zeromq *t)
{
    int64_t pushed_max = PUSHED_MAX;
    t->sender = zmq_socket(t->context, ZMQ_ROUTER);
    return t->sender && set_int(t->sender, ZMQ_ROUTER_MANDATORY, 1) && set_int(t->sender, ZMQ_SNDHWM, SEND_QUEUE) &&
           zmq_setsockopt(t->sender, ZMQ_MAXMSGSIZE, &pushed_max, sizeof pushed_max) == 0 &&
           set_int(t->sender, ZMQ_TCP_MAXRT, LOST_MS) && set_int(t->sender, ZMQ_CONNECT_TIMEOUT, CONNECT_MS) &&
           set_int(t->sender, ZMQ_RCVHWM, 1) && set_int(t->sender, ZMQ_LINGER, LINGER_MS) &&
           set_int(t->sender, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
           set_int(t->sender, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
}

/* The name must be set before binding: peers learn it when they connect. */
static bool bind_to(zeromq *t, uint16_t port)
{
    const char *ip = t->base.options.ip;
    bool v6 = strchr(ip, ':') != NULL;
    int n = snprintf(t->base.endpoint, sizeof t->base.endpoint, v6 ? "tcp://[%s]:%u" : "tcp://%s:%u", ip, port);
    if (n < 0 || (size_t)n >= sizeof t->base.endpoint) {
        errno = EINVAL;
        return false;
    }
    receiver_options options = {receive, way_closed, t};
    return zmq_setsockopt(t->sender, ZMQ_ROUTING_ID, t->base.endpoint, (size_t)n) == 0 &&
           receiver_open(t->base.loop, ip, port, t->base.endpoint, &options, t->base.log, &t->receiver) == LYMPH_OK;
}

static bool bind_somewhere(zeromq *t)
{
    if (t->base.options.port)
        return bind_to(t, t->base.options.port);
    for (int i = 0; i < BIND_TRIES; i++) {
        uint16_t r;
        if (getrandom(&r, sizeof r, 0) != sizeof r)
            continue;
        if (bind_to(t, (uint16_t)(PORT_FIRST + r % (65536 - PORT_FIRST))))
            return true;
        if (errno != EADDRINUSE && errno != EACCES)
            return false;
    }
    return false;
}

static const char *bind_error(void)
{
    switch (errno) {
    case EADDRINUSE:
        return "the port is in use; choose another one, or none for a free one";
    case EADDRNOTAVAIL:
    case ENODEV:
        return "this machine has no such address";
    default:
        return zmq_strerror(errno);
    }
}

static void zeromq_close(transport *base);

static lymph_status zeromq_open(loop *l, const transport_options *options, logger *log, transport **out, failure *f)
{
    zeromq *t = calloc(1, sizeof *t);
    if (!t)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    t->base = (transport){.backend = &transport_zeromq, .loop = l, .log = log, .options = *options};
    t->source = tcp_reserve(&t->source_port);
    lymph_status st = LYMPH_OK;
    if (!(t->base.options.ip = strdup(options->ip)) || t->source < 0 || !(t->context = zmq_ctx_new()) ||
        !open_sender(t)) {
        st = failure_set(f, errno == ENOMEM ? LYMPH_ENOMEM : LYMPH_ESYSTEM, "cannot open sockets: %s",
                         zmq_strerror(errno));
    } else if (!bind_somewhere(t)) {
        st = failure_set(f, LYMPH_ESYSTEM, "cannot bind %s: %s", t->base.endpoint, bind_error());
    }
    if (st) {
        zeromq_close(&t->base);
        return st;
    }
    *out = &t->base;
    return LYMPH_OK;
}

static void zeromq_close(transport *base)
{
    zeromq *t = (zeromq *)base;
    receiver_close(t->receiver);
    /* Not zmq_disconnect: closing the socket lets queued messages go first. */
    for (table_node *n; (n = table_next(&t->base.connections, NULL));) {
        connection *c = (connection *)n;
        timer_cancel(t->base.loop, &c->heartbeat);
        table_remove(&t->base.connections, n);
        connection_free(c);
    }
    table_done(&t->base.connections);
    if (t->sender)
        zmq_close(t->sender);
    if (t->context)
        zmq_ctx_term(t->context);
    if (t->source >= 0)
        close(t->source);
    free((char *)t->base.options.ip);
    free(t);
}

const transport_backend transport_zeromq = {
    .name = "zeromq",
    .open = zeromq_open,
    .connect = zeromq_connect,
    .send = zeromq_send,
    .close = zeromq_close,
};
