/* store.c: the embedded event system, on queues of the embedded store (store/queues.h).
 *
 * An emit is a job that puts its event into the queues that get it, and waits for its commit. The store's thread claims
 * for each consumer what it has room for, when it is poked or room comes, and by itself while events come; and sends it
 * to the loop. Settling is a job that is tried until it holds. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "events/queue.h"
#include "events/store_routes.h"
#include "store/queues.h"
#include "store/store.h"

#define CLAIM_MAX 64                 /* at once, so that several consumers share a burst */
#define BYTES_MAX ((size_t)64 << 20) /* of deliveries under way: above it one at a time */
#define PACE_US   500                /* between two looks into a queue while events come */
#define RETRY_US  500000             /* after the store could not be read */

typedef struct backend backend;
typedef struct consumer consumer;

/* One message on its way to the loop, and later its settling. */
typedef struct arrival {
    store_job job; /* first */
    delivery d;
    struct arrival *next; /* of those that are claimed in one transaction */
    consumer *consumer;
    int64_t id;
    unsigned generation;
    bool back, counted;
    char *type; /* behind the data */
    uint8_t data[];
} arrival;

/* One subscribed queue. Lives until the event system is closed. */
struct consumer {
    consumer *next; /* the loop's */
    backend *backend;
    queue *queue;
    atomic_bool wanted;
    store_job leave;
    /* the thread's */
    consumer *active_next;
    bool active;
    int64_t id, due_us; /* `due_us`: when it looks into its queue again by itself; 0: at once */
    unsigned generation;
    uint32_t under_way;
    size_t bytes;
    arrival *taken, **taken_end;
};

struct backend {
    store_listener listener; /* first: found from it */
    events *events;
    store *store;
    consumer *consumers;
    bool stopped, subscribed; /* `subscribed`: at least once, so that events may be ours */
    store_job closing;
    /* the thread's */
    store_worker worker;
    bool working; /* the worker is known to the store */
    consumer *active;
    routes routes;
};

static const char log_name[] = "lymph.local";

static int64_t wall_ms(void)
{
    return (int64_t)(clock_wall() * 1000);
}

/* ---- publishing ---- */

typedef struct publication {
    store_job job; /* first */
    backend *backend;
    const char *queue_name;
    queue_put put;
} publication;

static void tell_overflow(store_tx *tx, int64_t id)
{
    sqlite3_stmt *q = db_prepare(tx->db, "SELECT name FROM queue WHERE id = ?", NULL);
    if (!q)
        return;
    sqlite3_bind_int64(q, 1, id);
    const char *name = db_step(tx->db, q, NULL) > 0 ? (const char *)sqlite3_column_text(q, 0) : NULL;
    if (name)
        log_complaint(tx->log, LYMPH_WARNING, log_name, NULL, "full queues", slice_of(name),
                      "queue %s is full, its consumer is too slow: it drops its oldest events", name);
    db_done(q);
}

static lymph_status poke_consumers(store_tx *tx, int64_t id, failure *f)
{
    sqlite3_stmt *q = db_prepare(tx->db, "SELECT member FROM consumer WHERE queue = ?", f);
    if (!q)
        return LYMPH_EBACKEND;
    sqlite3_bind_int64(q, 1, id);
    int row;
    while ((row = db_step(tx->db, q, f)) > 0)
        members_poke(tx->members, sqlite3_column_int64(q, 0), STORE_EVENTS);
    db_done(q);
    return row < 0 ? LYMPH_EBACKEND : LYMPH_OK;
}

static lymph_status put(store_tx *tx, int64_t id, queue_put *p, failure *f)
{
    p->poke = p->overflow = false;
    lymph_status st = queues_put(tx->db, id, p, f);
    if (!st && p->overflow)
        tell_overflow(tx, id);
    return st || !p->poke ? st : poke_consumers(tx, id, f);
}

static lymph_status run_publication(store_job *j, store_tx *tx, failure *f)
{
    publication *p = (publication *)j;
    lymph_status st;
    if (p->queue_name) {
        int64_t id = 0;
        st = db_get(tx->db, f, &id, 0, "SELECT id FROM queue WHERE name = ?", "t", p->queue_name);
        return st || !id ? st : put(tx, id, &p->put, f);
    }
    const route *r = NULL;
    st = routes_find(&p->backend->routes, tx->db, p->put.type, &r, f);
    for (size_t i = 0; !st && i < r->count; i++)
        st = put(tx, r->queues[i], &p->put, f);
    return st;
}

static lymph_status backend_publish(void *state, const char *type, const char *queue_name, const void *data,
                                    size_t size, int64_t delay_ms, failure *f)
{
    backend *b = state;
    if (b->stopped)
        return failure_set(f, LYMPH_ECANCELED, "the event system is stopped");
    publication p = {.job.run = run_publication,
                     .backend = b,
                     .queue_name = queue_name,
                     .put = {.type = type, .data = data, .size = size, .due_ms = delay_ms ? wall_ms() + delay_ms : 0}};
    return store_do(b->store, &p.job, f);
}

/* ---- settling ---- */

static void arrival_done(store_job *j)
{
    free(j);
}

static bool has_room(const consumer *c)
{
    return c->under_way < c->queue->options.prefetch && c->bytes < BYTES_MAX;
}

/* Room first, and once: it does not matter when the rest is rolled back and tried again. */
static void make_room(arrival *a)
{
    consumer *c = a->consumer;
    if (a->counted || a->generation != c->generation)
        return;
    a->counted = true;
    bool full = !has_room(c);
    c->under_way--;
    c->bytes -= a->d.size;
    int64_t due = c->due_us ? c->due_us : 1;
    if (full && due < c->backend->worker.due_us)
        c->backend->worker.due_us = due;
}

static lymph_status run_settling(store_job *j, store_tx *tx, failure *f)
{
    arrival *a = (arrival *)j;
    bool wake = false;
    make_room(a);
    if (a->generation != tx->generation)
        return LYMPH_OK; /* the message is lost, or another one has its number */
    lymph_status st = queues_settle(tx->db, a->id, a->d.size, tx->members->id, a->back, &wake, f);
    return st || !wake ? st : poke_consumers(tx, queues_of(a->id), f);
}

static void settle(arrival *a, delivery_end end)
{
    a->back = end == DELIVERY_RETURNED;
    a->job = (store_job){.run = run_settling, .done = arrival_done, .keep = true};
    a->job.lazy = a->consumer->queue->options.prefetch > 1; /* else the next event waits for it */
    store_give(a->consumer->backend->store, &a->job);
}

static void backend_settle(void *state, delivery *d, delivery_end end)
{
    settle((arrival *)((char *)d - offsetof(arrival, d)), end);
}

/* ---- consuming: the thread ---- */

static void arrived(letter *l)
{
    arrival *a = (arrival *)l;
    consumer *c = a->consumer;
    if (c->backend->stopped || !atomic_load(&c->wanted))
        settle(a, DELIVERY_RETURNED); /* unsubscribed meanwhile: somebody else may want it */
    else
        c->queue->options.deliver(&a->d);
}

static lymph_status take(void *arg, const queue_entry *e, failure *f)
{
    consumer *c = arg;
    size_t type_size = strlen(e->type) + 1;
    arrival *a = malloc(sizeof *a + e->size + type_size);
    if (!a)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    *a = (arrival){.job.letter.open = arrived, .consumer = c, .id = e->id, .generation = c->generation};
    memcpy(a->data, e->data, e->size);
    a->type = memcpy(a->data + e->size, e->type, type_size);
    a->d = (delivery){.queue = c->queue,
                      .routing_key = a->type,
                      .data = a->data,
                      .size = e->size,
                      .redelivered = e->redelivered,
                      .arg = c->queue->options.arg};
    *c->taken_end = a;
    c->taken_end = &a->next;
    return LYMPH_OK;
}

/* When to look again. While events come it looks by itself, for several at once: a poke for each would cost as much as
 * the event. What has found nothing waits for one. */
static int64_t next_look(const queue_claim *q, int64_t now_us)
{
    if (q->found)
        return q->empty ? now_us + PACE_US : 0;
    return q->due_ms ? now_us + (q->due_ms - wall_ms()) * 1000 + 1000 : WAIT_FOREVER;
}

static lymph_status claim(consumer *c, store_tx *tx, int64_t now_us, failure *f)
{
    uint32_t room = c->queue->options.prefetch - c->under_way;
    queue_claim q = {.queue = c->id,
                     .member = tx->members->id,
                     .count = room < CLAIM_MAX ? room : CLAIM_MAX,
                     .returns = true,
                     .each = take,
                     .arg = c};
    c->taken_end = &c->taken;
    lymph_status st = queues_claim(tx->db, &q, f);
    if (st)
        return st;
    c->due_us = next_look(&q, now_us);
    if (q.dropped)
        log_complaint(tx->log, LYMPH_WARNING, log_name, NULL, "dropped events", slice_of(c->queue->options.name),
                      "queue %s has dropped %lld events: its consumer was too slow", c->queue->options.name,
                      (long long)q.dropped);
    return LYMPH_OK;
}

static bool consumes(const consumer *c, const store_tx *tx)
{
    return c->generation == tx->generation && atomic_load(&((consumer *)c)->wanted);
}

static lymph_status work(store_worker *w, store_tx *tx, failure *f)
{
    backend *b = (backend *)((char *)w - offsetof(backend, worker));
    int64_t now = clock_now_us();
    lymph_status st = LYMPH_OK;
    for (consumer *c = b->active; c; c = c->active_next) {
        c->taken = NULL;
        if (w->due_us == 0)
            c->due_us = 0; /* poked, and nobody says which queue it is about */
        if (!st && c->due_us <= now && has_room(c) && consumes(c, tx))
            st = claim(c, tx, now, f);
    }
    return st;
}

static void hand_over(consumer *c, bool committed)
{
    for (arrival *a = c->taken, *next; a; a = next) {
        next = a->next;
        if (committed) {
            c->under_way++;
            c->bytes += a->d.size;
            store_tell(c->backend->store, &a->job.letter);
        } else {
            free(a);
        }
    }
    c->taken = NULL;
}

static void worked(store_worker *w, store_tx *tx, lymph_status st)
{
    backend *b = (backend *)((char *)w - offsetof(backend, worker));
    w->due_us = st ? clock_now_us() + RETRY_US : WAIT_FOREVER;
    for (consumer *c = b->active; c; c = c->active_next) {
        hand_over(c, !st);
        if (st)
            c->due_us = 0;
        else if (consumes(c, tx) && has_room(c) && c->due_us < w->due_us)
            w->due_us = c->due_us ? c->due_us : 1;
    }
}

static void activate(consumer *c)
{
    backend *b = c->backend;
    if (!c->active) {
        c->active_next = b->active;
        b->active = c;
        c->active = true;
    }
    if (!b->working) {
        b->worker = (store_worker){.work = work, .worked = worked};
        store_add_worker(b->store, &b->worker);
        b->working = true;
    }
    b->worker.due_us = 0; /* the queue may hold messages already */
}

static void deactivate(consumer *c)
{
    for (consumer **at = &c->backend->active; *at; at = &(*at)->active_next) {
        if (*at == c) {
            *at = c->active_next;
            break;
        }
    }
    c->active = false;
}

/* ---- subscribing ---- */

typedef struct subscription {
    store_job job; /* first */
    consumer *consumer;
} subscription;

static lymph_status declare(consumer *c, store_tx *tx, failure *f)
{
    const queue_options *o = &c->queue->options;
    if (c->generation != tx->generation)
        c->under_way = 0, c->bytes = 0; /* what is under way is about a store that is lost */
    c->generation = tx->generation;
    c->due_us = WAIT_FOREVER;
    return queues_declare(tx->db, o->name, o->patterns, o->pattern_count, o->broadcast, tx->members->id, &c->id, f);
}

static lymph_status run_subscription(store_job *j, store_tx *tx, failure *f)
{
    return declare(((subscription *)j)->consumer, tx, f);
}

static void subscription_ended(store_job *j)
{
    if (!j->status)
        activate(((subscription *)j)->consumer);
}

static lymph_status backend_subscribe(void *state, queue *q, failure *f)
{
    backend *b = state;
    if (b->stopped)
        return failure_set(f, LYMPH_ECANCELED, "the event system is stopped");
    consumer *c = calloc(1, sizeof *c);
    if (!c)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    c->backend = b;
    c->queue = q;
    c->next = b->consumers;
    b->consumers = c;
    atomic_store(&c->wanted, true);
    q->active_state = c; /* messages may arrive before we know that we are subscribed */
    subscription s = {.job = {.run = run_subscription, .behind = subscription_ended}, .consumer = c};
    lymph_status st = store_do(b->store, &s.job, f);
    if (st) {
        q->active_state = NULL;
        atomic_store(&c->wanted, false);
    }
    b->subscribed |= !st;
    return st;
}

/* A queue of that name may have been subscribed again before this one was left. */
static bool has_successor(const consumer *c)
{
    for (const consumer *other = c->backend->active; other; other = other->active_next)
        if (other != c && other->id == c->id && atomic_load(&((consumer *)other)->wanted))
            return true;
    return false;
}

static lymph_status run_leaving(store_job *j, store_tx *tx, failure *f)
{
    consumer *c = (consumer *)((char *)j - offsetof(consumer, leave));
    if (!c->active || c->generation != tx->generation || has_successor(c))
        return LYMPH_OK;
    return queues_leave(tx->db, c->id, c->queue->options.broadcast, tx->members->id, f);
}

static void left(store_job *j)
{
    deactivate((consumer *)((char *)j - offsetof(consumer, leave)));
}

static void nothing(store_job *j)
{
}

static void backend_unsubscribe(void *state, queue *q)
{
    consumer *c = q->active_state;
    atomic_store(&c->wanted, false);
    c->leave = (store_job){.run = run_leaving, .behind = left, .done = nothing, .keep = true, .lazy = true};
    store_give(c->backend->store, &c->leave);
}

/* ---- joined anew ---- */

typedef struct renewal {
    store_job job; /* first */
    backend *backend;
} renewal;

static lymph_status run_renewal(store_job *j, store_tx *tx, failure *f)
{
    backend *b = ((renewal *)j)->backend;
    lymph_status st = LYMPH_OK;
    routes_forget(&b->routes);
    for (consumer *c = b->active; c && !st; c = c->active_next)
        if (c->generation != tx->generation && atomic_load(&c->wanted))
            st = declare(c, tx, f);
    if (b->working)
        b->worker.due_us = 0;
    return st;
}

static void renewed(store_job *j)
{
    free(j);
}

static void changed(store_listener *l, unsigned about)
{
    backend *b = (backend *)l;
    renewal *r = b->stopped ? NULL : calloc(1, sizeof *r);
    if (r) {
        *r = (renewal){.job = {.run = run_renewal, .done = renewed, .keep = true}, .backend = b};
        store_give(b->store, &r->job);
    } else if (!b->stopped) {
        log_line(events_log(b->events), LYMPH_ERROR, log_name, NULL, "no more events are received: out of memory");
    }
}

/* ---- opening and closing ---- */

static lymph_status backend_open(events *e, const config_node *section, void **state, failure *f)
{
    backend *b = calloc(1, sizeof *b);
    if (!b)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    b->events = e;
    b->listener = (store_listener){.about = STORE_ANEW, .changed = changed};
    lymph_status st = store_open(events_loop(e), section, events_log(e), &b->listener, &b->store, f);
    if (st)
        free(b);
    else
        *state = b;
    return st;
}

static void backend_stop(void *state)
{
    backend *b = state;
    b->stopped = true;
}

/* What was claimed and not settled goes back to its queue. */
static lymph_status run_closing(store_job *j, store_tx *tx, failure *f)
{
    backend *b = (backend *)((char *)j - offsetof(backend, closing));
    lymph_status st = LYMPH_OK;
    for (consumer *c = b->active; c && !st; c = c->active_next) {
        if (c->generation != tx->generation)
            continue;
        st = queues_return(tx->db, c->id, tx->members->id, f);
        if (!st)
            st = queues_leave(tx->db, c->id, c->queue->options.broadcast, tx->members->id, f);
        if (!st && !c->queue->options.broadcast)
            st = poke_consumers(tx, c->id, f);
    }
    return st;
}

static void closed(store_job *j)
{
    backend *b = (backend *)((char *)j - offsetof(backend, closing));
    if (b->working)
        store_remove_worker(b->store, &b->worker);
    routes_forget(&b->routes);
    b->active = NULL;
}

static void backend_close(void *state)
{
    backend *b = state;
    failure f = {0};
    b->stopped = true;
    for (consumer *c = b->consumers; c; c = c->next)
        atomic_store(&c->wanted, false);
    b->closing = (store_job){.run = run_closing, .behind = closed};
    lymph_status st = store_do(b->store, &b->closing, &f); /* its end opens whatever the thread sent before */
    if (st && b->subscribed)
        log_line(events_log(b->events), LYMPH_WARNING, log_name, NULL, "cannot give events back: %s", f.message);
    store_close(b->store, &b->listener);
    while (b->consumers) {
        consumer *c = b->consumers;
        b->consumers = c->next;
        free(c);
    }
    free(b);
}

const events_backend events_store = {
    .name = "local",
    .open = backend_open,
    .publish = backend_publish,
    .subscribe = backend_subscribe,
    .unsubscribe = backend_unsubscribe,
    .settle = backend_settle,
    .stop = backend_stop,
    .close = backend_close,
};
