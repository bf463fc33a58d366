/* queues.h: the queues of events, as rows. On the store's thread, all in a transaction.
 *
 * A message is put once into each queue that gets it, claimed by one consumer, and removed when it is settled. What a
 * dead member had claimed goes back. */
#ifndef STORE_QUEUES_H
#define STORE_QUEUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/db.h"

typedef struct queue_entry {
    int64_t id; /* of the message */
    const char *type;
    const void *data;
    size_t size;
    bool redelivered;
} queue_entry;

/* Makes the queue if it is not there, and makes the member a consumer of it. `own`: it goes with the member, and drops
 * its oldest when it is full. */
lymph_status queues_declare(db *d, const char *name, const char *const *patterns, size_t count, bool own,
                            int64_t member, int64_t *id, failure *f);

/* The member consumes no more; an own queue goes. What it has claimed stays claimed. */
lymph_status queues_leave(db *d, int64_t queue, bool own, int64_t member, failure *f);

/* What the member has claimed of the queue goes back. */
lymph_status queues_return(db *d, int64_t queue, int64_t member, failure *f);

/* Both for all that the member consumes. */
lymph_status queues_leave_all(db *d, int64_t member, failure *f);

typedef struct queue_put {
    const char *type;
    const void *data;
    size_t size;
    int64_t due_ms; /* wall clock; 0: at once */
    bool poke;      /* out: the consumers wait for it */
    bool overflow;  /* out: the queue drops its oldest from here on */
} queue_put;

/* LYMPH_ELIMIT: the queue is full, and drops nothing. */
lymph_status queues_put(db *d, int64_t queue, queue_put *p, failure *f);

/* Calls `each` for up to `count` messages (at least one, then up to 4 MiB), which are the member's from now on, oldest
 * first. */
typedef struct queue_claim {
    int64_t queue, member;
    unsigned count;
    bool returns; /* the caller looks again by itself when it has found something: it needs no poke until then */
    lymph_status (*each)(void *arg, const queue_entry *e, failure *f);
    void *arg;
    unsigned found;  /* out */
    bool empty;      /* out: nothing is left */
    int64_t due_ms;  /* out: when the next delayed one comes; 0: there is none */
    int64_t dropped; /* out: how many were dropped since it was empty; told when consumers wait for a poke */
} queue_claim;
/* A queue that is not there is empty. */
lymph_status queues_claim(db *d, queue_claim *c, failure *f);

/* Removes a message of this size (its entry's), or gives it back (`poke`: consumers wait for it). Nothing happens if it
 * is not the member's. */
lymph_status queues_settle(db *d, int64_t message, size_t size, int64_t member, bool back, bool *poke, failure *f);

/* Of a message. */
int64_t queues_of(int64_t message);

#endif
