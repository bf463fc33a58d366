/* store.h: the embedded store, which the embedded registry and event system share: one SQLite file per cluster name, in
 * a private folder of the user.
 *
 * A store has a thread of its own, which alone touches the folder: the loop hands it jobs, and is told when they are
 * done. The thread does in one transaction all that came in while it was writing, so that the more there is to do the
 * less each of it costs. When somebody else holds the folder's lock for too long, jobs fail and the loop goes on.
 *
 * Every few seconds the thread looks whether the folder is still there and whole. What was lost is told at ERROR, made
 * again, and joined again; then listeners are told STORE_ANEW, to put in again what was theirs. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "config/config.h"
#include "store/work.h"

/* Called on the loop when another member changed something, or died, or the store was joined anew. */
typedef struct store_listener {
    struct store_listener *next;
    unsigned about; /* of STORE_… */
    void (*changed)(struct store_listener *l, unsigned about);
} store_listener;

/* Opens the store of the cluster that `section` names (keys `cluster`, `path`), or shares it with whoever has it open
 * on this loop. `listener` hears of changes from now on, until it closes. The thread joins the cluster by itself; until
 * it has, jobs wait, and fail if it cannot. LYMPH_EBACKEND, LYMPH_ECONFIG, LYMPH_ENOMEM. */
lymph_status store_open(loop *l, const config_node *section, logger *log, store_listener *listener, store **out,
                        failure *f);

/* For the one who opened it with this listener. The last one does what was given, leaves the cluster and ends the
 * thread. Blocks for at most a few seconds. */
void store_close(store *s, store_listener *listener);

/* Hands a job over; from the loop. Waits for nothing, cannot fail. */
void store_give(store *s, store_job *j);

/* Hands over a job and waits for its end. LYMPH_ESTATE from a callback. `done` is not used. */
lymph_status store_do(store *s, store_job *j, failure *f);

/* Adds or removes a worker: on the thread, in a job. */
void store_add_worker(store *s, store_worker *w);
void store_remove_worker(store *s, store_worker *w);

/* Sends a letter to the loop; from the thread. */
void store_tell(store *s, letter *l);

loop *store_loop(const store *s);
const char *store_folder(const store *s);

#endif
