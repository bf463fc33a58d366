#include "events/memory.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "events/queue.h"

typedef struct memory memory;

/* One event on its way to one queue. */
typedef struct parcel {
    delivery d; /* first */
    struct parcel *next;
    timer due;
    memory *memory;
    struct subscribed *to;
    bool again;
    const emitted *event;
} parcel;

/* A queue, which outlives who consumes it as a lasting one does. */
typedef struct subscribed {
    struct subscribed *next;
    memory *memory;
    queue *queue; /* NULL: nobody consumes it */
    char *name;
    char **patterns;
    size_t pattern_count;
    uint32_t under_way;
    parcel *first, **end;
} subscribed;

struct memory {
    events *events;
    emitted *first, **end;
    subscribed *queues;
    parcel *waiting; /* for their time, in no order */
    size_t under_way;
    bool stopped;
};

/* ---- queues ---- */

static void deliver_all(subscribed *s)
{
    while (s->first && s->queue && !s->memory->stopped && s->under_way < s->queue->options.prefetch) {
        parcel *p = s->first;
        if (!(s->first = p->next))
            s->end = &s->first;
        s->under_way++;
        p->d = (delivery){
            .queue = s->queue,
            .routing_key = p->event->type,
            .data = p->event->data,
            .size = p->event->size,
            .redelivered = p->again,
            .arg = s->queue->options.arg,
        };
        s->queue->options.deliver(&p->d);
    }
}

static void append(subscribed *s, parcel *p)
{
    p->next = NULL;
    *s->end = p;
    s->end = &p->next;
}

static void take_out(parcel **list, parcel *p)
{
    while (*list != p)
        list = &(*list)->next;
    *list = p->next;
}

static void has_come(timer *t)
{
    parcel *p = (parcel *)((char *)t - offsetof(parcel, due));
    take_out(&p->memory->waiting, p);
    append(p->to, p);
    deliver_all(p->to);
}

static bool fits(const subscribed *s, const char *type)
{
    for (size_t i = 0; i < s->pattern_count; i++)
        if (events_match(s->patterns[i], type))
            return true;
    return false;
}

/* ---- publishing ---- */

static emitted *keep(memory *m, const char *type, const void *data, size_t size)
{
    size_t type_size = strlen(type) + 1;
    emitted *e = malloc(sizeof *e + type_size + size);
    if (!e)
        return NULL;
    char *bytes = (char *)(e + 1);
    memcpy(bytes, data, size);
    memcpy(bytes + size, type, type_size);
    *e = (emitted){.type = bytes + size, .data = (uint8_t *)bytes, .size = size};
    *m->end = e;
    m->end = &e->next;
    return e;
}

/* Not before the emit returns: it comes by a timer. */
static lymph_status send(memory *m, subscribed *to, const emitted *e, int64_t delay_ms)
{
    parcel *p = calloc(1, sizeof *p);
    if (!p)
        return LYMPH_ENOMEM;
    p->memory = m;
    p->to = to;
    p->event = e;
    if (timer_set(events_loop(m->events), &p->due, clock_now_us() + delay_ms * 1000, has_come)) {
        free(p);
        return LYMPH_ENOMEM;
    }
    p->next = m->waiting;
    m->waiting = p;
    m->under_way++;
    return LYMPH_OK;
}

static lymph_status memory_publish(void *state, const char *routing_key, const char *queue_name, const void *data,
                                   size_t size, int64_t delay_ms, failure *f)
{
    memory *m = state;
    if (m->stopped)
        return failure_set(f, LYMPH_ECANCELED, "the event system is stopped");
    const emitted *e = keep(m, routing_key, data, size);
    lymph_status st = e ? LYMPH_OK : LYMPH_ENOMEM;
    for (subscribed *s = m->queues; s && !st; s = s->next)
        if (queue_name ? strcmp(s->name, queue_name) == 0 : fits(s, routing_key))
            st = send(m, s, e, delay_ms);
    return st ? failure_set(f, st, "out of memory") : LYMPH_OK;
}

/* ---- subscribing ---- */

static void subscribed_free(subscribed *s)
{
    for (size_t i = 0; s->patterns && i < s->pattern_count; i++)
        free(s->patterns[i]);
    free(s->patterns);
    free(s->name);
    free(s);
}

static subscribed *subscribed_new(memory *m, const queue_options *o)
{
    subscribed *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->memory = m;
    s->end = &s->first;
    s->name = strdup(o->name);
    s->patterns = calloc(o->pattern_count + 1, sizeof *s->patterns);
    bool ok = s->name && s->patterns;
    for (; ok && s->pattern_count < o->pattern_count; s->pattern_count++)
        ok = (s->patterns[s->pattern_count] = strdup(o->patterns[s->pattern_count])) != NULL;
    if (!ok) {
        subscribed_free(s);
        return NULL;
    }
    s->next = m->queues;
    return m->queues = s;
}

static lymph_status memory_subscribe(void *state, queue *q, failure *f)
{
    memory *m = state;
    subscribed *s = m->queues;
    while (s && strcmp(s->name, q->options.name) != 0)
        s = s->next;
    if (s && s->queue)
        return failure_set(f, LYMPH_EINVAL, "queue %s is consumed already", s->name);
    if (!s && !(s = subscribed_new(m, &q->options)))
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    s->queue = q;
    q->active_state = s;
    deliver_all(s);
    return LYMPH_OK;
}

static void drop_parcels(parcel **list, const subscribed *of)
{
    while (*list) {
        parcel *p = *list;
        if (of && p->to != of) {
            list = &p->next;
            continue;
        }
        *list = p->next;
        timer_cancel(events_loop(p->memory->events), &p->due);
        p->memory->under_way--;
        free(p);
    }
}

static void memory_unsubscribe(void *state, queue *q)
{
    memory *m = state;
    subscribed *s = q->active_state;
    s->queue = NULL;
    if (!q->options.broadcast)
        return;
    drop_parcels(&s->first, NULL); /* a broadcast queue goes with its consumer; deliveries under way may still settle */
    s->end = &s->first;
    drop_parcels(&m->waiting, s);
    while (s->pattern_count)
        free(s->patterns[--s->pattern_count]);
}

static void memory_settle(void *state, delivery *d, delivery_end end)
{
    memory *m = state;
    parcel *p = (parcel *)d;
    subscribed *s = p->to;
    s->under_way--;
    if (end == DELIVERY_RETURNED && s->pattern_count) {
        p->again = true;
        p->next = s->first;
        if (!s->first)
            s->end = &p->next;
        s->first = p;
    } else {
        m->under_way--;
        free(p);
    }
    deliver_all(s);
}

/* ---- opening and closing ---- */

static lymph_status memory_open(events *e, const config_node *section, void **state, failure *f)
{
    memory *m = calloc(1, sizeof *m);
    if (!m)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    m->events = e;
    m->end = &m->first;
    *state = m;
    return LYMPH_OK;
}

static void memory_stop(void *state)
{
    ((memory *)state)->stopped = true;
}

static void memory_close(void *state)
{
    memory *m = state;
    drop_parcels(&m->waiting, NULL);
    while (m->queues) {
        subscribed *s = m->queues;
        m->queues = s->next;
        drop_parcels(&s->first, NULL);
        subscribed_free(s);
    }
    while (m->first) {
        emitted *e = m->first;
        m->first = e->next;
        free(e);
    }
    free(m);
}

const events_backend events_memory = {
    .name = "memory",
    .open = memory_open,
    .publish = memory_publish,
    .subscribe = memory_subscribe,
    .unsubscribe = memory_unsubscribe,
    .settle = memory_settle,
    .stop = memory_stop,
    .close = memory_close,
};

const emitted *events_memory_first(const events *e)
{
    return ((const memory *)events_state(e))->first;
}

size_t events_memory_under_way(const events *e)
{
    return ((const memory *)events_state(e))->under_way;
}
