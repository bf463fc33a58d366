#include "events/rabbitmq_link.h"

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PUBLISHING 1 /* the channel of publications */
#define DECLARING                                                                                                      \
    2 /* that of exchanges and waiting queues: where the server refuses something, it closes the channel */
#define FRAME_MAX     131072
#define CHANNEL_MAX   2047
#define NAME_MAX_SIZE 255

struct rabbit_link {
    amqp_connection_state_t c;
    link_options options;
    char waiting[NAME_MAX_SIZE + 1], retry[NAME_MAX_SIZE + 1]; /* the other two exchanges */
    uint16_t next_channel;                                     /* each consumed queue has one of its own */
    uint64_t next_tag;
    bool broken;
};

static const amqp_table_entry_t ha_policy = {
    .key = {.len = 11, .bytes = (void *)"x-ha-policy"},
    .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = {.len = 3, .bytes = (void *)"all"}},
};

/* ---- options ---- */

void link_options_free(link_options *o)
{
    const char *texts[] = {o->host, o->address, o->user, o->password, o->vhost, o->exchange};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free((char *)texts[i]);
    *o = (link_options){0};
}

lymph_status link_options_copy(const link_options *from, link_options *to, failure *f)
{
    *to = *from;
    const char **texts[] = {&to->host, &to->address, &to->user, &to->password, &to->vhost, &to->exchange};
    bool complete = true;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = strdup(*texts[i]);
        complete &= *texts[i] != NULL;
    }
    if (complete)
        return LYMPH_OK;
    link_options_free(to);
    return failure_set(f, LYMPH_ENOMEM, "out of memory");
}

/* ---- failures ---- */

static lymph_status told(rabbit_link *l, amqp_rpc_reply_t r, const char *what, failure *f)
{
    if (r.reply_type == AMQP_RESPONSE_NORMAL)
        return LYMPH_OK;
    amqp_bytes_t why = amqp_cstring_bytes("no answer");
    bool refused = r.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION,
         channel_only = refused && r.reply.id == AMQP_CHANNEL_CLOSE_METHOD;
    if (channel_only)
        why = ((amqp_channel_close_t *)r.reply.decoded)->reply_text;
    else if (refused && r.reply.id == AMQP_CONNECTION_CLOSE_METHOD)
        why = ((amqp_connection_close_t *)r.reply.decoded)->reply_text;
    else if (r.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION)
        why = amqp_cstring_bytes(amqp_error_string2(r.library_error));
    l->broken = l->broken || !channel_only;
    return failure_set(f, LYMPH_EBACKEND, "RabbitMQ at %s%s %s: %.*s", l->options.address,
                       refused ? " refused to" : ": cannot", what, (int)why.len, (char *)why.bytes);
}

static lymph_status last(rabbit_link *l, const char *what, failure *f)
{
    return told(l, amqp_get_rpc_reply(l->c), what, f);
}

/* The server closed the channel when it refused something; now the number can be used again. */
static void confirm_closed(rabbit_link *l, uint16_t channel)
{
    amqp_channel_close_ok_t ok = {0};
    if (!l->broken && amqp_send_method(l->c, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok))
        l->broken = true;
}

bool link_usable(const rabbit_link *l)
{
    return !l->broken;
}

/* ---- connecting ---- */

static lymph_status declare_exchanges(rabbit_link *l, failure *f)
{
    const char *names[] = {l->options.exchange, l->waiting, l->retry}, *types[] = {"topic", "direct", "direct"};
    for (int i = 0; i < 3; i++) {
        amqp_exchange_declare(l->c, DECLARING, amqp_cstring_bytes(names[i]), amqp_cstring_bytes(types[i]), 0, 1, 0, 0,
                              amqp_empty_table);
        lymph_status st = last(l, "declare the exchanges", f);
        if (st)
            return st;
    }
    return LYMPH_OK;
}

static lymph_status log_in(rabbit_link *l, bool *refused, failure *f)
{
    const link_options *o = &l->options;
    /* Without being told, we would wait for ever on a queue that somebody deletes. */
    amqp_table_entry_t capability = {.key = amqp_cstring_bytes("consumer_cancel_notify"),
                                     .value = {.kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = 1}};
    amqp_table_entry_t capabilities = {.key = amqp_cstring_bytes("capabilities"),
                                       .value = {.kind = AMQP_FIELD_KIND_TABLE, .value.table = {1, &capability}}};
    amqp_table_t properties = {1, &capabilities};
    amqp_rpc_reply_t r = amqp_login_with_properties(l->c, o->vhost, CHANNEL_MAX, FRAME_MAX, o->heartbeat_s, &properties,
                                                    AMQP_SASL_METHOD_PLAIN, o->user, o->password);
    lymph_status st = told(l, r, "log in", f);
    if (st && r.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION)
        *refused = true;
    if (st && r.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && r.library_error == AMQP_STATUS_CONNECTION_CLOSED) {
        /* How servers refuse a password when the client does not know the capability to be told. */
        *refused = true;
        failure_set(
            f, LYMPH_EBACKEND,
            "RabbitMQ at %s closed the connection at the log-in of '%s': check userid, password and virtual_host",
            o->address, o->user);
    }
    return st;
}

rabbit_link *link_open(const link_options *o, bool *refused, failure *f)
{
    *refused = false;
    rabbit_link *l = calloc(1, sizeof *l);
    if (!l) {
        failure_set(f, LYMPH_ENOMEM, "out of memory");
        return NULL;
    }
    l->options = *o;
    l->next_channel = DECLARING + 1;
    l->next_tag = 1;
    snprintf(l->waiting, sizeof l->waiting, "%.240s_waiting", o->exchange);
    snprintf(l->retry, sizeof l->retry, "%.240s_retry", o->exchange);
    struct timeval timeout = {o->timeout_ms / 1000, o->timeout_ms % 1000 * 1000};
    l->c = amqp_new_connection();
    amqp_socket_t *socket = l->c ? amqp_tcp_socket_new(l->c) : NULL;
    if (!socket) {
        failure_set(f, LYMPH_ENOMEM, "out of memory");
        link_close(l);
        return NULL;
    }
    amqp_set_handshake_timeout(l->c, &timeout);
    amqp_set_rpc_timeout(l->c, &timeout);
    int code = amqp_socket_open_noblock(socket, o->host, o->port, &timeout);
    lymph_status st = LYMPH_OK;
    if (code == AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED)
        st = failure_set(f, LYMPH_EBACKEND, "cannot connect to RabbitMQ: cannot resolve host '%s'", o->host);
    else if (code)
        st = failure_set(f, LYMPH_EBACKEND,
                         "cannot connect to RabbitMQ at %s: %s: is it running, and container.events right?", o->address,
                         amqp_error_string2(code));
    if (!st)
        st = log_in(l, refused, f);
    if (!st) {
        amqp_channel_open(l->c, PUBLISHING);
        st = last(l, "open a channel", f);
    }
    if (!st) {
        amqp_channel_open(l->c, DECLARING);
        st = last(l, "open a channel", f);
    }
    if (!st) {
        amqp_confirm_select(l->c, PUBLISHING);
        st = last(l, "ask for confirmations", f);
    }
    if (!st)
        st = declare_exchanges(l, f);
    if (st) {
        link_close(l);
        return NULL;
    }
    return l;
}

void link_leave(rabbit_link *l)
{
    amqp_connection_close(l->c, AMQP_REPLY_SUCCESS);
}

void link_close(rabbit_link *l)
{
    if (!l)
        return;
    if (l->c)
        amqp_destroy_connection(l->c);
    free(l);
}

int link_fd(const rabbit_link *l)
{
    return amqp_get_sockfd(l->c);
}

/* ---- publishing ---- */

/* A queue that gives its messages to the main exchange after `delay_ms`. It is bound with its own name: bound with the
 * event's type, as the original does it, two delays of one type would each get every delayed event of the type. */
static lymph_status declare_waiting(rabbit_link *l, const char *name, const char *routing_key, int64_t delay_ms,
                                    failure *f)
{
    amqp_table_entry_t entries[] = {
        {.key = amqp_cstring_bytes("x-dead-letter-exchange"),
         .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes(l->options.exchange)}},
        {.key = amqp_cstring_bytes("x-dead-letter-routing-key"),
         .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes(routing_key)}},
        {.key = amqp_cstring_bytes("x-message-ttl"),
         .value = {.kind = AMQP_FIELD_KIND_I32, .value.i32 = (int32_t)delay_ms}},
        ha_policy,
    };
    amqp_table_t arguments = {4, entries};
    amqp_queue_declare(l->c, DECLARING, amqp_cstring_bytes(name), 0, 0, 0, 0, arguments);
    lymph_status st = last(l, "declare a waiting queue", f);
    if (!st) {
        amqp_queue_bind(l->c, DECLARING, amqp_cstring_bytes(name), amqp_cstring_bytes(l->waiting),
                        amqp_cstring_bytes(name), amqp_empty_table);
        st = last(l, "bind a waiting queue", f);
    }
    if (st && !l->broken) {
        failure ignored;
        confirm_closed(l, DECLARING);
        amqp_channel_open(l->c, DECLARING);
        (void)last(l, "open a channel", &ignored);
    }
    return st;
}

lymph_status link_publish(rabbit_link *l, const char *routing_key, const char *queue_name, const void *data,
                          size_t size, int64_t delay_ms, uint64_t *tag, failure *f)
{
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_CONTENT_ENCODING_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG |
                  AMQP_BASIC_PRIORITY_FLAG | AMQP_BASIC_HEADERS_FLAG,
        .content_type = amqp_cstring_bytes("application/lymph+x-msgpack"),
        .content_encoding = amqp_cstring_bytes("binary"),
        .delivery_mode = 2,
        .priority = 0,
        .headers = amqp_empty_table,
    };
    char waiting_queue[NAME_MAX_SIZE + 32];
    const char *exchange = l->options.exchange, *key = routing_key;
    if (queue_name) {
        exchange = l->retry;
        key = queue_name;
    } else if (delay_ms > 0) {
        if (delay_ms > INT32_MAX)
            return failure_set(f, LYMPH_EINVAL, "an event can be delayed by at most %d ms", INT32_MAX);
        int n = snprintf(waiting_queue, sizeof waiting_queue, "%s-wait_%lld", routing_key, (long long)delay_ms);
        if (n > NAME_MAX_SIZE)
            return failure_set(f, LYMPH_EINVAL, "the event type %s is too long to be delayed", routing_key);
        lymph_status st = declare_waiting(l, waiting_queue, routing_key, delay_ms, f);
        if (st)
            return st;
        exchange = l->waiting;
        key = waiting_queue;
    }
    int code = amqp_basic_publish(l->c, PUBLISHING, amqp_cstring_bytes(exchange), amqp_cstring_bytes(key), 0, 0,
                                  &properties, (amqp_bytes_t){size, (void *)data});
    if (code)
        return failure_set(f, LYMPH_EBACKEND, "RabbitMQ at %s: cannot publish: %s", l->options.address,
                           amqp_error_string2(code));
    *tag = l->next_tag++;
    return LYMPH_OK;
}

/* ---- consuming ---- */

static lymph_status declare_queue(rabbit_link *l, uint16_t channel, const link_queue *q, failure *f)
{
    amqp_table_entry_t entries[] = {ha_policy};
    amqp_table_t arguments = {1, entries};
    amqp_bytes_t name = amqp_cstring_bytes(q->name);
    amqp_queue_declare(l->c, channel, name, 0, 0, 0, q->broadcast, arguments);
    lymph_status st = last(l, "declare a queue", f);
    if (st && !l->broken) {
        failure why = *f;
        failure_set(f, st, "%.300s (delete the queue %.100s, and find out who declares it otherwise)", why.message,
                    q->name);
    }
    for (size_t i = 0; i < q->pattern_count && !st; i++) {
        amqp_queue_bind(l->c, channel, name, amqp_cstring_bytes(l->options.exchange),
                        amqp_cstring_bytes(q->patterns[i]), amqp_empty_table);
        st = last(l, "bind a queue", f);
    }
    if (st)
        return st;
    amqp_queue_bind(l->c, channel, name, amqp_cstring_bytes(l->retry), name, amqp_empty_table);
    return last(l, "bind a queue", f);
}

lymph_status link_consume(rabbit_link *l, const link_queue *q, uint16_t *channel, failure *f)
{
    if (l->next_channel == CHANNEL_MAX)
        return failure_set(f, LYMPH_ELIMIT, "RabbitMQ allows %d channels on a connection", CHANNEL_MAX);
    uint16_t own = l->next_channel++;
    amqp_channel_open(l->c, own);
    lymph_status st = last(l, "open a channel", f);
    if (!st) {
        amqp_basic_qos(l->c, own, 0, q->prefetch, 0);
        st = last(l, "limit what is under way", f);
    }
    if (!st)
        st = declare_queue(l, own, q, f);
    if (!st) {
        char tag[16];
        snprintf(tag, sizeof tag, "lymph%u", own);
        amqp_basic_consume(l->c, own, amqp_cstring_bytes(q->name), amqp_cstring_bytes(tag), 0, 0, 0, amqp_empty_table);
        st = last(l, "consume a queue", f);
    }
    if (!st) {
        *channel = own;
    } else {
        confirm_closed(l, own);
        l->next_channel = own;
    }
    return st;
}

void link_cancel(rabbit_link *l, uint16_t channel)
{
    char tag[16];
    snprintf(tag, sizeof tag, "lymph%u", channel);
    amqp_basic_cancel(l->c, channel, amqp_cstring_bytes(tag));
    failure ignored;
    (void)last(l, "cancel a consumer", &ignored);
}

bool link_settle(rabbit_link *l, uint16_t channel, uint64_t tag, delivery_end end)
{
    int code = end == DELIVERY_DONE ? amqp_basic_ack(l->c, channel, tag, 0)
                                    : amqp_basic_reject(l->c, channel, tag, end == DELIVERY_RETURNED);
    return code == AMQP_STATUS_OK;
}

/* ---- what arrives ---- */

static char *copy(amqp_bytes_t b)
{
    char *text = malloc(b.len + 1);
    if (text) {
        if (b.len)
            memcpy(text, b.bytes, b.len);
        text[b.len] = '\0';
    }
    return text;
}

static void take_delivery(amqp_envelope_t *from, link_event *e)
{
    const amqp_basic_properties_t *p = &from->message.properties;
    e->kind = LINK_DELIVERY;
    e->channel = from->channel;
    e->tag = from->delivery_tag;
    e->redelivered = from->redelivered;
    e->routing_key = copy(from->routing_key);
    e->data = (uint8_t *)copy(from->message.body);
    e->size = from->message.body.len;
    if (p->_flags & AMQP_BASIC_CONTENT_TYPE_FLAG) {
        amqp_bytes_t type = p->content_type;
        e->json = (type.len >= 4 && memcmp((char *)type.bytes + type.len - 4, "json", 4) == 0);
    }
}

static void lost(rabbit_link *l, link_event *e, failure *f, amqp_bytes_t why)
{
    e->kind = LINK_LOST;
    failure_set(f, LYMPH_EBACKEND, "the connection to RabbitMQ at %s is lost: %.*s", l->options.address, (int)why.len,
                (char *)why.bytes);
}

static void take_method(rabbit_link *l, const amqp_frame_t *frame, link_event *e, failure *f)
{
    const amqp_method_t *m = &frame->payload.method;
    switch (m->id) {
    case AMQP_BASIC_ACK_METHOD:
        e->kind = LINK_CONFIRMED;
        e->tag = ((amqp_basic_ack_t *)m->decoded)->delivery_tag;
        e->multiple = ((amqp_basic_ack_t *)m->decoded)->multiple;
        break;
    case AMQP_BASIC_NACK_METHOD:
        e->kind = LINK_REFUSED;
        e->tag = ((amqp_basic_nack_t *)m->decoded)->delivery_tag;
        e->multiple = ((amqp_basic_nack_t *)m->decoded)->multiple;
        break;
    case AMQP_BASIC_CANCEL_METHOD:
        e->kind = LINK_CANCELLED;
        e->channel = frame->channel;
        break;
    case AMQP_CHANNEL_CLOSE_METHOD:
        lost(l, e, f, ((amqp_channel_close_t *)m->decoded)->reply_text);
        break;
    case AMQP_CONNECTION_CLOSE_METHOD:
        lost(l, e, f, ((amqp_connection_close_t *)m->decoded)->reply_text);
        break;
    default:
        e->kind = LINK_OTHER;
    }
}

void link_next(rabbit_link *l, link_event *e, failure *f)
{
    struct timeval now = {0, 0};
    amqp_envelope_t envelope;
    *e = (link_event){.kind = LINK_NOTHING};
    amqp_maybe_release_buffers(l->c);
    amqp_rpc_reply_t r = amqp_consume_message(l->c, &envelope, &now, 0);
    if (r.reply_type == AMQP_RESPONSE_NORMAL) {
        take_delivery(&envelope, e);
        amqp_destroy_envelope(&envelope);
        return;
    }
    if (r.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && r.library_error == AMQP_STATUS_TIMEOUT)
        return;
    if (r.reply_type != AMQP_RESPONSE_LIBRARY_EXCEPTION) { /* closed between a delivery's first frame and its last */
        lost(l, e, f, amqp_cstring_bytes("the server closed it"));
        return;
    }
    if (r.library_error != AMQP_STATUS_UNEXPECTED_STATE) {
        lost(l, e, f, amqp_cstring_bytes(amqp_error_string2(r.library_error)));
        return;
    }
    /* A frame that is no delivery. */
    amqp_frame_t frame;
    int code = amqp_simple_wait_frame_noblock(l->c, &frame, &now);
    if (code == AMQP_STATUS_OK && frame.frame_type == AMQP_FRAME_METHOD)
        take_method(l, &frame, e, f);
    else if (code == AMQP_STATUS_OK)
        e->kind = LINK_OTHER;
    else if (code != AMQP_STATUS_TIMEOUT)
        lost(l, e, f, amqp_cstring_bytes(amqp_error_string2(code)));
}
