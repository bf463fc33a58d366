/* rabbitmq_thread.h: the thread that owns the connection to RabbitMQ. The loop hands it commands through a locked list
 * and an eventfd, the reverse of the mailbox by which it answers. When the connection is lost it connects again with
 * growing pauses, declares and consumes every queue anew; commands wait meanwhile, each until its deadline. */
#ifndef EVENTS_RABBITMQ_THREAD_H
#define EVENTS_RABBITMQ_THREAD_H

#include "events/queue.h"
#include "events/rabbitmq_link.h"
#include "fiber/mailbox.h"

typedef struct rabbit_thread rabbit_thread;

/* A queue that is or was consumed. Belongs to the loop; the thread reads what the first part holds and alone uses the
 * second. */
typedef struct consumer {
    void *owner; /* the loop's side */
    queue *queue;
    struct consumer *sibling; /* in the loop's list of all */
    link_queue declared;
    /* the thread's */
    struct consumer *next;
    uint16_t channel; /* 0: not consumed now */
    bool wanted;
} consumer;

typedef enum command_kind { COMMAND_PUBLISH, COMMAND_SUBSCRIBE, COMMAND_UNSUBSCRIBE, COMMAND_SETTLE } command_kind;

typedef struct command command;
struct command {
    letter letter; /* back to the loop when it is done; opened by `answered` */
    command *next;
    command_kind kind;
    int64_t deadline_us;
    /* PUBLISH */
    char *routing_key, *queue_name;
    int64_t delay_ms;
    uint64_t tag;
    /* SUBSCRIBE, UNSUBSCRIBE, SETTLE */
    consumer *consumer;
    /* SETTLE */
    unsigned generation;
    uint16_t channel;
    delivery_end end;
    /* the outcome */
    lymph_status status;
    failure failure;
    void *owner; /* the loop's */
    waiter w;
    bool done, abandoned;
    size_t size;
    uint8_t data[];
};

/* A message on its way to the loop. */
typedef struct arrival {
    letter letter;
    delivery d;
    consumer *consumer;
    unsigned generation; /* of the connection: settled on no other */
    uint16_t channel;
    uint64_t tag;
    char *routing_key;
    uint8_t *data;
} arrival;

typedef struct thread_options {
    link_options link; /* its texts must outlive the thread */
    mailbox *mailbox;
    logger *log;
    void (*answered)(letter *l); /* of commands */
    void (*arrived)(letter *l);  /* of arrivals */
} thread_options;

/* LYMPH_ENOMEM, LYMPH_ESYSTEM. */
lymph_status rabbit_thread_start(const thread_options *o, rabbit_thread **out, failure *f);

/* Does what was given, except waiting; then ends the thread and gives back every command that is left through the
 * mailbox. Takes as long as the step that is under way. NULL is fine. */
void rabbit_thread_stop(rabbit_thread *t);

void rabbit_thread_give(rabbit_thread *t, command *c); /* from the loop */

#endif
