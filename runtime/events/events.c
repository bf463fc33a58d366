/* events.c: the layer above the event backends. */
#include "events/events.h"

#include <stdlib.h>
#include <string.h>

#include "codec/writer.h"
#include "events/queue.h"

#define NAME_SIZE_MAX 255 /* of AMQP's names and routing keys */

struct events {
    loop *loop;
    logger *log;
    const events_backend *backend;
    void *state;
    queue *queues;
};

/* ---- opening ---- */

static const events_backend *backend_of(const char *class)
{
    static const struct {
        const char *class;
        const events_backend *backend;
    } classes[] = {
        {"local", &events_store},       {"lymph.events.local:LocalEventSystem", &events_store},
        {"rabbitmq", &events_rabbitmq}, {"lymph.events.kombu:KombuEventSystem", &events_rabbitmq},
        {"null", &events_null},         {"lymph.events.null:NullEventSystem", &events_null},
    };
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcmp(classes[i].class, class) == 0)
            return classes[i].backend;
    return NULL;
}

lymph_status events_open(loop *l, const config_node *section, logger *log, events **out, failure *f)
{
    const char *class = "local";
    lymph_status st = config_text(section, "class", &class, f);
    if (st)
        return st;
    const events_backend *backend = backend_of(class);
    if (!backend) {
        const config_node *n = config_get(section, "class");
        return failure_set(f, LYMPH_ECONFIG,
                           "%s:%u:%u: there is no event system '%s'; there are 'local', 'rabbitmq' "
                           "(lymph.events.kombu:KombuEventSystem) and 'null'",
                           n->file, n->line, n->column, class);
    }
    return events_open_on(backend, l, section, log, out, f);
}

lymph_status events_open_on(const events_backend *backend, loop *l, const config_node *section, logger *log,
                            events **out, failure *f)
{
    events *e = calloc(1, sizeof *e);
    if (!e)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    e->loop = l;
    e->log = log;
    e->backend = backend;
    lymph_status st = backend->open(e, section, &e->state, f);
    if (st) {
        free(e);
        return st;
    }
    *out = e;
    return LYMPH_OK;
}

loop *events_loop(events *e)
{
    return e->loop;
}

logger *events_log(events *e)
{
    return e->log;
}

void *events_state(const events *e)
{
    return e->state;
}

/* ---- queues ---- */

static void queue_free(queue *q)
{
    for (size_t i = 0; i < q->options.pattern_count && q->patterns; i++)
        free(q->patterns[i]);
    free(q->patterns);
    free((char *)q->options.name);
    free(q);
}

static queue *queue_new(events *e, const queue_options *o)
{
    queue *q = calloc(1, sizeof *q);
    if (!q)
        return NULL;
    q->events = e;
    q->options = *o;
    q->options.name = strdup(o->name);
    q->patterns = calloc(o->pattern_count + 1, sizeof *q->patterns);
    bool ok = q->options.name && q->patterns;
    for (size_t i = 0; ok && i < o->pattern_count; i++)
        ok = (q->patterns[i] = strdup(o->patterns[i])) != NULL;
    q->options.patterns = (const char *const *)q->patterns;
    if (!ok) {
        queue_free(q);
        return NULL;
    }
    return q;
}

const queue_options *queue_get(const queue *q)
{
    return &q->options;
}

static lymph_status check_name(const char *what, const char *name, failure *f)
{
    size_t size = strlen(name);
    return size && size <= NAME_SIZE_MAX
               ? LYMPH_OK
               : failure_set(f, LYMPH_EINVAL, "%s of %zu bytes: 1 to %d are possible", what, size, NAME_SIZE_MAX);
}

lymph_status events_subscribe(events *e, const queue_options *o, queue **out, failure *f)
{
    lymph_status st = check_name("a queue name", o->name, f);
    for (size_t i = 0; i < o->pattern_count && !st; i++)
        st = check_name("an event type", o->patterns[i], f);
    if (st)
        return st;
    queue *q = queue_new(e, o);
    if (!q)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    q->next = e->queues; /* freed by events_close: a backend's thread may know it even after a failure */
    e->queues = q;
    *out = q; /* deliveries may come before this returns */
    st = e->backend->subscribe(e->state, q, f);
    if (st)
        *out = NULL;
    return st;
}

void events_unsubscribe(queue *q)
{
    if (!q->active_state)
        return;
    q->events->backend->unsubscribe(q->events->state, q);
    q->active_state = NULL;
    /* The queue object stays until events_close: deliveries that are not settled point to it. */
}

/* ---- messages ---- */

lymph_status events_publish(events *e, const char *routing_key, const char *queue_name, const void *data, size_t size,
                            int64_t delay_ms, failure *f)
{
    lymph_status st = check_name("an event type", routing_key, f);
    if (!st && queue_name)
        st = check_name("a queue name", queue_name, f);
    if (!st && size > WRITER_MAX)
        st = failure_set(f, LYMPH_ELIMIT, "an event of %zu bytes is too large", size);
    return st ? st : e->backend->publish(e->state, routing_key, queue_name, data, size, delay_ms < 0 ? 0 : delay_ms, f);
}

void events_settle(delivery *d, delivery_end end)
{
    events *e = d->queue->events;
    e->backend->settle(e->state, d, end);
}

void events_stop(events *e)
{
    if (e && e->backend->stop)
        e->backend->stop(e->state);
}

void events_close(events *e)
{
    if (!e)
        return;
    events_stop(e);
    e->backend->close(e->state);
    while (e->queues) {
        queue *q = e->queues;
        e->queues = q->next;
        queue_free(q);
    }
    free(e);
}
