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
#include "rpc/tcp.h"
#include "rpc/zsocket.h"

#define CONNECTIONS_MAX  8192
#define SEND_QUEUE       20000 /* messages queued to one peer; beyond: LYMPH_EUNREACHABLE */
#define RECEIVE_QUEUE    20000 /* messages queued from one peer; beyond, TCP holds the peer back */
#define BIND_TRIES       64    /* random ports */
#define PORT_FIRST       35536 /* the original's range of random ports */
#define RECONNECT_MS     100
#define RECONNECT_MAX_MS 500
#define LINGER_MS        200
#define PUSHED_MAX       4096 /* bytes: peers push nothing into the socket that sends, but shake hands on it */
#define CONNECT_MS       2000
#define LOST_MS          4000 /* what the peer's kernel does not confirm for so long ends the connection to it */
#define PROBE_SECONDS    1    /* between the probes of connections that peers have made */
#define PROBES           60   /* unanswered, and such a connection is dead */
#define CUT_PROBES       2
#define MENDED_BEATS     2
#define HEARTBEAT_BEGIN  24

struct transport {
    loop *loop;
    logger *log;
    transport_options options;
    void *context, *receiver, *sender;
    zsocket watch;
    table connections;
    message incoming; /* frames of the message being received */
    int64_t now_us;   /* of this round */
    uint64_t routes;  /* names given to connections */
    int source;       /* keeps source_port */
    uint16_t source_port, bound_port;
    bool source_spent; /* a connection from this port was closed: the same one cannot be made again for a minute */
    char endpoint[ENDPOINT_MAX + 1];
};

/* ---- receiving ---- */

static void drop(transport *t, const message *m, const char *why)
{
    slice who = m->source.size && utf8_valid(m->source.at, m->source.size, false) ? m->source : slice_of("?");
    log_complaint(t->log, LYMPH_WARNING, "lymph.core.rpc", NULL, "dropped messages", who,
                  "dropped a message from %.*s: %s", (int)(who.size < 64 ? who.size : 64), who.at, why);
}

/* Receives the frames of one message into t->incoming. Returns their number, also when there were more than it holds.
 */
static int receive_frames(transport *t)
{
    int count = 0;
    for (;;) {
        zmq_msg_t surplus, *frame = count < FRAME_COUNT ? &t->incoming.frames[count] : &surplus;
        zmq_msg_init(frame);
        if (zsocket_receive(t->receiver, frame) < 0) {
            zmq_msg_close(frame);
            return count;
        }
        int more = zmq_msg_more(frame);
        if (frame == &surplus)
            zmq_msg_close(frame);
        count++;
        if (!more)
            return count;
    }
}

/* The name that the peer gave its connection when it shook hands. */
static slice source_of(message *m)
{
    const char *name = zmq_msg_gets(&m->frames[0], "Identity");
    return (slice){name ? name : "", name ? strlen(name) : 0};
}

static void log_change(transport *t, const connection *c, connection_state before)
{
    if (c->state != before)
        log_line(t->log, LYMPH_INFO, "lymph.core.connection", c->trace_id,
                 "connection status changes from '%s' to '%s' endpoint=%s", connection_state_name(before),
                 connection_state_name(c->state), c->endpoint);
}

/* Its heartbeats say often enough which connection its messages come on. */
static void note_way(connection *from, message *m)
{
    from->from_fd = zmq_msg_get(&m->frames[0], ZMQ_SRCFD);
    from->cut = false;
}

/* Ids of heartbeats: HEARTBEAT_BEGIN characters that are the connection's own, until it is made anew. */
static bool answers_heartbeat(const connection *c, slice id)
{
    return id.size == UNIQUE_HEX && memcmp(id.at, c->trace_id, HEARTBEAT_BEGIN) == 0;
}

static void handle(transport *t, message *m, int count)
{
    m->source = source_of(m);
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
    lymph_status st = transport_connect(t, m->source.at, m->source.size, &from);
    if (st) {
        drop(t, m, st == LYMPH_ELIMIT ? "there are too many connections" : lymph_status_name(st));
        return;
    }
    bool heartbeat = m->type == MESSAGE_REQ && builtin_is_ping(m->subject);
    connection_state before = from->state;
    connection_heard(from);
    if (heartbeat || from->from_fd < 0)
        note_way(from, m);
    if (m->type != MESSAGE_REQ)
        connection_answered(from, answers_heartbeat(from, m->subject));
    else if (!heartbeat)
        connection_used(from, t->now_us);
    log_change(t, from, before);
    connection_hold(from);
    t->options.receive(t->options.arg, m, from);
    connection_release(from);
}

static int receive_one(void *arg)
{
    transport *t = arg;
    int count = receive_frames(t);
    if (!count)
        return 0;
    handle(t, &t->incoming, count);
    for (int i = 0; i < count && i < FRAME_COUNT; i++)
        zmq_msg_close(&t->incoming.frames[i]);
    return 1;
}

static void begin_round(void *arg)
{
    transport *t = arg;
    t->now_us = clock_now_us();
}

/* ---- connections ---- */

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static void connection_free(connection *c)
{
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
static void renew_source(transport *t)
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

static bool connect_socket(transport *t, connection *c)
{
    char address[sizeof t->endpoint + 32];
    renew_source(t);
    c->source_port = t->source_port;
    snprintf(c->route, sizeof c->route, "%" PRIx64, ++t->routes);
    unique_hex(c->trace_id);
    return set_int(t->sender, ZMQ_IPV6, strchr(c->endpoint, '[') != NULL) &&
           zmq_setsockopt(t->sender, ZMQ_CONNECT_ROUTING_ID, c->route, strlen(c->route)) == 0 &&
           zmq_connect(t->sender, address_of(c, address, sizeof address)) == 0;
}

static void disconnect_socket(transport *t, const connection *c)
{
    char address[sizeof t->endpoint + 32];
    zmq_disconnect(t->sender, address_of(c, address, sizeof address));
    t->source_spent |= c->source_port == t->source_port;
}

static void disconnect(transport *t, connection *c)
{
    disconnect_socket(t, c);
    timer_cancel(t->loop, &c->heartbeat);
    table_remove(&t->connections, &c->node);
    connection_free(c);
}

/* What was sent over it is lost; those who wait for an answer have their time-outs. */
static void connect_anew(transport *t, connection *c)
{
    disconnect_socket(t, c);
    connection_made(c);
    if (!connect_socket(t, c))
        log_line(t->log, LYMPH_WARNING, "lymph.core.connection", c->trace_id, "cannot connect to %s: %s", c->endpoint,
                 zmq_strerror(errno));
}

/* Somebody will want to call it again. To close and open anew is no way then: a peer that was frozen or cut off still
 * holds the old connection, and ignores another one of the same name. */
static bool wanted(transport *t, const connection *c)
{
    return t->options.wanted && t->options.wanted(t->options.arg, c->endpoint);
}

static void ping(transport *t, connection *c);

/* After a cut the peer's kernel waits before it sends again what was lost: as long as the cut lasted, at worst. Its
 * answers to our probes show that the way is open; then we end the connection, and the peer makes a new one at once.
 * A segment that comes through while our answers do not looks like an answer, but none of the probes behind it has one.
 */
static void look_after_cut(transport *t, connection *c)
{
    if (c->from_fd < 0)
        return;
    if (!tcp_accepted(c->from_fd, t->bound_port)) {
        c->from_fd = -1;
    } else if (tcp_unanswered(c->from_fd)) {
        c->cut |= tcp_unanswered(c->from_fd) >= CUT_PROBES;
        c->mended = 0;
    } else if (c->cut && ++c->mended >= MENDED_BEATS) {
        shutdown(c->from_fd, SHUT_RDWR);
        c->from_fd = -1;
    }
}

static void beat(timer *due)
{
    connection *c = (connection *)((char *)due - offsetof(connection, heartbeat));
    transport *t = c->transport;
    int64_t now = clock_now_us();
    connection_state before = c->state;
    connection_action action = connection_check(c, &t->options.limits, now);
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
    (void)timer_set(t->loop, &c->heartbeat, now + t->options.limits.heartbeat_interval, beat);
}

/* Short-lived clients leave connections behind that are closed only after a while; a newcomer need not wait for that.
 */
static bool close_a_dead_one(transport *t)
{
    for (table_node *n = NULL; (n = table_next(&t->connections, n));) {
        connection *c = (connection *)n;
        if (c->state == CONNECTION_UNRESPONSIVE && !c->holds && !wanted(t, c)) {
            disconnect(t, c);
            return true;
        }
    }
    return false;
}

lymph_status transport_connect(transport *t, const char *endpoint, size_t size, connection **out)
{
    table_node *found = table_find(&t->connections, endpoint, size);
    if (found) {
        *out = (connection *)found;
        return LYMPH_OK;
    }
    if (!endpoint_valid(endpoint, size))
        return LYMPH_EINVAL;
    if (t->connections.count >= CONNECTIONS_MAX && !close_a_dead_one(t))
        return LYMPH_ELIMIT;
    connection *c = calloc(1, sizeof *c + size + 1);
    if (!c)
        return LYMPH_ENOMEM;
    int64_t now = clock_now_us();
    c->transport = t;
    c->queued = quota_new();
    connection_init(c, now);
    c->size = size;
    memcpy(c->endpoint, endpoint, size);
    lymph_status st = LYMPH_ENOMEM;
    if (!c->queued || timer_set(t->loop, &c->heartbeat, now + t->options.limits.heartbeat_interval, beat))
        goto fail;
    if (!table_put(&t->connections, &c->node, c->endpoint, size))
        goto fail;
    if (!connect_socket(t, c)) {
        table_remove(&t->connections, &c->node);
        st = errno == ENOMEM ? LYMPH_ENOMEM : LYMPH_EINVAL;
        goto fail;
    }
    ping(t, c);
    *out = c;
    return LYMPH_OK;

fail:
    timer_cancel(t->loop, &c->heartbeat);
    connection_free(c);
    return st;
}

/* ---- sending ---- */

/* All frames are made first: a message that ends in its middle would take the next one's frames for its own. Once its
 * first frame is taken, the whole message has its place in the peer's queue. */
lymph_status transport_send(transport *t, connection *to, slice id, message_type type, slice subject, slice h,
                            slice body)
{
    const char *name = message_type_name(type);
    const slice parts[] = {{to->route, strlen(to->route)}, id, {name, strlen(name)}, subject, h, body};
    enum { PARTS = sizeof parts / sizeof *parts };
    zmq_msg_t frames[PARTS];
    int ready = 0;
    lymph_status st = LYMPH_OK;
    while (ready < PARTS && !(st = quota_frame(to->queued, t->options.queue_bytes, parts[ready], &frames[ready])))
        ready++;
    for (int i = 0; i < ready; i++) {
        if (!st && zsocket_send(t->sender, &frames[i], i + 1 < PARTS ? ZMQ_SNDMORE : 0) >= 0)
            continue;
        zmq_msg_close(&frames[i]);
        if (i == 0 && !st)
            st = LYMPH_EUNREACHABLE;
    }
    return st;
}

static void ping(transport *t, connection *c)
{
    static const char body[] = "\x81\xa7payload\xa0";
    char id[UNIQUE_HEX + 1];
    unique_hex(id);
    memcpy(id, c->trace_id, HEARTBEAT_BEGIN);
    writer w;
    writer_init(&w);
    write_headers(&w, NULL, c->trace_id, UNIQUE_HEX);
    if (!w.failed)
        (void)transport_send(t, c, slice_of(id), MESSAGE_REQ, slice_of(BUILTIN_PING), (slice){(char *)w.data, w.size},
                             (slice){body, sizeof body - 1}); /* a peer that takes no ping is unresponsive soon */
    writer_done(&w);
}

/* ---- opening and closing ---- */

static bool open_sockets(transport *t)
{
    int64_t max = WRITER_MAX, pushed_max = PUSHED_MAX;
    t->receiver = zmq_socket(t->context, ZMQ_DEALER);
    t->sender = zmq_socket(t->context, ZMQ_ROUTER);
    return t->receiver && t->sender && set_int(t->receiver, ZMQ_RCVHWM, RECEIVE_QUEUE) &&
           set_int(t->receiver, ZMQ_LINGER, 0) && set_int(t->receiver, ZMQ_TCP_KEEPALIVE, 1) &&
           set_int(t->receiver, ZMQ_TCP_KEEPALIVE_IDLE, PROBE_SECONDS) &&
           set_int(t->receiver, ZMQ_TCP_KEEPALIVE_INTVL, PROBE_SECONDS) &&
           set_int(t->receiver, ZMQ_TCP_KEEPALIVE_CNT, PROBES) &&
           zmq_setsockopt(t->receiver, ZMQ_MAXMSGSIZE, &max, sizeof max) == 0 &&
           set_int(t->sender, ZMQ_ROUTER_MANDATORY, 1) && set_int(t->sender, ZMQ_SNDHWM, SEND_QUEUE) &&
           zmq_setsockopt(t->sender, ZMQ_MAXMSGSIZE, &pushed_max, sizeof pushed_max) == 0 &&
           set_int(t->sender, ZMQ_TCP_MAXRT, LOST_MS) && set_int(t->sender, ZMQ_CONNECT_TIMEOUT, CONNECT_MS) &&
           set_int(t->sender, ZMQ_RCVHWM, 1) && set_int(t->sender, ZMQ_LINGER, LINGER_MS) &&
           set_int(t->sender, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
           set_int(t->sender, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
}

/* The name must be set before binding: peers learn it from us when they connect. */
static bool bind_to(transport *t, uint16_t port)
{
    const char *ip = t->options.ip;
    bool v6 = strchr(ip, ':') != NULL;
    t->bound_port = port;
    int n = snprintf(t->endpoint, sizeof t->endpoint, v6 ? "tcp://[%s]:%u" : "tcp://%s:%u", ip, port);
    if (n < 0 || (size_t)n >= sizeof t->endpoint) {
        errno = EINVAL;
        return false;
    }
    return zmq_setsockopt(t->receiver, ZMQ_ROUTING_ID, t->endpoint, (size_t)n) == 0 &&
           zmq_setsockopt(t->sender, ZMQ_ROUTING_ID, t->endpoint, (size_t)n) == 0 &&
           set_int(t->receiver, ZMQ_IPV6, v6) && zmq_bind(t->receiver, t->endpoint) == 0;
}

static bool bind_somewhere(transport *t)
{
    if (t->options.port)
        return bind_to(t, t->options.port);
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

lymph_status transport_open(loop *l, const transport_options *options, logger *log, transport **out, failure *f)
{
    transport *t = calloc(1, sizeof *t);
    if (!t)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    t->loop = l;
    t->log = log;
    t->options = *options;
    t->source = tcp_reserve(&t->source_port);
    lymph_status st = LYMPH_OK;
    if (!(t->options.ip = strdup(options->ip)) || t->source < 0 || !(t->context = zmq_ctx_new()) || !open_sockets(t)) {
        st = failure_set(f, errno == ENOMEM ? LYMPH_ENOMEM : LYMPH_ESYSTEM, "cannot open sockets: %s",
                         zmq_strerror(errno));
    } else if (!bind_somewhere(t)) {
        st = failure_set(f, LYMPH_ESYSTEM, "cannot bind %s: %s", t->endpoint, bind_error());
    } else {
        t->watch = (zsocket){.socket = t->receiver, .round = begin_round, .receive = receive_one, .arg = t};
        st = zsocket_watch(&t->watch, l);
        if (st)
            failure_set(f, st, "cannot watch %s", t->endpoint);
    }
    if (st) {
        transport_close(t);
        return st;
    }
    *out = t;
    return LYMPH_OK;
}

void transport_close(transport *t)
{
    if (!t)
        return;
    zsocket_unwatch(&t->watch);
    /* Not zmq_disconnect: closing the socket lets queued messages go first. */
    for (table_node *n; (n = table_next(&t->connections, NULL));) {
        connection *c = (connection *)n;
        timer_cancel(t->loop, &c->heartbeat);
        table_remove(&t->connections, n);
        connection_free(c);
    }
    table_done(&t->connections);
    if (t->sender)
        zmq_close(t->sender);
    if (t->receiver)
        zmq_close(t->receiver);
    if (t->context)
        zmq_ctx_term(t->context);
    if (t->source >= 0)
        close(t->source);
    free((char *)t->options.ip);
    free(t);
}

const char *transport_endpoint(const transport *t)
{
    return t->endpoint;
}

size_t transport_connections(const transport *t)
{
    return t->connections.count;
}
