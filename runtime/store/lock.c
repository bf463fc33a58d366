#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

#define WRITE_BYTE    0
#define NEXT_BYTE     1  /* held by the one who writes next, until it does */
#define SPINS         60 /* without a pause: most transactions are shorter than the shortest sleep */
#define PAUSE_NS      10000
#define NEXT_PAUSE_NS 20000   /* of the one who is next: at most this long nobody writes */
#define PAUSE_MAX_NS  200000  /* of those behind it */
#define PAUSE_LONG_NS 2000000 /* of everybody, when somebody holds it for long */
#define LONG_PAUSES   500

static bool set(const lock *k, short type, int64_t at)
{
    struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
    int done;
    while ((done = fcntl(k->fd, F_OFD_SETLK, &l)) && errno == EINTR)
        ;
    return done == 0;
}

lymph_status lock_open(lock *k, const char *folder, failure *f)
{
    char path[PATH_MAX + 8];
    snprintf(path, sizeof path, "%s/lock", folder);
    k->folder = folder;
    k->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (k->fd >= 0 && fstat(k->fd, &k->file) == 0)
        return LYMPH_OK;
    failure_set(f, LYMPH_EBACKEND, "cannot open %s: %s", path, strerror(errno));
    lock_close(k);
    return LYMPH_EBACKEND;
}

void lock_close(lock *k)
{
    if (k->fd >= 0)
        close(k->fd);
    k->fd = -1;
}

/* Linux has no lock that is waited for with a deadline, and wakes all who wait for one, so that the one who gave it
 * away takes it again first. So it is tried, at first without sleeping, then with short pauses. */
static bool take(const lock *k, int64_t at, long pause_max_ns, int64_t deadline_us)
{
    struct timespec pause = {.tv_nsec = PAUSE_NS};
    for (int tries = 0; !set(k, F_WRLCK, at); tries++) {
        if (tries < SPINS) {
            sched_yield();
            continue;
        }
        if (clock_now_us() >= deadline_us)
            return false;
        nanosleep(&pause, NULL);
        long longest = tries > LONG_PAUSES ? PAUSE_LONG_NS : pause_max_ns;
        pause.tv_nsec = 2 * pause.tv_nsec < longest ? 2 * pause.tv_nsec : longest;
    }
    return true;
}

bool lock_take(lock *k, int64_t deadline_us)
{
    if (!take(k, NEXT_BYTE, PAUSE_MAX_NS, deadline_us))
        return false;
    bool taken = take(k, WRITE_BYTE, NEXT_PAUSE_NS, deadline_us);
    (void)set(k, F_UNLCK, NEXT_BYTE);
    return taken;
}

void lock_give(lock *k)
{
    (void)set(k, F_UNLCK, WRITE_BYTE);
}

int64_t lock_number(const lock *k)
{
    return (int64_t)k->file.st_ino;
}

bool lock_present(const lock *k)
{
    char path[PATH_MAX + 8];
    struct stat now;
    snprintf(path, sizeof path, "%s/lock", k->folder);
    return lstat(path, &now) == 0 && now.st_ino == k->file.st_ino && now.st_dev == k->file.st_dev;
}

lymph_status lock_live(lock *k, int64_t member, failure *f)
{
    return set(k, F_WRLCK, member)
               ? LYMPH_OK
               : failure_set(f, LYMPH_EBACKEND, "cannot lock a byte of %s/lock: %s", k->folder, strerror(errno));
}

bool lock_dead(const lock *k, int64_t member)
{
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = member, .l_len = 1};
    return fcntl(k->fd, F_OFD_GETLK, &l) == 0 && l.l_type == F_UNLCK;
}
