/* store.h: what the embedded registry and event system share: one SQLite file per cluster name, in a private folder of
 * the user.
 *
 * Every container that opens the store is a member: it has a row, a lock file and a socket in the folder.
 * - The lock (an OFD lock, held as long as the member lives) is the truth about who lives: a row whose lock nobody
 * holds is removed with all that belongs to it by whoever opens the store next.
 * - A pidfd on each other member's process tells at once when it dies, so that nobody polls.
 * - The socket is poked by whoever changed something that the member may care about.
 *
 * SQLite is called on the loop's thread: a transaction takes some tens of microseconds, and at worst BUSY_MS when
 * another process holds the file. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <sqlite3.h>
#include <stdint.h>

#include "config/config.h"
#include "core/failure.h"
#include "core/log.h"
#include "fiber/loop.h"

typedef struct store store;

enum { STORE_REGISTRY = 1, STORE_EVENTS = 2 }; /* what a poke is about */

/* Called on the loop when another member changed something, or died. */
typedef struct store_listener {
    struct store_listener *next;
    unsigned about; /* of STORE_… */
    void (*changed)(struct store_listener *l);
} store_listener;

/* Opens the store of the cluster that `section` names (keys `cluster`, `path`), or shares it with whoever has it open
 * on this loop. LYMPH_EBACKEND, LYMPH_ECONFIG. */
lymph_status store_open(loop *l, const config_node *section, logger *log, store **out, failure *f);
void store_close(store *s); /* as often as opened; the last one leaves the cluster. NULL is fine */

void store_listen(store *s, store_listener *l);
void store_unlisten(store *s, store_listener *l);

const char *store_member(const store *s); /* our row's key */
loop *store_loop(const store *s);

/* Wakes the listeners of all other members. */
void store_poke_all(store *s, unsigned about);
/* Wakes one member's listeners, be it ourselves (then from the loop, not from inside this call). */
void store_poke(store *s, const char *member, unsigned about);

/* ---- SQL, with the errors told in `f` ---- */

/* Prepares and caches; NULL after a failure. Reset with store_done. Texts are bound with store_bind_text. */
sqlite3_stmt *store_prepare(store *s, const char *sql, failure *f);
void store_bind_text(sqlite3_stmt *q, int at, const char *text); /* borrowed until store_done */
/* Next row: 1; no more: 0; failed: -1. */
int store_step(store *s, sqlite3_stmt *q, failure *f);
void store_done(sqlite3_stmt *q);
/* Runs a statement with up to three texts. */
lymph_status store_run(store *s, const char *sql, const char *a, const char *b, const char *c, failure *f);

lymph_status store_begin(store *s, failure *f); /* a writing transaction */
lymph_status store_end(store *s, lymph_status st,
                       failure *f); /* commits if `st` is LYMPH_OK, else rolls back; returns the outcome */

#endif
