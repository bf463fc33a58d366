/* rabbitmq.c: the event system on RabbitMQ: the loop's side. One thread and one connection serve publications, which
 * are pipelined and confirmed, and all queues, each on a channel of its own (rabbitmq_thread.c). */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "config.lymph.h"
#include "config/decode.h"
#include "core/clock.h"
#include "events/amqp_url.h"
#include "events/rabbitmq_thread.h"

#define SLACK_US 1000000 /* beyond a command's deadline: the thread tells more about what went wrong */

typedef struct rabbit {
    events *events;
    rabbit_thread *thread; /* started with the first command */
    mailbox *mailbox;
    link_options link; /* texts are its own */
    int64_t timeout_us;
    command *parked; /* those that somebody waits for */
    bool stopped;    /* nothing waits any more */
    bool closing;    /* nor does the thread take anything */
} rabbit;

static void settle(rabbit *b, arrival *a, delivery_end end)
{
    if (b->closing)
        arrival_free(a); /* the broker takes it back when the connection ends */
    else
        rabbit_thread_settle(b->thread, a, end);
}

static void message_arrived(letter *l)
{
    arrival *a = (arrival *)l;
    rabbit *b = a->owner;
    queue *q = a->queue;
    if (b->closing || !q->active_state) {
        settle(b, a, DELIVERY_RETURNED); /* unsubscribed meanwhile: somebody else may want it */
        return;
    }
    a->d.queue = q;
    a->d.arg = q->options.arg;
    q->options.deliver(&a->d);
}

/* ---- commands ---- */

static void unpark(rabbit *b, command *c)
{
    if (!c->parked_link)
        return;
    *c->parked_link = c->parked;
    if (c->parked)
        c->parked->parked_link = c->parked_link;
    c->parked_link = NULL;
}

static void park(rabbit *b, command *c)
{
    c->parked = b->parked;
    c->parked_link = &b->parked;
    if (c->parked)
        c->parked->parked_link = &c->parked;
    b->parked = c;
}

static void command_answered(letter *l)
{
    command *c = (command *)l;
    rabbit *b = c->owner;
    if (c->abandoned)
        command_free(c);
    else
        loop_wake(events_loop(b->events), &c->w);
}

static lymph_status need_thread(rabbit *b, failure *f)
{
    if (b->stopped)
        return failure_set(f, LYMPH_ECANCELED, "the event system is closed");
    if (b->thread)
        return LYMPH_OK;
    thread_options o = {
        .link = b->link,
        .mailbox = b->mailbox,
        .log = events_log(b->events),
        .answered = command_answered,
        .arrived = message_arrived,
    };
    return rabbit_thread_start(&o, &b->thread, f);
}

/* Hands a command to the thread and waits for its end. Takes it over. */
static lymph_status execute(rabbit *b, command *c, failure *f)
{
    c->owner = b;
    c->deadline_us = clock_now_us() + b->timeout_us;
    park(b, c);
    rabbit_thread_give(b->thread, c);
    lymph_status st = loop_wait(events_loop(b->events), &c->w, c->deadline_us + SLACK_US);
    unpark(b, c);
    if (st || c->canceled) {
        c->abandoned = true; /* the thread has it still */
        return c->canceled ? failure_set(f, LYMPH_ECANCELED, "the container has stopped")
                           : failure_set(f, LYMPH_EBACKEND, "RabbitMQ at %s does not answer", b->link.address);
    }
    st = c->status;
    if (st)
        failure_set(f, st, "%s", c->failure.message);
    command_free(c);
    return st;
}

static lymph_status rabbit_publish(void *state, const char *routing_key, const char *queue_name, const void *data,
                                   size_t size, int64_t delay_ms, failure *f)
{
    lymph_status st = need_thread(state, f);
    if (st)
        return st;
    command *c = calloc(1, sizeof *c + size);
    if (!c)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    c->kind = COMMAND_PUBLISH;
    c->routing_key = strdup(routing_key);
    c->queue_name = queue_name ? strdup(queue_name) : NULL;
    c->delay_ms = delay_ms;
    c->size = size;
    if (size)
        memcpy(c->data, data, size);
    if (!c->routing_key || (queue_name && !c->queue_name)) {
        command_free(c);
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    }
    return execute(state, c, f);
}

/* Does not wait: what arrives until the server has heard of it is given back. */
static void rabbit_unsubscribe(void *state, queue *q)
{
    rabbit *b = state;
    rabbit_queue *own = q->active_state;
    command *c = own->unsubscribe;
    if (!c || b->closing)
        return;
    own->unsubscribe = NULL;
    c->owner = b;
    c->abandoned = true;
    rabbit_thread_give(b->thread, c);
}

static lymph_status rabbit_subscribe(void *state, queue *q, failure *f)
{
    rabbit *b = state;
    lymph_status st = need_thread(b, f);
    if (st)
        return st;
    command *c = calloc(1, sizeof *c);
    rabbit_queue *own = c ? rabbit_queue_new(&q->options) : NULL;
    if (!own) {
        free(c);
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    }
    own->owner = b;
    own->queue = q;
    c->kind = COMMAND_SUBSCRIBE;
    c->queue = own;
    q->active_state = own; /* messages may arrive before the answer */
    st = execute(b, c, f);
    if (st) {
        rabbit_unsubscribe(b, q); /* if only its answer was late, the thread must not go on with it */
        q->active_state = NULL;
    }
    return st;
}

static void rabbit_settle(void *state, delivery *d, delivery_end end)
{
    settle(state, (arrival *)((char *)d - offsetof(arrival, d)), end);
}

static void rabbit_stop(void *state)
{
    rabbit *b = state;
    b->stopped = true;
    for (command *c; (c = b->parked);) {
        unpark(b, c);
        c->canceled = true;
        loop_wake(events_loop(b->events), &c->w);
    }
}

/* ---- opening and closing ---- */

/* `hostname` as a URL says more than the host; what it says goes before the other keys. */
static lymph_status take_url(arena *a, const char *text, link_options *o, failure *f)
{
    amqp_url url;
    lymph_status st = amqp_url_parse(a, text, &url, f);
    if (st)
        return st;
    o->host = url.host ? url.host : "127.0.0.1";
    o->port = url.port ? url.port : o->port;
    o->user = url.user ? url.user : o->user;
    o->password = url.password ? url.password : o->password;
    o->vhost = url.vhost ? url.vhost : o->vhost;
    o->address = arena_printf(a, strchr(o->host, ':') ? "[%s]:%d" : "%s:%d", o->host, o->port);
    return o->address ? LYMPH_OK : failure_set(f, LYMPH_ENOMEM, "out of memory");
}

/* The first of the two names that a key has, ours or the original's. */
static const char *either(const char *one, const char *other, const char *preset)
{
    return one ? one : other ? other : preset;
}

static lymph_status read_options(rabbit *b, arena *a, const config_node *section, failure *f)
{
    config_Rabbitmq s;
    lymph_status st = config_decode(section, &config_Rabbitmq_record, a, &s, events_log(b->events), f);
    if (st)
        return st;
    if (s.ssl) {
        const config_node *n = config_get(section, "ssl");
        return failure_set(f, LYMPH_ECONFIG, "%s:%u:%u: ssl is not supported yet", n->file, n->line, n->column);
    }
    b->timeout_us = (int64_t)(s.timeout * 1e6);
    link_options o = {
        .port = s.port,
        .user = either(s.userid, s.user, "guest"),
        .password = s.password,
        .vhost = either(s.virtual_host, s.vhost, "/"),
        .exchange = s.exchange,
        .heartbeat_s = (int)s.heartbeat,
        .timeout_ms =
            (int)(b->timeout_us / 2000) + 1, /* of one step: a try ends before the command that waits for it */
    };
    st = take_url(a, either(s.hostname, s.host, "127.0.0.1"), &o, f);
    return st ? st : link_options_copy(&o, &b->link, f);
}

static void rabbit_close(void *state)
{
    rabbit *b = state;
    rabbit_stop(b); /* what is resumed now must not go on */
    b->closing = true;
    rabbit_thread_stop(b->thread);
    mailbox_free(b->mailbox);
    link_options_free(&b->link);
    free(b);
}

static lymph_status rabbit_open(events *e, const config_node *section, void **state, failure *f)
{
    rabbit *b = calloc(1, sizeof *b);
    if (!b)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    b->events = e;
    arena a;
    arena_init(&a);
    lymph_status st = read_options(b, &a, section, f);
    arena_done(&a);
    if (!st && !(b->mailbox = mailbox_new(events_loop(e))))
        st = failure_set(f, LYMPH_ENOMEM, "out of memory");
    if (st) {
        rabbit_close(b);
        return st;
    }
    *state = b;
    return LYMPH_OK;
}

const events_backend events_rabbitmq = {
    .name = "rabbitmq",
    .open = rabbit_open,
    .publish = rabbit_publish,
    .subscribe = rabbit_subscribe,
    .unsubscribe = rabbit_unsubscribe,
    .settle = rabbit_settle,
    .stop = rabbit_stop,
    .close = rabbit_close,
};
