#include "server/subscriptions.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/unique.h"
#include "events/envelope.h"
#include "core/text.h"

#define PREFETCH 100   /* events of one handler that are under way at once */
#define HOLD_US  50000 /* until an event is tried again that came while too many activities were under way */

static const char log_name[] = "lymph.core.events";

/* One `on` of an interface, or one lymph_subscribe. */
struct subscriber {
    struct subscriber *next;
    subscriptions *all;
    queue *queue;
    char *queue_name;
    installed *interface; /* NULL: lymph_subscribe */
    const lymph_subscription *desc;
    lymph_status (*handler)(lymph_ctx *ctx, const lymph_event *event, void *arg);
    void *arg;
    bool once_done;
    delivery *held, **held_end; /* in the order they came: no activity was free for them; at most PREFETCH */
    timer retry;
};

typedef struct subscriber subscriber;

/* An event under way. */
typedef struct occurrence {
    activity activity;
    subscriber *subscriber;
    delivery *delivery;
} occurrence;

void subscriptions_init(subscriptions *all, activities *running)
{
    *all = (subscriptions){.host = running->host};
    activity_pool_init(&all->events, running, sizeof(occurrence), true);
}

/* ---- one event ---- */

static const char *copy_text(arena *a, slice t)
{
    return arena_strndup(a, t.size ? t.at : "", t.size);
}

static lymph_status decode_part(arena *a, slice part, lymph_value *out, failure *f)
{
    *out = lymph_nil();
    return part.size ? decode_value_all(part.at, part.size, a, out, f) : LYMPH_OK;
}

static lymph_status handle_dynamic(activity *t, const subscriber *s, const envelope *e)
{
    arena *a = &t->base.memory;
    lymph_event event = {.type = copy_text(a, e->type), .source = copy_text(a, e->source)};
    if (!event.type || !event.source)
        return ctx_fail(&t->ctx, LYMPH_ENOMEM, "out of memory");
    lymph_status st = decode_part(a, e->headers, &event.headers, &t->base.failure);
    if (!st)
        st = decode_part(a, e->body, &event.body, &t->base.failure);
    if (st)
        return st;
    return s->desc ? s->desc->invoke(&t->ctx, s->interface->handlers, &event) : s->handler(&t->ctx, &event, s->arg);
}

static lymph_status handle_typed(activity *t, const subscriber *s, const envelope *e)
{
    const lymph_record *record = s->desc->event;
    arena *a = &t->base.memory;
    void *event = arena_alloc(a, record->size);
    if (!event)
        return ctx_fail(&t->ctx, LYMPH_ENOMEM, "out of memory");
    reader r;
    reader_init(&r, e->body.size ? e->body.at : "\x80", e->body.size ? e->body.size : 1);
    lymph_status st = decode_record(&r, a, record, false, event, &t->base.failure);
    return st ? st : s->desc->invoke(&t->ctx, s->interface->handlers, event);
}

/* A JSON envelope becomes a msgpack one, in the activity's arena. */
static lymph_status from_json(activity *t, slice *data)
{
    lymph_value value;
    lymph_status st = json_parse(&t->base.memory, data->at, data->size, &value, &t->base.failure);
    if (st)
        return st;
    writer w;
    writer_init(&w);
    st = encode_value(&w, &value, &t->base.failure);
    const char *copy = st || w.failed ? NULL : arena_strndup(&t->base.memory, (char *)w.data, w.size);
    *data = (slice){copy, w.size};
    writer_done(&w);
    return st ? st : copy ? LYMPH_OK : LYMPH_ENOMEM;
}

static lymph_status handle(activity *t, const subscriber *s, const delivery *d)
{
    slice data = {(const char *)d->data, d->size};
    lymph_status st = d->json ? from_json(t, &data) : LYMPH_OK;
    if (st)
        return st;
    envelope e;
    const char *wrong = envelope_read(data.at, data.size, &e);
    if (wrong)
        return ctx_fail(&t->ctx, LYMPH_EPROTO, "the message is no event: %s", wrong);
    if (e.trace_id.size) {
        memcpy(t->trace_id, e.trace_id.at, e.trace_id.size);
        t->trace_id[e.trace_id.size] = '\0';
    }
    lymph_log(&t->ctx, LYMPH_INFO, log_name, "event %s for %s", d->routing_key, s->queue_name);
    return s->desc && s->desc->event ? handle_typed(t, s, &e) : handle_dynamic(t, s, &e);
}

/* Runs in the event's coroutine. */
static void serve(activity *t)
{
    occurrence *o = (occurrence *)t;
    subscriber *s = o->subscriber;
    host *h = t->ctx.host;
    loop_label(h->loop, s->queue_name);
    lymph_status st = handle(t, s, o->delivery);
    delivery_end end = !st ? DELIVERY_DONE : h->phase == PHASE_STOPPED ? DELIVERY_RETURNED : DELIVERY_REJECTED;
    if (st) {
        h->counters.events_failed++;
        failure_settle(&t->base.failure, st);
        log_complaint(h->log, LYMPH_ERROR, log_name, t->ctx.trace_id[0] ? t->ctx.trace_id : NULL, "failed events",
                      slice_of(s->queue_name), "event %s for %s failed and %s: %s: %s", o->delivery->routing_key,
                      s->queue_name, end == DELIVERY_RETURNED ? "goes back to its queue" : "is dropped",
                      lymph_status_name(st), t->base.failure.message);
    } else {
        h->counters.events_handled++;
    }
    events_settle(o->delivery, end);
    if (s->once_done && s->queue) {
        queue *q = s->queue;
        s->queue = NULL;
        events_unsubscribe(q);
    }
}

/* False: too many activities are under way, or memory is out. */
static bool begin(subscriber *s, delivery *d)
{
    if (s->once_done) {
        events_settle(d, DELIVERY_REJECTED);
        return true;
    }
    occurrence *o = (occurrence *)activity_new(&s->all->events, (slice){NULL, 0});
    if (!o)
        return false;
    o->activity.ctx.interface = s->interface ? &s->interface->acting : NULL;
    o->subscriber = s;
    o->delivery = d;
    s->once_done = s->desc && (s->desc->flags & LYMPH_ON_ONCE);
    if (!activity_run(&o->activity, serve))
        return true;
    s->once_done = false;
    activity_free(&o->activity);
    return false;
}

static void begin_held(timer *t)
{
    subscriber *s = (subscriber *)((char *)t - offsetof(subscriber, retry));
    while (s->held) {
        delivery *d = s->held;
        s->held = d->next;
        if (!begin(s, d)) {
            s->held = d;
            (void)timer_set(s->all->host->loop, &s->retry, clock_now_us() + HOLD_US, begin_held);
            return;
        }
    }
}

static void deliver(delivery *d)
{
    subscriber *s = d->arg;
    if (!s->held && begin(s, d))
        return;
    d->next = NULL;
    if (s->held) {
        *s->held_end = d;
    } else {
        s->held = d;
        log_complaint(s->all->host->log, LYMPH_WARNING, log_name, NULL, "waiting events", slice_of(s->queue_name),
                      "event %s for %s has to wait: too many activities are under way (container.max_tasks)",
                      d->routing_key, s->queue_name);
        (void)timer_set(s->all->host->loop, &s->retry, clock_now_us() + HOLD_US, begin_held);
    }
    s->held_end = &d->next;
}

/* ---- subscribing ---- */

static void subscriber_free(subscriber *s)
{
    free(s->queue_name);
    free(s);
}

static subscriber *subscriber_new(subscriptions *all, const char *interface, const char *handler, bool own_queue)
{
    subscriber *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->all = all;
    size_t size = strlen(interface) + 1 + strlen(handler) + 1 + 36 + 1;
    s->queue_name = malloc(size);
    if (!s->queue_name) {
        subscriber_free(s);
        return NULL;
    }
    char uuid[37];
    unique_uuid(uuid);
    strcpy(s->queue_name, interface);
    strcat(s->queue_name, "-");
    strcat(s->queue_name, handler);
    if (own_queue) {
        strcat(s->queue_name, "-");
        strcat(s->queue_name, uuid);
    }
    return s;
}

/* Takes the subscriber over, also on failure. */
static lymph_status consume(subscriber *s, const char *const *patterns, size_t count, bool own_queue, uint32_t prefetch,
                            failure *f)
{
    subscriptions *all = s->all;
    queue_options o = {
        .name = s->queue_name,
        .patterns = patterns,
        .pattern_count = count,
        .broadcast = own_queue,
        .prefetch = prefetch,
        .deliver = deliver,
        .arg = s,
    };
    /* In the list first: events may arrive before events_subscribe returns. */
    s->next = all->first;
    all->first = s;
    return events_subscribe(all->host->events, &o, &s->queue, f);
}

lymph_status subscriptions_add(subscriptions *all, installed *i, failure *f)
{
    const lymph_interface_desc *desc = i->acting.desc;
    for (size_t n = 0; n < desc->subscription_count; n++) {
        const lymph_subscription *d = &desc->subscriptions[n];
        if (!handler_exists(i->handlers, d->handler)) {
            log_line(all->host->log, LYMPH_WARNING, log_name, NULL,
                     "%s has no handler %s: events of type %s are not received", i->name, d->name, d->pattern);
            continue;
        }
        bool own_queue = d->flags & (LYMPH_ON_BROADCAST | LYMPH_ON_ONCE);
        subscriber *s = subscriber_new(all, i->name, d->name, own_queue);
        if (!s)
            return failure_set(f, LYMPH_ENOMEM, "out of memory");
        s->interface = i;
        s->desc = d;
        uint32_t prefetch = d->flags & (LYMPH_ON_SEQUENTIAL | LYMPH_ON_ONCE) ? 1 : PREFETCH;
        lymph_status st = consume(s, &d->pattern, 1, own_queue, prefetch, f);
        if (st)
            return st;
    }
    return LYMPH_OK;
}

lymph_status lymph_subscribe(lymph_ctx *root, const char *const *patterns, size_t count,
                             lymph_status (*handler)(lymph_ctx *ctx, const lymph_event *event, void *arg), void *arg)
{
    lymph_status st = ctx_enter(root, NEED_WAIT | NEED_EVENTS);
    if (st)
        return st;
    for (size_t i = 0; i < count; i++)
        if (!text_clean(patterns[i], strlen(patterns[i])))
            return ctx_fail(root, LYMPH_EINVAL, "a pattern of event types is UTF-8 without control characters");
    subscriber *s = subscriber_new(root->host->subscriptions, "_client", "on_event", true);
    if (!s)
        return ctx_fail(root, LYMPH_ENOMEM, "out of memory");
    s->handler = handler;
    s->arg = arg;
    return consume(s, patterns, count, true, 1, &root->base->failure);
}

void subscriptions_stop(subscriptions *all)
{
    for (subscriber *s = all->first; s; s = s->next) {
        queue *q = s->queue;
        s->queue = NULL;
        if (q)
            events_unsubscribe(q);
        timer_cancel(all->host->loop, &s->retry);
        while (s->held) {
            delivery *d = s->held;
            s->held = d->next;
            events_settle(d, DELIVERY_RETURNED);
        }
    }
}

void subscriptions_done(subscriptions *all)
{
    while (all->first) {
        subscriber *s = all->first;
        all->first = s->next;
        subscriber_free(s);
    }
    activity_pool_done(&all->events);
}
