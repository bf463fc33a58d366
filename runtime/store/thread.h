/* thread.h: the thread of a store. Used by store.c only. */
#ifndef STORE_THREAD_H
#define STORE_THREAD_H

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

#include "fiber/mailbox.h"
#include "store/work.h"

struct store {
    store *next; /* the stores of this process's loops */
    loop *loop;
    logger *log;
    int users;
    char folder[PATH_MAX];
    struct store_listener *listeners;
    mailbox *mailbox; /* to the loop */
    inbox inbox;      /* to the thread */
    pthread_t thread;
    struct thread *state; /* the thread's own */
    store_job closing;    /* the last job */
    struct {
        letter letter; /* first */
        atomic_uint about;
        atomic_bool under_way;
    } news;                /* for the listeners */
    store_worker *workers; /* the thread's */
};

/* LYMPH_ESYSTEM: no thread, no descriptors. The thread ends behind the job `closing`. */
lymph_status thread_start(store *s, failure *f);

/* Frees what was the thread's: it has ended, and is joined. */
void thread_end(store *s);

#endif
