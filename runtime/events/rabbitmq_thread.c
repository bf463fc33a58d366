#include "events/rabbitmq_thread.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/clock.h"

#define PAUSE_MIN_US   100000
#define PAUSE_MAX_US   5000000
#define EVENTS_AT_ONCE 200 /* taken from the connection before commands have a turn */

typedef struct command_list {
    command *first, **end;
} command_list;

struct rabbit_thread {
    thread_options options;
    pthread_t thread;
    pthread_mutex_t lock;
    command_list given; /* under the lock */
    bool stop_asked;    /* likewise */
    int wake;
    /* The thread's own. */
    command_list waiting;     /* not begun: there is no connection */
    command_list unconfirmed; /* published, in the order of their tags */
    consumer *consumers;
    rabbit_link *link;
    unsigned generation;
    failure lost; /* why there is no connection */
    int64_t next_try_us, pause_us;
    int64_t next_repair_us; /* when a queue is missing that should be consumed; else INT64_MAX */
    bool stopping;
};

static const char log_name[] = "lymph.events.rabbitmq";

/* ---- lists ---- */

static void list_init(command_list *l)
{
    l->first = NULL;
    l->end = &l->first;
}

static void append(command_list *l, command *c)
{
    c->next = NULL;
    *l->end = c;
    l->end = &c->next;
}

static command *take_first(command_list *l)
{
    command *c = l->first;
    if (c) {
        l->first = c->next;
        if (!l->first)
            l->end = &l->first;
    }
    return c;
}

/* ---- answers ---- */

static void answer(rabbit_thread *t, command *c, lymph_status st)
{
    c->status = st;
    mailbox_post(t->options.mailbox, &c->letter);
}

static void fail_all(rabbit_thread *t, command_list *l, const char *why)
{
    for (command *c; (c = take_first(l));)
        answer(t, c, failure_set(&c->failure, LYMPH_EBACKEND, "%s", why));
}

/* ---- the connection ---- */

static void close_connection(rabbit_thread *t)
{
    link_close(t->link, false);
    t->link = NULL;
    t->generation++;
    for (consumer *c = t->consumers; c; c = c->next)
        c->channel = 0;
}

static void drop_connection(rabbit_thread *t)
{
    log_line(t->options.log, LYMPH_WARNING, log_name, NULL, "%s", t->lost.message);
    close_connection(t);
    failure why;
    failure_set(&why, LYMPH_EBACKEND, "%.200s; the event may or may not have been taken", t->lost.message);
    fail_all(t, &t->unconfirmed, why.message);
    t->pause_us = PAUSE_MIN_US;
    t->next_try_us = clock_now_us() + t->pause_us;
}

/* Consumes what is wanted and not consumed. A queue that the server refuses is tried again later, the others go on.
 * False: the connection broke. */
static bool consume_missing(rabbit_thread *t)
{
    t->next_repair_us = INT64_MAX;
    for (consumer *c = t->consumers; c; c = c->next) {
        if (!c->wanted || c->channel || !link_consume(t->link, &c->declared, &c->channel, &t->lost))
            continue;
        if (!link_usable(t->link))
            return false;
        log_line(t->options.log, LYMPH_ERROR, log_name, NULL, "%s: no events from it for now", t->lost.message);
        t->next_repair_us = clock_now_us() + PAUSE_MAX_US;
    }
    return true;
}

static void try_to_connect(rabbit_thread *t)
{
    bool refused;
    t->link = link_open(&t->options.link, &refused, &t->lost);
    if (t->link && !consume_missing(t))
        close_connection(t);
    if (t->link) {
        log_line(t->options.log, LYMPH_INFO, log_name, NULL, "connected to RabbitMQ at %s:%d", t->options.link.host,
                 t->options.link.port);
        t->pause_us = PAUSE_MIN_US;
        return;
    }
    log_line(t->options.log, LYMPH_INFO, log_name, NULL, "%s", t->lost.message);
    if (refused)
        fail_all(t, &t->waiting, t->lost.message); /* waiting would not help */
    t->pause_us = 2 * t->pause_us < PAUSE_MAX_US ? 2 * t->pause_us : PAUSE_MAX_US;
    t->next_try_us = clock_now_us() + t->pause_us;
}

/* ---- commands ---- */

/* Answers a command that failed, or lets it wait for the next connection when this one broke under it. */
static void failed(rabbit_thread *t, command *c, lymph_status st)
{
    if (link_usable(t->link)) {
        answer(t, c, st);
        return;
    }
    t->lost = c->failure;
    append(&t->waiting, c);
    drop_connection(t);
}

static void publish(rabbit_thread *t, command *c)
{
    lymph_status st =
        link_publish(t->link, c->routing_key, c->queue_name, c->data, c->size, c->delay_ms, &c->tag, &c->failure);
    if (st)
        failed(t, c, st);
    else
        append(&t->unconfirmed, c);
}

static void subscribe(rabbit_thread *t, command *c)
{
    lymph_status st = link_consume(t->link, &c->consumer->declared, &c->consumer->channel, &c->failure);
    if (st) {
        failed(t, c, st);
        return;
    }
    c->consumer->wanted = true;
    c->consumer->next = t->consumers;
    t->consumers = c->consumer;
    answer(t, c, LYMPH_OK);
}

static void connection_lost(rabbit_thread *t)
{
    failure_set(&t->lost, LYMPH_EBACKEND, "the connection to RabbitMQ at %s:%d is lost", t->options.link.host,
                t->options.link.port);
    drop_connection(t);
}

static void unsubscribe(rabbit_thread *t, command *c)
{
    c->consumer->wanted = false;
    if (t->link && c->consumer->channel) {
        link_cancel(t->link, c->consumer->channel);
        if (!link_usable(t->link))
            connection_lost(t);
    }
    answer(t, c, LYMPH_OK);
}

static void settle(rabbit_thread *t, command *c)
{
    /* Of an older connection: the broker has taken the message back already. */
    if (t->link && c->generation == t->generation && !link_settle(t->link, c->channel, c->tag, c->end))
        connection_lost(t);
    answer(t, c, LYMPH_OK);
}

static void run(rabbit_thread *t, command *c)
{
    switch (c->kind) {
    case COMMAND_SETTLE:
        settle(t, c);
        break;
    case COMMAND_UNSUBSCRIBE:
        unsubscribe(t, c);
        break;
    default:
        if (!t->link)
            append(&t->waiting, c);
        else if (c->kind == COMMAND_PUBLISH)
            publish(t, c);
        else
            subscribe(t, c);
    }
}

static void run_given(rabbit_thread *t)
{
    command_list l;
    uint64_t count;
    while (read(t->wake, &count, sizeof count) < 0 && errno == EINTR)
        ;
    pthread_mutex_lock(&t->lock);
    l.first = t->given.first;
    list_init(&t->given);
    t->stopping = t->stop_asked;
    pthread_mutex_unlock(&t->lock);
    while (l.first) {
        command *c = l.first;
        l.first = c->next;
        run(t, c);
    }
}

static void run_waiting(rabbit_thread *t)
{
    command *c = t->waiting.first;
    list_init(&t->waiting);
    while (c) {
        command *next = c->next;
        run(t, c); /* back onto the list if the connection is lost again */
        c = next;
    }
}

static void expire(rabbit_thread *t, command_list *l, const char *why)
{
    int64_t now = clock_now_us();
    command *c = l->first;
    list_init(l);
    while (c) {
        command *next = c->next;
        if (now >= c->deadline_us)
            answer(t, c, failure_set(&c->failure, LYMPH_EBACKEND, "%s", why));
        else
            append(l, c);
        c = next;
    }
}

/* ---- what arrives ---- */

static void confirmed(rabbit_thread *t, const link_event *e)
{
    command *c = t->unconfirmed.first;
    list_init(&t->unconfirmed);
    while (c) {
        command *next = c->next;
        if (c->tag == e->tag || (e->multiple && c->tag < e->tag))
            answer(t, c,
                   e->kind == LINK_CONFIRMED
                       ? LYMPH_OK
                       : failure_set(&c->failure, LYMPH_EBACKEND, "RabbitMQ could not take the event"));
        else
            append(&t->unconfirmed, c);
        c = next;
    }
}

static consumer *consumer_of(rabbit_thread *t, uint16_t channel)
{
    consumer *c = t->consumers;
    while (c && c->channel != channel)
        c = c->next;
    return c;
}

static void arrived(rabbit_thread *t, link_event *e)
{
    consumer *c = consumer_of(t, e->channel);
    arrival *a = c && e->routing_key && e->data ? calloc(1, sizeof *a) : NULL;
    if (!a) {
        link_settle(t->link, e->channel, e->tag, DELIVERY_RETURNED);
        free(e->routing_key);
        free(e->data);
        return;
    }
    a->letter.open = t->options.arrived;
    a->consumer = c;
    a->generation = t->generation;
    a->channel = e->channel;
    a->tag = e->tag;
    a->routing_key = e->routing_key;
    a->data = e->data;
    a->d = (delivery){.routing_key = a->routing_key,
                      .data = a->data,
                      .size = e->size,
                      .json = e->json,
                      .redelivered = e->redelivered};
    mailbox_post(t->options.mailbox, &a->letter);
}

/* True: there may be more. */
static bool take_events(rabbit_thread *t)
{
    for (int i = 0; i < EVENTS_AT_ONCE && t->link; i++) {
        link_event e;
        link_next(t->link, &e, &t->lost);
        switch (e.kind) {
        case LINK_NOTHING:
            return false;
        case LINK_OTHER:
            break;
        case LINK_DELIVERY:
            arrived(t, &e);
            break;
        case LINK_CONFIRMED:
        case LINK_REFUSED:
            confirmed(t, &e);
            break;
        case LINK_CANCELLED: {
            consumer *c = consumer_of(t, e.channel);
            log_line(t->options.log, LYMPH_WARNING, log_name, NULL, "the queue %s was deleted; it is declared again",
                     c ? c->declared.name : "?");
            if (c)
                c->channel = 0;
            t->next_repair_us = 0;
            break;
        }
        case LINK_LOST:
            drop_connection(t);
        }
    }
    return t->link != NULL;
}

/* ---- the thread ---- */

static int64_t earliest_deadline(const rabbit_thread *t)
{
    int64_t at = clock_now_us() + (int64_t)t->options.link.heartbeat_s * 500000;
    for (const command *c = t->waiting.first; c; c = c->next)
        at = c->deadline_us < at ? c->deadline_us : at;
    if (t->unconfirmed.first && t->unconfirmed.first->deadline_us < at)
        at = t->unconfirmed.first->deadline_us;
    if (!t->link && (t->waiting.first || t->consumers) && t->next_try_us < at)
        at = t->next_try_us;
    if (t->link && t->next_repair_us < at)
        at = t->next_repair_us;
    return at;
}

static void wait(rabbit_thread *t, bool more)
{
    int64_t left = (earliest_deadline(t) - clock_now_us()) / 1000 + 1;
    struct pollfd fds[2] = {{.fd = t->wake, .events = POLLIN},
                            {.fd = t->link ? link_fd(t->link) : -1, .events = POLLIN}};
    poll(fds, 2, more ? 0 : left < 0 ? 0 : left > 60000 ? 60000 : (int)left);
}

static void *main_loop(void *arg)
{
    rabbit_thread *t = arg;
    bool more = false;
    for (;;) {
        wait(t, more);
        run_given(t);
        if (t->stopping)
            break;
        expire(t, &t->waiting, t->lost.message[0] ? t->lost.message : "RabbitMQ does not answer");
        if (!t->link && (t->waiting.first || t->consumers) && clock_now_us() >= t->next_try_us)
            try_to_connect(t);
        if (t->link && t->waiting.first)
            run_waiting(t);
        if (t->link && clock_now_us() >= t->next_repair_us && !consume_missing(t))
            drop_connection(t);
        more = t->link && take_events(t);
        expire(t, &t->unconfirmed, "RabbitMQ does not confirm the event; it may or may not have been taken");
    }
    fail_all(t, &t->waiting, "the event system is closed");
    fail_all(t, &t->unconfirmed, "the event system was closed before RabbitMQ confirmed the event");
    link_close(t->link, true);
    t->link = NULL;
    return NULL;
}

lymph_status rabbit_thread_start(const thread_options *o, rabbit_thread **out, failure *f)
{
    rabbit_thread *t = calloc(1, sizeof *t);
    if (!t)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    t->options = *o;
    t->pause_us = PAUSE_MIN_US / 2;
    t->next_repair_us = INT64_MAX;
    pthread_mutex_init(&t->lock, NULL);
    list_init(&t->given);
    list_init(&t->waiting);
    list_init(&t->unconfirmed);
    t->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int code = t->wake < 0 ? errno : pthread_create(&t->thread, NULL, main_loop, t);
    if (code) {
        if (t->wake >= 0)
            close(t->wake);
        pthread_mutex_destroy(&t->lock);
        free(t);
        return failure_set(f, LYMPH_ESYSTEM, "cannot start a thread: %s", strerror(code));
    }
    *out = t;
    return LYMPH_OK;
}

static void wake(rabbit_thread *t)
{
    while (write(t->wake, &(uint64_t){1}, sizeof(uint64_t)) < 0 && errno == EINTR)
        ;
}

void rabbit_thread_give(rabbit_thread *t, command *c)
{
    c->letter.open = t->options.answered;
    pthread_mutex_lock(&t->lock);
    append(&t->given, c);
    pthread_mutex_unlock(&t->lock);
    wake(t);
}

void rabbit_thread_stop(rabbit_thread *t)
{
    if (!t)
        return;
    pthread_mutex_lock(&t->lock);
    t->stop_asked = true;
    pthread_mutex_unlock(&t->lock);
    wake(t);
    pthread_join(t->thread, NULL);
    fail_all(t, &t->given, "the event system is closed");
    close(t->wake);
    pthread_mutex_destroy(&t->lock);
    free(t);
}
