/* store.c: the embedded event system: queues, bindings and messages as rows of the local store.
 *
 * A message is inserted once for each queue that a binding matches. Consumers of these queues are poked; each claims
 * what it has room for in a transaction, so exactly one gets a message. A settled message is deleted; what a dead
 * member had claimed goes back (store.c). A queue that holds QUEUE_MAX messages refuses more: the emitter is told,
 * nothing is lost in silence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "events/queue.h"
#include "store/store.h"

#define QUEUE_MAX 100000
#define CLAIM_MAX 16      /* at once, so that several consumers share a burst */
#define RETRY_US  1000000 /* after the store could not be read */

typedef struct consumer consumer;

typedef struct backend {
    store_listener listener; /* first: found from it */
    events *events;
    store *store;
    consumer *consumers;
    timer due; /* when the next delayed message can be claimed */
} backend;

/* One subscribed queue. It outlives the subscription until its last delivery is settled. */
struct consumer {
    consumer *next;
    backend *backend;
    queue *queue; /* NULL: no longer subscribed */
    int64_t id;
    uint32_t claimed;
};

typedef struct local_delivery {
    delivery d;
    consumer *consumer;
    int64_t id;
    char *routing_key;
    uint8_t data[];
} local_delivery;

static const char log_name[] = "lymph.local";

static int64_t wall_ms(void)
{
    return (int64_t)(clock_wall() * 1000);
}

/* ---- publishing ---- */

static lymph_status insert(backend *b, int64_t queue_id, const char *type, const void *data, size_t size, int64_t due,
                           failure *f)
{
    sqlite3_stmt *q = store_prepare(b->store, "INSERT INTO message(queue, type, data, due) VALUES(?, ?, ?, ?)", f);
    if (!q)
        return LYMPH_EBACKEND;
    sqlite3_bind_int64(q, 1, queue_id);
    store_bind_text(q, 2, type);
    sqlite3_bind_blob64(q, 3, data, size, SQLITE_STATIC);
    sqlite3_bind_int64(q, 4, due);
    int row = store_step(b->store, q, f);
    store_done(q);
    return row < 0 ? LYMPH_EBACKEND : LYMPH_OK;
}

/* Calls `each` with every queue that gets a message of this type: all whose binding matches, or the one of that name.
 */
static lymph_status for_queues(backend *b, const char *type, const char *name,
                               lymph_status (*each)(backend *b, int64_t queue, void *arg, failure *f), void *arg,
                               failure *f)
{
    int64_t last = -1;
    sqlite3_stmt *q = name ? store_prepare(b->store, "SELECT id, NULL FROM queue WHERE name = ?", f)
                           : store_prepare(b->store, "SELECT queue, pattern FROM binding ORDER BY queue", f);
    if (!q)
        return LYMPH_EBACKEND;
    if (name)
        store_bind_text(q, 1, name);
    lymph_status st = LYMPH_OK;
    int row = 0;
    while (!st && (row = store_step(b->store, q, f)) > 0) {
        int64_t id = sqlite3_column_int64(q, 0);
        if (id != last && (name || events_match((const char *)sqlite3_column_text(q, 1), type))) {
            last = id; /* several bindings of one queue that match are one delivery */
            st = each(b, id, arg, f);
        }
    }
    store_done(q);
    return st ? st : row < 0 ? LYMPH_EBACKEND : LYMPH_OK;
}

typedef struct publication {
    const char *type;
    const void *data;
    size_t size;
    int64_t due;
} publication;

static lymph_status insert_into(backend *b, int64_t queue_id, void *arg, failure *f)
{
    const publication *p = arg;
    sqlite3_stmt *q =
        store_prepare(b->store, "SELECT count(*) FROM (SELECT 1 FROM message WHERE queue = ? LIMIT ?)", f);
    if (!q)
        return LYMPH_EBACKEND;
    sqlite3_bind_int64(q, 1, queue_id);
    sqlite3_bind_int64(q, 2, QUEUE_MAX);
    int row = store_step(b->store, q, f);
    bool full = row > 0 && sqlite3_column_int64(q, 0) >= QUEUE_MAX;
    store_done(q);
    if (row < 0)
        return LYMPH_EBACKEND;
    if (full)
        return failure_set(f, LYMPH_ELIMIT, "a queue for event %s holds %d messages already and takes no more", p->type,
                           QUEUE_MAX);
    return insert(b, queue_id, p->type, p->data, p->size, p->due, f);
}

static lymph_status poke_consumers(backend *b, int64_t queue_id, void *arg, failure *f)
{
    sqlite3_stmt *q = store_prepare(b->store, "SELECT member FROM consumer WHERE queue = ?", f);
    if (!q)
        return LYMPH_EBACKEND;
    sqlite3_bind_int64(q, 1, queue_id);
    int row;
    while ((row = store_step(b->store, q, f)) > 0)
        store_poke(b->store, (const char *)sqlite3_column_text(q, 0), STORE_EVENTS);
    store_done(q);
    return row < 0 ? LYMPH_EBACKEND : LYMPH_OK;
}

static lymph_status backend_publish(void *state, const char *type, const char *queue_name, const void *data,
                                    size_t size, int64_t delay_ms, failure *f)
{
    backend *b = state;
    publication p = {.type = type, .data = data, .size = size, .due = delay_ms ? wall_ms() + delay_ms : 0};
    lymph_status st = store_begin(b->store, f);
    if (st)
        return st;
    st = store_end(b->store, for_queues(b, type, queue_name, insert_into, &p, f), f);
    if (!st)
        (void)for_queues(b, type, queue_name, poke_consumers, NULL,
                         NULL); /* it is stored: whoever misses the poke gets it with the next */
    return st;
}

/* ---- consuming ---- */

static void look_for_messages(backend *b);

static void on_due(timer *t)
{
    look_for_messages((backend *)((char *)t - offsetof(backend, due)));
}

static void set_due(backend *b)
{
    sqlite3_stmt *q =
        store_prepare(b->store,
                      "SELECT due FROM message INDEXED BY message_due WHERE due > 0 AND due > ?1 AND claimed IS NULL"
                      " AND queue IN (SELECT queue FROM consumer WHERE member = ?2) ORDER BY due LIMIT 1",
                      NULL);
    int64_t now = wall_ms(), due = 0;
    if (!q)
        return;
    sqlite3_bind_int64(q, 1, now);
    store_bind_text(q, 2, store_member(b->store));
    if (store_step(b->store, q, NULL) > 0)
        due = sqlite3_column_int64(q, 0);
    store_done(q);
    if (due)
        (void)timer_set(store_loop(b->store), &b->due, clock_now_us() + (due - now) * 1000 + 1000, on_due);
}

static local_delivery *delivery_of(consumer *c, sqlite3_stmt *row)
{
    const char *type = (const char *)sqlite3_column_text(row, 1);
    size_t size = (size_t)sqlite3_column_bytes(row, 2);
    local_delivery *d = calloc(1, sizeof *d + size);
    if (!d || !(d->routing_key = strdup(type ? type : ""))) {
        free(d);
        return NULL;
    }
    if (size)
        memcpy(d->data, sqlite3_column_blob(row, 2), size);
    d->consumer = c;
    d->id = sqlite3_column_int64(row, 0);
    d->d = (delivery){.queue = c->queue,
                      .routing_key = d->routing_key,
                      .data = d->data,
                      .size = size,
                      .redelivered = sqlite3_column_int(row, 3),
                      .arg = c->queue->options.arg};
    return d;
}

/* Claims what there is room for. Returns how many there were, or -1. */
static int claim(consumer *c, local_delivery *out[CLAIM_MAX], failure *f)
{
    store *s = c->backend->store;
    uint32_t room = c->queue->options.prefetch - c->claimed;
    int count = 0, row = -1;
    lymph_status st = store_begin(s, f);
    if (st)
        return -1;
    sqlite3_stmt *q = store_prepare(
        s,
        "UPDATE message SET claimed = ?1 WHERE id IN (SELECT id FROM message WHERE queue = ?2 AND claimed IS NULL"
        " AND due <= ?3 ORDER BY id LIMIT ?4) RETURNING id, type, data, redelivered",
        f);
    if (q) {
        store_bind_text(q, 1, store_member(s));
        sqlite3_bind_int64(q, 2, c->id);
        sqlite3_bind_int64(q, 3, wall_ms());
        sqlite3_bind_int64(q, 4, room < CLAIM_MAX ? room : CLAIM_MAX);
        while ((row = store_step(s, q, f)) > 0) {
            out[count] = delivery_of(c, q);
            if (!out[count]) {
                row = -1;
                failure_set(f, LYMPH_ENOMEM, "out of memory");
                break;
            }
            count++;
        }
        store_done(q);
    }
    if (store_end(s, row < 0 ? LYMPH_EBACKEND : LYMPH_OK, f)) {
        while (count > 0) {
            free(out[--count]->routing_key);
            free(out[count]);
        }
        return -1;
    }
    return count;
}

static int by_id(const void *a, const void *b)
{
    const local_delivery *x = *(local_delivery *const *)a, *y = *(local_delivery *const *)b;
    return (x->id > y->id) - (x->id < y->id);
}

/* False: the store could not be read. */
static bool consume(consumer *c)
{
    local_delivery *batch[CLAIM_MAX];
    failure f = {0};
    if (!c->queue || c->claimed >= c->queue->options.prefetch)
        return true;
    int count = claim(c, batch, &f);
    if (count < 0) {
        log_line(events_log(c->backend->events), LYMPH_WARNING, log_name, NULL, "cannot take events: %s", f.message);
        return false;
    }
    qsort(batch, (size_t)count, sizeof *batch, by_id); /* RETURNING has no order */
    c->claimed += (uint32_t)count;
    if (count == CLAIM_MAX) /* there may be more: after the loop had a turn */
        store_poke(c->backend->store, store_member(c->backend->store), STORE_EVENTS);
    void (*deliver)(delivery *) = c->queue->options.deliver;
    for (int i = 0; i < count; i++)
        deliver(&batch[i]->d);
    return true;
}

static void look_for_messages(backend *b)
{
    bool ok = true;
    for (consumer *c = b->consumers, *next; c; c = next) {
        next = c->next;
        ok = consume(c) && ok;
    }
    if (!ok)
        (void)timer_set(store_loop(b->store), &b->due, clock_now_us() + RETRY_US, on_due);
    else if (b->consumers)
        set_due(b);
}

static void changed(store_listener *l)
{
    look_for_messages((backend *)l);
}

static void consumer_free_if_done(consumer *c)
{
    if (c->queue || c->claimed)
        return;
    consumer **at = &c->backend->consumers;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    free(c);
}

static void backend_settle(void *state, delivery *d, delivery_end end)
{
    backend *b = state;
    local_delivery *own = (local_delivery *)d;
    consumer *c = own->consumer;
    failure f = {0};
    bool back = end == DELIVERY_RETURNED;
    sqlite3_stmt *q =
        store_prepare(b->store,
                      back ? "UPDATE message SET claimed = NULL, redelivered = 1 WHERE id = ? AND claimed = ?"
                           : "DELETE FROM message WHERE id = ? AND claimed = ?",
                      &f);
    int row = -1;
    if (q) {
        sqlite3_bind_int64(q, 1, own->id);
        store_bind_text(q, 2, store_member(b->store));
        row = store_step(b->store, q, &f);
        store_done(q);
    }
    if (row < 0)
        log_line(events_log(b->events), LYMPH_WARNING, log_name, NULL, "cannot settle an event: %s", f.message);
    if (back)
        (void)poke_consumers(b, c->id, NULL, NULL);
    bool was_full = c->queue && c->claimed == c->queue->options.prefetch;
    c->claimed--;
    free(own->routing_key);
    free(own);
    if (was_full)
        store_poke(b->store, store_member(b->store), STORE_EVENTS);
    consumer_free_if_done(c);
}

/* ---- subscribing ---- */

static lymph_status declare(backend *b, const queue *q, int64_t *id, failure *f)
{
    const queue_options *o = &q->options;
    lymph_status st = store_run(b->store, "INSERT OR IGNORE INTO queue(name, owner) VALUES(?, ?)", o->name,
                                o->broadcast ? store_member(b->store) : NULL, NULL, f);
    sqlite3_stmt *find = st ? NULL : store_prepare(b->store, "SELECT id FROM queue WHERE name = ?", f);
    if (!find)
        return st ? st : LYMPH_EBACKEND;
    store_bind_text(find, 1, o->name);
    int row = store_step(b->store, find, f);
    if (row > 0)
        *id = sqlite3_column_int64(find, 0);
    store_done(find);
    if (row <= 0)
        return LYMPH_EBACKEND;
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)*id);
    for (size_t i = 0; i < o->pattern_count && !st; i++)
        st = store_run(b->store, "INSERT OR IGNORE INTO binding(queue, pattern) VALUES(CAST(? AS INTEGER), ?)", number,
                       o->patterns[i], NULL, f);
    return st ? st
              : store_run(b->store, "INSERT OR IGNORE INTO consumer(queue, member) VALUES(CAST(? AS INTEGER), ?)",
                          number, store_member(b->store), NULL, f);
}

static lymph_status backend_subscribe(void *state, queue *q, failure *f)
{
    backend *b = state;
    consumer *c = calloc(1, sizeof *c);
    if (!c)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    lymph_status st = store_begin(b->store, f);
    if (!st)
        st = store_end(b->store, declare(b, q, &c->id, f), f);
    if (st) {
        free(c);
        return st;
    }
    c->backend = b;
    c->queue = q;
    c->next = b->consumers;
    b->consumers = c;
    q->active_state = c;
    store_poke(b->store, store_member(b->store), STORE_EVENTS); /* the queue may hold messages already */
    return LYMPH_OK;
}

static void leave(consumer *c)
{
    store *s = c->backend->store;
    const queue_options *o = &c->queue->options;
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)c->id);
    (void)store_run(s, "DELETE FROM consumer WHERE queue = CAST(? AS INTEGER) AND member = ?", number, store_member(s),
                    NULL, NULL);
    if (o->broadcast) {
        (void)store_run(s, "DELETE FROM message WHERE queue = CAST(? AS INTEGER)", number, NULL, NULL, NULL);
        (void)store_run(s, "DELETE FROM binding WHERE queue = CAST(? AS INTEGER)", number, NULL, NULL, NULL);
        (void)store_run(s, "DELETE FROM queue WHERE id = CAST(? AS INTEGER)", number, NULL, NULL, NULL);
    }
    c->queue = NULL;
}

static void backend_unsubscribe(void *state, queue *q)
{
    consumer *c = q->active_state;
    leave(c);
    consumer_free_if_done(c);
}

/* ---- opening and closing ---- */

static lymph_status backend_open(events *e, const config_node *section, void **state, failure *f)
{
    backend *b = calloc(1, sizeof *b);
    if (!b)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    b->events = e;
    lymph_status st = store_open(events_loop(e), section, events_log(e), &b->store, f);
    if (st) {
        free(b);
        return st;
    }
    b->listener.about = STORE_EVENTS;
    b->listener.changed = changed;
    store_listen(b->store, &b->listener);
    *state = b;
    return LYMPH_OK;
}

/* What was claimed and not settled goes back to its queue. */
static void give_back(backend *b)
{
    failure f = {0};
    if (store_run(b->store, "UPDATE message SET claimed = NULL, redelivered = 1 WHERE claimed = ?",
                  store_member(b->store), NULL, NULL, &f))
        log_line(events_log(b->events), LYMPH_WARNING, log_name, NULL, "%s", f.message);
}

static void backend_close(void *state)
{
    backend *b = state;
    give_back(b);
    while (b->consumers) {
        consumer *c = b->consumers;
        b->consumers = c->next;
        if (c->queue)
            leave(c);
        free(c);
    }
    timer_cancel(store_loop(b->store), &b->due);
    store_poke_all(b->store, STORE_EVENTS);
    store_unlisten(b->store, &b->listener);
    store_close(b->store);
    free(b);
}

const events_backend events_store = {
    .name = "local",
    .open = backend_open,
    .publish = backend_publish,
    .subscribe = backend_subscribe,
    .unsubscribe = backend_unsubscribe,
    .settle = backend_settle,
    .close = backend_close,
};
