/* rabbitmq.c: the event system on RabbitMQ: the loop's side. One thread and one connection serve publications, which
 * are pipelined and confirmed, and all queues, each on a channel of its own (rabbitmq_thread.c). */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "events/rabbitmq_thread.h"

#define SLACK_US 20000000 /* beyond a command's deadline: the thread may be inside a call that blocks */

typedef struct rabbit {
    events *events;
    rabbit_thread *thread; /* started with the first command */
    mailbox *mailbox;
    link_options link; /* texts are its own */
    int64_t timeout_us;
    consumer *consumers; /* all that ever were: freed when the thread has ended */
    bool closing;
} rabbit;

static void command_free(command *c)
{
    free(c->routing_key);
    free(c->queue_name);
    free(c);
}

static void command_answered(letter *l)
{
    command *c = (command *)l;
    rabbit *b = c->owner;
    c->done = true;
    if (c->abandoned || c->kind == COMMAND_SETTLE)
        command_free(c);
    else
        loop_wake(events_loop(b->events), &c->w);
}

static void settle(rabbit *b, arrival *a, delivery_end end)
{
    command *c = b->closing ? NULL : calloc(1, sizeof *c);
    if (c) { /* else the broker takes it back when the connection ends */
        c->kind = COMMAND_SETTLE;
        c->owner = b;
        c->generation = a->generation;
        c->channel = a->channel;
        c->tag = a->tag;
        c->end = end;
        rabbit_thread_give(b->thread, c);
    }
    free(a->routing_key);
    free(a->data);
    free(a);
}

static void message_arrived(letter *l)
{
    arrival *a = (arrival *)l;
    rabbit *b = a->consumer->owner;
    queue *q = a->consumer->queue;
    if (b->closing || !q->active_state) {
        settle(b, a, DELIVERY_RETURNED); /* unsubscribed meanwhile: somebody else may want it */
        return;
    }
    a->d.queue = q;
    a->d.arg = q->options.arg;
    q->options.deliver(&a->d);
}

/* ---- commands ---- */

static lymph_status need_thread(rabbit *b, failure *f)
{
    if (b->closing)
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
    lymph_status st = need_thread(b, f);
    if (st) {
        command_free(c);
        return st;
    }
    c->owner = b;
    c->deadline_us = clock_now_us() + b->timeout_us;
    rabbit_thread_give(b->thread, c);
    st = loop_wait(events_loop(b->events), &c->w, c->deadline_us + SLACK_US);
    if (st) {
        c->abandoned = true;
        return failure_set(f, LYMPH_EBACKEND, "RabbitMQ at %s:%d does not answer", b->link.host, b->link.port);
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

static command *unsubscription(consumer *own)
{
    command *c = calloc(1, sizeof *c);
    if (c) {
        c->kind = COMMAND_UNSUBSCRIBE;
        c->consumer = own;
    }
    return c;
}

/* A subscription failed: if only its answer was late, the thread must not go on with it. */
static void give_up(rabbit *b, consumer *own)
{
    command *c = b->thread ? unsubscription(own) : NULL;
    if (!c)
        return;
    c->owner = b;
    c->abandoned = true;
    rabbit_thread_give(b->thread, c);
}

static lymph_status rabbit_subscribe(void *state, queue *q, failure *f)
{
    rabbit *b = state;
    const queue_options *o = &q->options;
    command *c = calloc(1, sizeof *c);
    consumer *own = calloc(1, sizeof *own);
    if (!c || !own) {
        free(c);
        free(own);
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    }
    own->owner = b;
    own->queue = q;
    own->sibling = b->consumers;
    b->consumers = own;
    own->declared = (link_queue){
        .name = o->name,
        .patterns = o->patterns,
        .pattern_count = o->pattern_count,
        .broadcast = o->broadcast,
        .prefetch = (uint16_t)(o->prefetch < UINT16_MAX ? o->prefetch : UINT16_MAX),
    };
    c->kind = COMMAND_SUBSCRIBE;
    c->consumer = own;
    q->active_state = own; /* messages may arrive before the answer */
    lymph_status st = execute(b, c, f);
    if (st) {
        q->active_state = NULL;
        give_up(b, own);
    }
    return st;
}

static void rabbit_unsubscribe(void *state, queue *q)
{
    command *c = unsubscription(q->active_state);
    failure ignored;
    if (c)
        (void)execute(state, c, &ignored);
}

static void rabbit_settle(void *state, delivery *d, delivery_end end)
{
    settle(state, (arrival *)((char *)d - offsetof(arrival, d)), end);
}

/* ---- opening and closing ---- */

static void warn(void *arg, const char *text)
{
    log_line(arg, LYMPH_WARNING, "lymph.config", NULL, "%s", text);
}

static lymph_status read_options(rabbit *b, const config_node *section, failure *f)
{
    const char *transport = "amqp", *host = "127.0.0.1", *user = "guest", *password = "guest", *vhost = "/",
               *exchange = "lymph";
    long port = 5672, heartbeat = 10;
    double timeout = 10;
    bool ssl = false;
    const struct {
        const char *key;
        const char **out;
    } texts[] = {{"transport", &transport}, {"host", &host},          {"hostname", &host},
                 {"user", &user},           {"userid", &user},        {"password", &password},
                 {"vhost", &vhost},         {"virtual_host", &vhost}, {"exchange", &exchange}};
    lymph_status st = LYMPH_OK;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && !st; i++)
        st = config_text(section, texts[i].key, texts[i].out, f);
    if (!st)
        st = config_int(section, "port", 1, 65535, &port, f);
    if (!st)
        st = config_int(section, "heartbeat", 1, 3600, &heartbeat, f);
    if (!st)
        st = config_number(section, "timeout", &timeout, f);
    if (!st)
        st = config_bool(section, "ssl", &ssl, f);
    if (st)
        return st;
    if (strcmp(transport, "amqp") != 0 && strcmp(transport, "pyamqp") != 0)
        return failure_set(f, LYMPH_ECONFIG, "container.events.transport '%s' is not supported; there is 'amqp'",
                           transport);
    if (ssl)
        return failure_set(f, LYMPH_ECONFIG, "container.events.ssl is not supported yet");
    b->timeout_us = (int64_t)((timeout < 3600 ? timeout : 3600) * 1e6);
    b->link = (link_options){
        .host = strdup(host),
        .port = (int)port,
        .user = strdup(user),
        .password = strdup(password),
        .vhost = strdup(vhost),
        .exchange = strdup(exchange),
        .heartbeat_s = (int)heartbeat,
        .timeout_ms =
            (int)(b->timeout_us / 2000) + 1, /* of one step: a try ends before the command that waits for it */
    };
    const link_options *o = &b->link;
    return o->host && o->user && o->password && o->vhost && o->exchange ? LYMPH_OK
                                                                        : failure_set(f, LYMPH_ENOMEM, "out of memory");
}

static void rabbit_close(void *state)
{
    rabbit *b = state;
    b->closing = true; /* what is resumed by the answers that come now must not go on */
    rabbit_thread_stop(b->thread);
    b->thread = NULL;
    mailbox_free(b->mailbox);
    while (b->consumers) {
        consumer *c = b->consumers;
        b->consumers = c->sibling;
        free(c);
    }
    free((char *)b->link.host);
    free((char *)b->link.user);
    free((char *)b->link.password);
    free((char *)b->link.vhost);
    free((char *)b->link.exchange);
    free(b);
}

static lymph_status rabbit_open(events *e, const config_node *section, void **state, failure *f)
{
    static const char *const keys[] = {"class",   "transport", "hostname",     "host",  "port",     "userid",
                                       "user",    "password",  "virtual_host", "vhost", "exchange", "heartbeat",
                                       "timeout", "ssl",       "serializer",   NULL};
    config_check_keys(section, keys, warn, events_log(e));
    rabbit *b = calloc(1, sizeof *b);
    if (!b)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    b->events = e;
    lymph_status st = read_options(b, section, f);
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
    .close = rabbit_close,
};
