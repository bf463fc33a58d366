#include "events/rabbitmq_thread.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "core/clock.h"
#include "fiber/inbox.h"

#define PAUSE_MIN_US   100000
#define PAUSE_MAX_US   5000000
#define EVENTS_AT_ONCE 200  /* taken from the connection before commands have a turn */
#define STOP_MS        2000 /* for what is under way at the end */
#define CUT_MS         1000 /* for what has been cut off to notice it */

typedef struct command_list {
    command *first, **end;
} command_list;

struct rabbit_thread {
    thread_options options;
    pthread_t thread;
    inbox inbox;
    letter stop;
    /* Held while the loop's things are touched (mailbox, log), which are gone once the thread is left to itself. */
    pthread_mutex_t gate;
    bool left, ended;
    int fd; /* of the connection: what cuts off a call that blocks; -1: none */
    /* The thread's own. */
    command_list waiting;     /* not begun: there is no connection */
    command_list unconfirmed; /* published, in the order of their tags */
    rabbit_queue *queues;     /* all that ever were */
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

/* ---- towards the loop ---- */

/* False: nobody is there any more; the letter is still ours. */
static bool post(rabbit_thread *t, letter *l)
{
    pthread_mutex_lock(&t->gate);
    bool there = !t->left;
    if (there)
        mailbox_post(t->options.mailbox, l);
    pthread_mutex_unlock(&t->gate);
    return there;
}

static void say(rabbit_thread *t, lymph_level level, const char *format, ...) LYMPH_PRINTF(3, 4);

static void say(rabbit_thread *t, lymph_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    pthread_mutex_lock(&t->gate);
    if (!t->left)
        log_vline(t->options.log, level, log_name, NULL, format, args);
    pthread_mutex_unlock(&t->gate);
    va_end(args);
}

/* Whoever may delete a queue may do so again and again. */
static void say_deleted(rabbit_thread *t, const char *name)
{
    pthread_mutex_lock(&t->gate);
    if (!t->left)
        log_complaint(t->options.log, LYMPH_WARNING, log_name, NULL, "deleted queues", slice_of(name),
                      "the queue %s was deleted; it is declared again", name);
    pthread_mutex_unlock(&t->gate);
}

static void answer(rabbit_thread *t, command *c, lymph_status st)
{
    c->status = st;
    c->letter.open = t->options.answered;
    if (!post(t, &c->letter))
        command_free(c);
}

static void fail_all(rabbit_thread *t, command_list *l, const char *why)
{
    for (command *c; (c = take_first(l));)
        answer(t, c, failure_set(&c->failure, LYMPH_EBACKEND, "%s", why));
}

/* ---- the connection ---- */

static void set_fd(rabbit_thread *t, int fd)
{
    pthread_mutex_lock(&t->gate);
    t->fd = fd;
    pthread_mutex_unlock(&t->gate);
}

static void close_connection(rabbit_thread *t)
{
    set_fd(t, -1);
    link_close(t->link);
    t->link = NULL;
    t->generation++;
    for (rabbit_queue *q = t->queues; q; q = q->next)
        q->channel = 0;
}

static void drop_connection(rabbit_thread *t)
{
    say(t, LYMPH_WARNING, "%s", t->lost.message);
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
    for (rabbit_queue *q = t->queues; q; q = q->next) {
        if (!q->wanted || q->channel || !link_consume(t->link, &q->declared, &q->channel, &t->lost))
            continue;
        if (!link_usable(t->link))
            return false;
        say(t, LYMPH_ERROR, "%s: no events from it for now", t->lost.message);
        t->next_repair_us = clock_now_us() + PAUSE_MAX_US;
    }
    return true;
}

static void try_to_connect(rabbit_thread *t)
{
    bool refused;
    t->link = link_open(&t->options.link, &refused, &t->lost);
    if (t->link)
        set_fd(t, link_fd(t->link));
    if (t->link && !consume_missing(t))
        close_connection(t);
    if (t->link) {
        say(t, LYMPH_INFO, "connected to RabbitMQ at %s", t->options.link.address);
        t->pause_us = PAUSE_MIN_US;
        return;
    }
    say(t, LYMPH_INFO, "%s", t->lost.message);
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
    rabbit_queue *q = c->queue;
    if (q->gone) {
        answer(t, c, LYMPH_ECANCELED);
        return;
    }
    lymph_status st = link_consume(t->link, &q->declared, &q->channel, &c->failure);
    if (st) {
        failed(t, c, st);
        return;
    }
    q->wanted = true;
    answer(t, c, LYMPH_OK);
}

static void connection_lost(rabbit_thread *t)
{
    failure_set(&t->lost, LYMPH_EBACKEND, "the connection to RabbitMQ at %s is lost", t->options.link.address);
    drop_connection(t);
}

static void unsubscribe(rabbit_thread *t, command *c)
{
    c->queue->wanted = false;
    c->queue->gone = true;
    if (t->link && c->queue->channel) {
        link_cancel(t->link, c->queue->channel);
        if (!link_usable(t->link))
            connection_lost(t);
    }
    answer(t, c, LYMPH_OK);
}

static void run(rabbit_thread *t, command *c)
{
    if (c->queue && !c->queue->listed) {
        c->queue->listed = true;
        c->queue->next = t->queues;
        t->queues = c->queue;
    }
    if (c->kind == COMMAND_UNSUBSCRIBE)
        unsubscribe(t, c);
    else if (!t->link)
        append(&t->waiting, c);
    else if (c->kind == COMMAND_PUBLISH)
        publish(t, c);
    else
        subscribe(t, c);
}

static void open_command(letter *l)
{
    command *c = (command *)l;
    run(c->thread, c);
}

/* Of an older connection: the broker has taken the message back already. */
static void open_settled(letter *l)
{
    arrival *a = (arrival *)l;
    rabbit_thread *t = a->thread;
    if (t->link && a->generation == t->generation && !link_settle(t->link, a->channel, a->tag, a->end))
        connection_lost(t);
    arrival_free(a);
}

static void open_stop(letter *l)
{
    rabbit_thread *t = (rabbit_thread *)((char *)l - offsetof(rabbit_thread, stop));
    t->stopping = true;
}

static void run_given(rabbit_thread *t)
{
    for (letter *l = inbox_take(&t->inbox), *next; l; l = next) {
        next = l->next;
        l->open(l);
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

static rabbit_queue *queue_on(rabbit_thread *t, uint16_t channel)
{
    rabbit_queue *q = t->queues;
    while (q && q->channel != channel)
        q = q->next;
    return q;
}

static void arrived(rabbit_thread *t, link_event *e)
{
    rabbit_queue *q = queue_on(t, e->channel);
    arrival *a = q && e->routing_key && e->data ? calloc(1, sizeof *a) : NULL;
    if (!a) { /* somebody else has the memory for it, or we have later */
        link_settle(t->link, e->channel, e->tag, DELIVERY_RETURNED);
        free(e->routing_key);
        free(e->data);
        return;
    }
    a->letter.open = t->options.arrived;
    a->thread = t;
    a->owner = q->owner;
    a->queue = q->queue;
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
    if (!post(t, &a->letter))
        arrival_free(a);
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
            rabbit_queue *q = queue_on(t, e.channel);
            say_deleted(t, q ? q->declared.name : "?");
            if (q)
                q->channel = 0;
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

/* Anything to have a connection for. */
static bool needed(const rabbit_thread *t)
{
    bool wanted = t->waiting.first != NULL;
    for (const rabbit_queue *q = t->queues; q && !wanted; q = q->next)
        wanted = q->wanted;
    return wanted;
}

static int64_t earliest_deadline(const rabbit_thread *t)
{
    int64_t at = clock_now_us() + (int64_t)t->options.link.heartbeat_s * 500000;
    for (const command *c = t->waiting.first; c; c = c->next)
        at = c->deadline_us < at ? c->deadline_us : at;
    if (t->unconfirmed.first && t->unconfirmed.first->deadline_us < at)
        at = t->unconfirmed.first->deadline_us;
    if (!t->link && needed(t) && t->next_try_us < at)
        at = t->next_try_us;
    if (t->link && t->next_repair_us < at)
        at = t->next_repair_us;
    return at;
}

static void wait(rabbit_thread *t, bool more)
{
    int64_t left = (earliest_deadline(t) - clock_now_us()) / 1000 + 1;
    struct pollfd fds[2] = {{.fd = inbox_fd(&t->inbox), .events = POLLIN},
                            {.fd = t->link ? link_fd(t->link) : -1, .events = POLLIN}};
    poll(fds, 2, more ? 0 : left < 0 ? 0 : left > 60000 ? 60000 : (int)left);
}

static void thread_free(rabbit_thread *t)
{
    while (t->queues) {
        rabbit_queue *q = t->queues;
        t->queues = q->next;
        rabbit_queue_free(q);
    }
    inbox_done(&t->inbox);
    pthread_mutex_destroy(&t->gate);
    link_options_free(&t->options.link);
    free(t);
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
        if (!t->link && needed(t) && clock_now_us() >= t->next_try_us)
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
    if (t->link) {
        link_leave(t->link);
        close_connection(t);
    }
    pthread_mutex_lock(&t->gate);
    bool left = t->left;
    t->ended = true;
    pthread_mutex_unlock(&t->gate);
    if (left)
        thread_free(t);
    return NULL;
}

lymph_status rabbit_thread_start(const thread_options *o, rabbit_thread **out, failure *f)
{
    rabbit_thread *t = calloc(1, sizeof *t);
    if (!t)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    t->options = *o;
    t->fd = -1;
    t->pause_us = PAUSE_MIN_US / 2;
    t->next_repair_us = INT64_MAX;
    t->stop.open = open_stop;
    pthread_mutex_init(&t->gate, NULL);
    list_init(&t->waiting);
    list_init(&t->unconfirmed);
    lymph_status st = link_options_copy(&o->link, &t->options.link, f);
    int code = inbox_init(&t->inbox) ? errno : 0;
    if (!st && !code)
        code = pthread_create(&t->thread, NULL, main_loop, t);
    if (!st && code)
        st = failure_set(f, LYMPH_ESYSTEM, "cannot start a thread: %s", strerror(code));
    if (st) {
        thread_free(t);
        return st;
    }
    *out = t;
    return LYMPH_OK;
}

void rabbit_thread_give(rabbit_thread *t, command *c)
{
    c->thread = t;
    c->letter.open = open_command;
    inbox_post(&t->inbox, &c->letter);
}

void rabbit_thread_settle(rabbit_thread *t, arrival *a, delivery_end end)
{
    a->end = end;
    a->letter.open = open_settled;
    inbox_post(&t->inbox, &a->letter);
}

static bool ends_within(rabbit_thread *t, int64_t ms)
{
    int64_t until = clock_now_us() + ms * 1000;
    struct timespec at = {until / 1000000, until % 1000000 * 1000};
    return pthread_clockjoin_np(t->thread, NULL, CLOCK_MONOTONIC, &at) == 0;
}

/* What blocks on the connection fails at once. */
static void cut_off(rabbit_thread *t)
{
    pthread_mutex_lock(&t->gate);
    if (t->fd >= 0)
        shutdown(t->fd, SHUT_RDWR);
    pthread_mutex_unlock(&t->gate);
}

/* False: it has ended by now. */
static bool leave(rabbit_thread *t)
{
    pthread_mutex_lock(&t->gate);
    t->left = !t->ended;
    if (t->left)
        pthread_detach(t->thread);
    pthread_mutex_unlock(&t->gate);
    return t->left;
}

void rabbit_thread_stop(rabbit_thread *t)
{
    if (!t)
        return;
    inbox_post(&t->inbox, &t->stop);
    if (!ends_within(t, STOP_MS)) {
        cut_off(t);
        if (!ends_within(t, CUT_MS)) {
            if (leave(t))
                return;
            pthread_join(t->thread, NULL);
        }
    }
    thread_free(t);
}
