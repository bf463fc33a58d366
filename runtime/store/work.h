/* work.h: what the thread of a store does for others: jobs, which are given to it, and workers, which have work of
 * their own again and again. */
#ifndef STORE_WORK_H
#define STORE_WORK_H

#include "core/failure.h"
#include "core/log.h"
#include "fiber/inbox.h"
#include "fiber/loop.h"
#include "store/db.h"
#include "store/members.h"

typedef struct store store;

/* What a job sees of the store, on its thread. */
typedef struct store_tx {
    db *db;
    members *members;
    logger *log;
    unsigned generation; /* grows when the store is joined anew: numbers of before mean nothing any more */
} store_tx;

/* Something to be done in a transaction. Its owner's until store_give, then the store's until `done`. */
typedef struct store_job {
    letter letter; /* first */
    /* On the thread; again, alone, if it was rolled back with others. A failure rolls back what it did. */
    lymph_status (*run)(struct store_job *j, store_tx *tx, failure *f);
    /* On the thread, once, when it has ended well or not; NULL: nothing. */
    void (*behind)(struct store_job *j);
    /* On the loop, once, after that. `status` and `failure` say what became of it. May free the job. */
    void (*done)(struct store_job *j);
    bool keep; /* tried until it holds, or the store is closed or lost */
    bool lazy; /* may wait a little for others */
    lymph_status status;
    failure failure;
    store *store;
    waiter w; /* of store_do */
    bool ended;
} store_job;

/* Work that the thread does by itself. */
typedef struct store_worker {
    struct store_worker *next;
    int64_t due_us; /* when, by clock_now_us(): 0 at once, WAIT_FOREVER not before a poke about STORE_EVENTS */
    lymph_status (*work)(struct store_worker *w, store_tx *tx, failure *f); /* in a transaction */
    void (*worked)(struct store_worker *w, store_tx *tx, lymph_status st);  /* it is committed, or rolled back */
} store_worker;

#endif
