/* raw.c: the yardstick: the same bytes through the same server with rabbitmq-c alone: persistent messages, a topic
 * exchange, confirmed publications, each delivery acknowledged. */
#include "side.h"

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define CHANNEL       1
#define PREFETCH      100 /* as the whole stack's */
#define ENVELOPE_SIZE 110 /* what the whole stack puts around the event's body */
#define WINDOW_MAX    1024

static const char exchange[] = "amq.topic", name[] = "lymph-bench-raw";

static void check(amqp_connection_state_t c, const char *what)
{
    amqp_rpc_reply_t r = amqp_get_rpc_reply(c);
    if (r.reply_type != AMQP_RESPONSE_NORMAL)
        bench_die(what, r.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION ? amqp_error_string2(r.library_error)
                                                                        : "refused by the server");
}

static void check_code(int code, const char *what)
{
    if (code)
        bench_die(what, amqp_error_string2(code));
}

static amqp_connection_state_t connect_to(const char *where)
{
    char host[256] = "";
    size_t size = strcspn(where, ":");
    if (!where[size] || size >= sizeof host)
        bench_die(where, "is not HOST:PORT");
    memcpy(host, where, size);
    amqp_connection_state_t c = amqp_new_connection();
    check_code(amqp_socket_open(amqp_tcp_socket_new(c), host, atoi(where + size + 1)), where);
    amqp_rpc_reply_t r = amqp_login(c, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
    if (r.reply_type != AMQP_RESPONSE_NORMAL)
        bench_die(where, "cannot log in");
    amqp_channel_open(c, CHANNEL);
    check(c, "open a channel");
    return c;
}

static void leave(amqp_connection_state_t c)
{
    amqp_connection_close(c, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(c);
}

void raw_forget(const char *where, const char *queue)
{
    amqp_connection_state_t c = connect_to(where);
    amqp_queue_delete(c, CHANNEL, amqp_cstring_bytes(queue), 0, 0);
    check(c, "delete a queue");
    leave(c);
}

/* ---- consuming ---- */

void raw_consume(board *b, const char *where)
{
    amqp_connection_state_t c = connect_to(where);
    amqp_bytes_t queue = amqp_cstring_bytes(name);
    amqp_queue_declare(c, CHANNEL, queue, 0, 0, 0, 1, amqp_empty_table);
    check(c, "declare a queue");
    amqp_queue_bind(c, CHANNEL, queue, amqp_cstring_bytes(exchange), queue, amqp_empty_table);
    check(c, "bind a queue");
    amqp_basic_qos(c, CHANNEL, 0, PREFETCH, 0);
    check(c, "limit what is under way");
    amqp_basic_consume(c, CHANNEL, queue, amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    check(c, "consume");
    b->ready = true;
    while (!b->stop) {
        amqp_envelope_t e;
        int64_t sent_ns;
        struct timeval timeout = {0, 10000};
        amqp_maybe_release_buffers(c);
        amqp_rpc_reply_t r = amqp_consume_message(c, &e, &timeout, 0);
        if (r.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && r.library_error == AMQP_STATUS_TIMEOUT)
            continue;
        if (r.reply_type != AMQP_RESPONSE_NORMAL || e.message.body.len < sizeof sent_ns)
            bench_die("consume", "no delivery");
        memcpy(&sent_ns, e.message.body.bytes, sizeof sent_ns);
        board_handled(b, sent_ns);
        check_code(amqp_basic_ack(c, CHANNEL, e.delivery_tag, 0), "acknowledge");
        amqp_destroy_envelope(&e);
    }
    leave(c);
}

/* ---- emitting ---- */

typedef struct emitter {
    amqp_connection_state_t c;
    board *board;
    uint64_t first, next;         /* tags: of the oldest that is not confirmed, of the next publication */
    int64_t begin_ns[WINDOW_MAX]; /* of each; 0: confirmed */
} emitter;

static void publish(emitter *e)
{
    static char body[EVENT_SIZE + ENVELOPE_SIZE];
    const amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG,
        .content_type = amqp_cstring_bytes("application/lymph+x-msgpack"),
        .delivery_mode = 2,
    };
    int64_t now = bench_now_ns();
    memcpy(body, &now, sizeof now);
    e->begin_ns[e->next++ % WINDOW_MAX] = now;
    check_code(amqp_basic_publish(e->c, CHANNEL, amqp_cstring_bytes(exchange), amqp_cstring_bytes(name), 0, 0,
                                  &properties, (amqp_bytes_t){sizeof body, body}),
               "publish");
}

static void confirmed(emitter *e, uint64_t tag)
{
    int64_t *begin = &e->begin_ns[tag % WINDOW_MAX];
    if (*begin)
        board_emitted(e->board, *begin);
    *begin = 0;
    while (e->first < e->next && !e->begin_ns[e->first % WINDOW_MAX])
        e->first++;
}

/* Takes what has arrived; waits for it, but not beyond `until_ns`. */
static void receive(emitter *e, int64_t until_ns)
{
    int64_t left = until_ns - bench_now_ns();
    if (!amqp_frames_enqueued(e->c) && !amqp_data_in_buffer(e->c) && left > 0) {
        struct pollfd p = {.fd = amqp_get_sockfd(e->c), .events = POLLIN};
        struct timespec timeout = {left / 1000000000, left % 1000000000};
        (void)ppoll(&p, 1, &timeout, NULL);
    }
    amqp_frame_t frame;
    struct timeval at_once = {0};
    amqp_maybe_release_buffers(e->c);
    int code = amqp_simple_wait_frame_noblock(e->c, &frame, &at_once);
    if (code == AMQP_STATUS_TIMEOUT)
        return;
    check_code(code, "receive");
    if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
        bench_die("publish", "not confirmed");
    const amqp_basic_ack_t *ack = frame.payload.method.decoded;
    for (uint64_t tag = ack->multiple ? e->first : ack->delivery_tag; tag <= ack->delivery_tag; tag++)
        confirmed(e, tag);
}

void raw_emit(board *b, const char *where)
{
    static emitter e;
    const plan *p = &b->plan;
    e = (emitter){.c = connect_to(where), .board = b, .first = 1, .next = 1};
    amqp_confirm_select(e.c, CHANNEL);
    check(e.c, "ask for confirmations");
    int64_t begin = bench_now_ns(), end = begin + p->time_ns, due = begin;
    for (int64_t now = begin; now < end || e.first < e.next; now = bench_now_ns()) {
        bool wanted = now < end && e.next - e.first < (uint64_t)p->window;
        if (!wanted) {
            receive(&e, now + 100000000);
        } else if (!board_has_room(b)) {
            receive(&e, now + 1000000);
        } else if (now < due) {
            receive(&e, due);
        } else {
            publish(&e);
            if (p->rate)
                due += 1000000000 / p->rate;
        }
    }
    leave(e.c);
}
