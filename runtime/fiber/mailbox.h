/* mailbox.h: the only way from another thread to the loop: an inbox whose letters the loop opens. */
#ifndef FIBER_MAILBOX_H
#define FIBER_MAILBOX_H

#include "fiber/inbox.h"
#include "fiber/loop.h"

typedef struct mailbox mailbox;

mailbox *mailbox_new(loop *l); /* NULL: out of memory or of descriptors */

/* Opens what is still there, then frees. All posting threads must have ended. NULL is fine. */
void mailbox_free(mailbox *m);

/* As inbox_spin: opens nothing. */
void mailbox_spin(mailbox *m, int64_t us);

/* Any thread. Letters are opened in the order posted. */
void mailbox_post(mailbox *m, letter *l);

#endif
