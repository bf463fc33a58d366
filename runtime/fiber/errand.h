/* errand.h: what blocks, such as a resolver, runs on a thread of its own, and the loop is told when it is done. Nobody
 * can call the thread back: whoever loses interest leaves it to itself, and it touches nothing of the loop's. */
#ifndef FIBER_ERRAND_H
#define FIBER_ERRAND_H

#include <stdbool.h>

#include "core/failure.h"
#include "fiber/mailbox.h"

/* Embedded in what it works on, which `free` frees: on the loop when it is done, or on the thread. */
typedef struct errand errand;
struct errand {
    letter letter;
    pthread_mutex_t lock; /* over the mailbox: NULL once abandoned */
    mailbox *mailbox;
    bool posted, abandoned;
    void (*run)(errand *e);  /* on the thread */
    void (*done)(errand *e); /* on the loop, once, unless it was abandoned */
    void (*free)(errand *e);
};

/* `run`, `done` and `free` are set. LYMPH_ESYSTEM: there is no thread for it; it has been freed. */
lymph_status errand_start(errand *e, mailbox *m, failure *f);

/* The mailbox is not touched any more. On the loop, before `done`. */
void errand_abandon(errand *e);

#endif
