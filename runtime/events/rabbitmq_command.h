/* rabbitmq_command.h: what the loop and the thread of RabbitMQ hand to one another. */
#ifndef EVENTS_RABBITMQ_COMMAND_H
#define EVENTS_RABBITMQ_COMMAND_H

#include "events/queue.h"
#include "events/rabbitmq_link.h"
#include "fiber/inbox.h"

typedef struct rabbit_thread rabbit_thread;
typedef struct rabbit_queue rabbit_queue;

typedef enum command_kind { COMMAND_PUBLISH, COMMAND_SUBSCRIBE, COMMAND_UNSUBSCRIBE, COMMAND_SETTLE } command_kind;

typedef struct command command;
struct command {
    letter letter;         /* to the thread, and back to the loop when it is done */
    rabbit_thread *thread; /* whose it is meanwhile */
    command *next;         /* in a list of the thread */
    command_kind kind;
    int64_t deadline_us;
    rabbit_queue *queue; /* SUBSCRIBE, UNSUBSCRIBE */
    /* PUBLISH */
    char *routing_key, *queue_name;
    int64_t delay_ms;
    uint64_t tag;
    /* the outcome */
    lymph_status status;
    failure failure;
    /* the loop's: who waits for it */
    void *owner;
    waiter w;
    command *parked, **parked_link;
    bool canceled, abandoned;
    size_t size;
    uint8_t data[];
};

void command_free(command *c);

/* A queue that is or was consumed: made by the loop, the thread's from the SUBSCRIBE on. */
struct rabbit_queue {
    void *owner; /* the loop's side: both outlive the thread */
    queue *queue;
    command *unsubscribe; /* made beforehand: leaving must not fail for lack of memory; NULL: on its way */
    /* the thread's */
    link_queue declared; /* texts are its own */
    rabbit_queue *next;
    uint16_t channel; /* 0: not consumed now */
    bool listed;      /* the thread has seen it, and frees it */
    bool wanted;      /* consumed, now or when there is a connection again */
    bool gone;        /* unsubscribed for good */
};

rabbit_queue *rabbit_queue_new(const queue_options *o); /* NULL: out of memory */
void rabbit_queue_free(rabbit_queue *q);                /* one that the thread never got; NULL is fine */

/* A message on its way to the loop, and its end on the way back: settling must not fail for lack of memory either. */
typedef struct arrival {
    letter letter;
    rabbit_thread *thread;
    delivery d;
    void *owner; /* its queue's, which may be gone when the loop opens it */
    queue *queue;
    unsigned generation; /* of the connection: settled on no other */
    uint16_t channel;
    uint64_t tag;
    char *routing_key;
    uint8_t *data;
    delivery_end end;
} arrival;

void arrival_free(arrival *a);

#endif
