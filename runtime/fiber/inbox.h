/* inbox.h: a line of letters from any thread to the one that takes them. The only lock in the house: threads of ours
 * and of libraries meet here and nowhere else. A loop takes its letters through a mailbox (mailbox.h), a thread of ours
 * that blocks in poll(2) takes them itself. */
#ifndef FIBER_INBOX_H
#define FIBER_INBOX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/* A letter, embedded in what it delivers: posting allocates nothing and cannot fail. */
typedef struct letter {
    struct letter *next;
    void (*open)(struct letter *letter); /* runs on the taker's thread; may free what holds the letter */
} letter;

typedef struct inbox {
    pthread_mutex_t lock;
    letter *first, **end;
    atomic_bool filled; /* there is a first one: for a look without the lock */
    int fd;
} inbox;

/* 0, or -1 with errno when descriptors are out; inbox_done either way. The inbox must not move afterwards. */
int inbox_init(inbox *b);

/* What is still there is not opened: take it first. All posting threads must have ended. */
void inbox_done(inbox *b);

/* Any thread. The letter belongs to the inbox until it is taken. */
void inbox_post(inbox *b, letter *l);

/* All letters that are there, in the order posted and linked by `next`; NULL: none. One thread only. Whoever opens a
 * letter reads its `next` before. */
letter *inbox_take(inbox *b);

/* Looks for letters until there are some, for `us` at most, without sleeping: where one is about to come, waking a
 * sleeper takes longer. The processor is left to whoever wants it. On the taker's thread. */
void inbox_spin(inbox *b, int64_t us);

/* Readable while letters are there (now and then also when none is): for poll(2) and libevent. */
int inbox_fd(const inbox *b);

#endif
