/* members.h: who is in the cluster. Every open store is a member: it has a row, a byte of the lock file and a socket.
 *
 * - The byte (lock.h) is the truth about who lives: a member whose byte could be taken is dead, and whoever sees it
 * first removes its row and all that was its. A lock file or a socket that is gone proves nothing.
 * - A pidfd on each other member's process tells of its death at once; members of other process-number namespaces are
 *   found dead by members_check.
 * - The socket is poked by whoever changed something that the member may care about.
 *
 * On the store's thread. What is marked "tx" runs in a transaction, and may do so again when it was rolled back. */
#ifndef STORE_MEMBERS_H
#define STORE_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/failure.h"
#include "core/log.h"
#include "store/db.h"
#include "store/lock.h"

/* What a poke is about. CHECK: somebody has found that the files are not whole. ANEW: told by the thread only. */
enum { STORE_REGISTRY = 1, STORE_EVENTS = 2, STORE_CHECK = 4, STORE_ANEW = 8 };

typedef struct peer peer;

typedef struct poke {
    int64_t member; /* 0: all others */
    unsigned about;
} poke;

typedef struct members {
    db *db;
    lock *lock;
    const char *folder;
    int epoll;
    int64_t id; /* 0: no member */
    int socket;
    struct stat socket_file;
    peer *peers;
    bool grave; /* somebody may have died */
    poke *pokes;
    size_t poke_count, poke_kept, poke_room;
    unsigned self; /* what we have poked ourselves about */
} members;

/* Takes a number, its lock and a socket, which `epoll` watches with `m` as its data. */
lymph_status members_enter(members *m, failure *f);
lymph_status members_join(members *m, failure *f);  /* tx: our row; finds the others, and pokes them */
lymph_status members_leave(members *m, failure *f); /* tx: takes back all that is ours */
void members_done(members *m);                      /* closes everything; not entered: nothing happens */

/* Notes that a member shall be poked: by members_send, if members_keep was called behind the commit, and not
 * members_forget. */
void members_poke(members *m, int64_t member, unsigned about);
void members_keep(members *m);
void members_forget(members *m);
void members_send(members *m);

unsigned members_receive(members *m); /* what we were poked about since the last call */

lymph_status members_scan(members *m, failure *f); /* tx: brings the watched processes in line with the rows */

/* One of the pidfds of `epoll` (its data) can be read. */
void members_on_death(members *m, void *data);

/* tx: removes the members that are dead. */
lymph_status members_bury(members *m, failure *f);

/* tx: a lock file or a socket that was lost is made again, and `lost` says so; `row` is false when ours is gone. Looks
 * for dead members. */
lymph_status members_check(members *m, bool *row, failure *lost, failure *f);

#endif
