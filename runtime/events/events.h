/* events.h: the event system: publishes messages under a routing key, and delivers them from queues, above a backend:
 * RabbitMQ, or the embedded `local`.
 *
 * At this level a message is opaque bytes (the msgpack envelope is made in container/). Loop's thread; "waits" as in
 * registry.h. */
#ifndef EVENTS_EVENTS_H
#define EVENTS_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "core/failure.h"
#include "core/log.h"
#include "fiber/loop.h"

typedef struct events events;
typedef struct queue queue;

/* How a delivery ends. */
typedef enum delivery_end {
    DELIVERY_DONE,     /* handled: gone for good */
    DELIVERY_REJECTED, /* the handler failed: gone, too */
    DELIVERY_RETURNED, /* not handled: back to its queue, for whoever is there */
} delivery_end;

/* One message handed to us; it is ours until events_settle, exactly once. */
typedef struct delivery {
    struct delivery *next; /* for the one who has it */
    queue *queue;
    const char *routing_key;
    const uint8_t *data; /* valid until events_settle */
    size_t size;
    bool json; /* content type is a JSON one; else msgpack */
    bool redelivered;
    void *arg; /* of the queue */
} delivery;

typedef struct queue_options {
    const char *name;            /* "Listen-on_greeted" */
    const char *const *patterns; /* routing keys with * (one word) and # (any number) */
    size_t pattern_count;
    bool broadcast;               /* the queue goes with this process; the caller has put a UUID into the name */
    uint32_t prefetch;            /* deliveries under way at most: 1 for sequential handlers; never 0 */
    void (*deliver)(delivery *d); /* on the loop, not in a coroutine; may settle at once or later */
    void *arg;
} queue_options;

/* Opens the backend named by `config` (container.events; NULL: local): class lymph.events.kombu:KombuEventSystem or
 * rabbitmq, lymph.events.local:… or local, lymph.events.null:NullEventSystem or null (accepts emits, delivers nothing).
 * Connects to nothing yet. */
lymph_status events_open(loop *l, const config_node *config, logger *log, events **out, failure *f);

/* Whoever waits in one of the functions below is told LYMPH_ECANCELED, as is whoever comes later; deliveries can still
 * be settled. NULL is fine. */
void events_stop(events *e);

/* Stops it, and gives unsettled deliveries back to their queues. Blocks for at most 3 s. NULL is fine. */
void events_close(events *e);

/* Waits until the event system has taken the message (RabbitMQ: publisher confirm; local: committed). `delay_ms` > 0:
 * it reaches the queues that much later. `queue` non-NULL: to that queue only (retry). LYMPH_EBACKEND, LYMPH_ELIMIT (64
 * MiB). */
lymph_status events_publish(events *e, const char *routing_key, const char *queue, const void *data, size_t size,
                            int64_t delay_ms, failure *f);

/* Declares, binds and consumes. Survives a lost connection by doing it all again. The options' texts are copied. Waits.
 */
lymph_status events_subscribe(events *e, const queue_options *options, queue **out, failure *f);

/* No deliveries any more after it returns; unsettled ones may still be settled. */
void events_unsubscribe(queue *q);

/* Ends a delivery, and frees it. Does not wait. */
void events_settle(delivery *d, delivery_end end);

/* AMQP topic match, used by `local` and in tests. */
bool events_match(const char *pattern, const char *routing_key);

/* ---- for backends ---- */
typedef struct events_backend {
    const char *name;
    lymph_status (*open)(events *e, const config_node *config, void **state, failure *f);
    lymph_status (*publish)(void *state, const char *routing_key, const char *queue, const void *data, size_t size,
                            int64_t delay_ms, failure *f);
    lymph_status (*subscribe)(void *state, queue *q, failure *f);
    void (*unsubscribe)(void *state, queue *q);
    void (*settle)(void *state, delivery *d, delivery_end end);
    void (*stop)(void *state); /* NULL: nothing of it ever waits */
    void (*close)(void *state);
} events_backend;

/* As events_open, on this backend; the other is on one of ours. */
lymph_status events_open_on(const events_backend *backend, loop *l, const config_node *section, logger *log,
                            events **out, failure *f);

extern const events_backend events_rabbitmq;
extern const events_backend events_store;
extern const events_backend events_null;

loop *events_loop(events *e);
logger *events_log(events *e);
void *events_state(const events *e); /* the backend's */
const queue_options *queue_get(const queue *q);

#endif
