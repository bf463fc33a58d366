/* mailbox.h: the only way from another thread to the loop. */
#ifndef FIBER_MAILBOX_H
#define FIBER_MAILBOX_H

#include "fiber/loop.h"

typedef struct mailbox mailbox;

/* A letter, embedded in what it delivers: posting allocates nothing and cannot fail. */
typedef struct letter {
    struct letter *next;
    void (*open)(struct letter *letter); /* runs on the loop's thread; may free what holds the letter */
} letter;

mailbox *mailbox_new(loop *l); /* NULL: out of memory or of descriptors */

/* Opens what is still there, then frees. All posting threads must have ended. NULL is fine. */
void mailbox_free(mailbox *m);

/* Any thread. Letters are opened in the order posted. */
void mailbox_post(mailbox *m, letter *l);

#endif
