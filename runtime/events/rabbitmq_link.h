/* rabbitmq_link.h: one connection to RabbitMQ in the original's layout (protocol.md, section 4). rabbitmq-c blocks and
 * beats its heart only inside its own calls, so everything here belongs to the thread of rabbitmq.c. */
#ifndef EVENTS_RABBITMQ_LINK_H
#define EVENTS_RABBITMQ_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/failure.h"
#include "events/events.h"

typedef struct rabbit_link rabbit_link;

typedef struct link_options {
    const char *host;
    int port;
    const char *address; /* "host:port", "[::1]:5672": for messages */
    const char *user, *password, *vhost, *exchange;
    int heartbeat_s;
    int timeout_ms; /* of each step: connecting, declaring */
} link_options;

/* A copy with texts of its own; on LYMPH_ENOMEM it holds nothing. */
lymph_status link_options_copy(const link_options *from, link_options *to, failure *f);
void link_options_free(link_options *o);

/* What a queue is declared and consumed with. */
typedef struct link_queue {
    const char *name;
    const char *const *patterns;
    size_t pattern_count;
    bool broadcast;
    uint16_t prefetch;
} link_queue;

typedef enum link_event_kind {
    LINK_NOTHING,
    LINK_OTHER,
    LINK_DELIVERY,
    LINK_CONFIRMED,
    LINK_REFUSED,
    LINK_CANCELLED,
    LINK_LOST
} link_event_kind;

typedef struct link_event {
    link_event_kind kind;
    uint16_t channel; /* DELIVERY, CANCELLED: the consumer's */
    uint64_t tag;     /* DELIVERY: to settle; CONFIRMED, REFUSED: of the publication */
    bool multiple;    /* CONFIRMED, REFUSED: all up to `tag` */
    bool json, redelivered;
    char *routing_key; /* DELIVERY: malloc'ed, the caller's */
    uint8_t *data;     /* likewise */
    size_t size;
} link_event;

/* Connects, logs in, declares the exchanges. `*refused`: the server said no (password, virtual host): trying again is
 * no use. */
rabbit_link *link_open(const link_options *o, bool *refused, failure *f);
void link_leave(rabbit_link *l); /* tells the server; link_close must follow */
void link_close(rabbit_link *l); /* NULL is fine */

/* False after a failure that the connection did not survive: close it. True: the server refused this one thing only. */
bool link_usable(const rabbit_link *l);
int link_fd(const rabbit_link *l);

/* Sends a message; *tag is what its confirmation will carry. `queue`: to that queue only; `delay_ms`: through a waiting
 * queue. */
lymph_status link_publish(rabbit_link *l, const char *routing_key, const char *queue, const void *data, size_t size,
                          int64_t delay_ms, uint64_t *tag, failure *f);

/* Declares, binds and consumes a queue on a channel of its own. */
lymph_status link_consume(rabbit_link *l, const link_queue *q, uint16_t *channel, failure *f);
void link_cancel(rabbit_link *l, uint16_t channel);
bool link_settle(rabbit_link *l, uint16_t channel, uint64_t tag, delivery_end end); /* false: the connection is lost */

/* The next thing that has arrived, without waiting; LINK_OTHER: something of no interest, look again. */
void link_next(rabbit_link *l, link_event *e, failure *f);

#endif
