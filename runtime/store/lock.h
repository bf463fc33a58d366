/* lock.h: the file `lock` of a cluster's folder: who may write, and who lives.
 *
 * Locks are on bytes of it, and belong to the open file (OFD locks): the kernel takes them back when their process
 * ends, however it ends, and closing another descriptor of the file does not lose them. */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/failure.h"

typedef struct lock {
    int fd; /* -1: not open */
    const char *folder;
    struct stat file;
} lock;

/* Opens the file, makes it if it is not there. `folder` must outlive the lock. LYMPH_EBACKEND. */
lymph_status lock_open(lock *k, const char *folder, failure *f);
void lock_close(lock *k); /* gives everything back; not open: nothing happens */

/* The right to write. Whoever had it last comes behind whoever waits, so that no two of them keep a third one out.
 * False: not until clock_now_us() has reached the deadline; somebody holds it, who may be frozen. */
bool lock_take(lock *k, int64_t deadline_us);
void lock_give(lock *k);

/* The number of the file: what a member's row says, so that nobody is judged by another file's locks. */
int64_t lock_number(const lock *k);

/* Whether the file in the folder is (still) this one. */
bool lock_present(const lock *k);

/* Takes a member's own byte until lock_close. `member` is 2 at least. LYMPH_EBACKEND. */
lymph_status lock_live(lock *k, int64_t member, failure *f);

/* True if nobody holds the member's byte, for sure. */
bool lock_dead(const lock *k, int64_t member);

#endif
