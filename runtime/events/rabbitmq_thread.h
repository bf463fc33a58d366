/* rabbitmq_thread.h: the thread that owns the connection to RabbitMQ. The loop hands it commands through an inbox, the
 * reverse of the mailbox by which it answers. When the connection is lost it connects again with growing pauses,
 * declares and consumes every queue anew; commands wait meanwhile, each until its deadline.
 *
 * All that the thread needs is its own: one that stays inside a call that blocks can be left to itself. */
#ifndef EVENTS_RABBITMQ_THREAD_H
#define EVENTS_RABBITMQ_THREAD_H

#include "events/rabbitmq_command.h"
#include "fiber/mailbox.h"

typedef struct thread_options {
    link_options link; /* copied, texts too */
    mailbox *mailbox;
    logger *log;
    void (*answered)(letter *l); /* of commands */
    void (*arrived)(letter *l);  /* of arrivals */
} thread_options;

/* LYMPH_ENOMEM, LYMPH_ESYSTEM. */
lymph_status rabbit_thread_start(const thread_options *o, rabbit_thread **out, failure *f);

/* Does what was given, except waiting; then ends the thread and gives back every command that is left through the
 * mailbox. What takes longer than 2 s is cut off; when even that ends nothing, the thread is left to itself and touches
 * neither mailbox nor log any more. NULL is fine. */
void rabbit_thread_stop(rabbit_thread *t);

/* From the loop. */
void rabbit_thread_give(rabbit_thread *t, command *c);
void rabbit_thread_settle(rabbit_thread *t, arrival *a, delivery_end end); /* takes it over */

#endif
