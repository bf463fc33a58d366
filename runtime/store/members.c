#include "store/members.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/clock.h"
#include "store/queues.h"

#define FOREIGN_US 15000000 /* in this time every living member has taken its byte of a new lock file */

/* Another member, watched for its death. */
struct peer {
    peer *next;
    int64_t id, lock;   /* `lock`: of which file it holds its byte */
    int64_t foreign_us; /* since when it is not the one that we have; 0: it is */
    int pidfd;
    bool seen; /* by the last scan */
};

/* ---- sockets ---- */

static lymph_status socket_path(const members *m, int64_t member, struct sockaddr_un *out, failure *f)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(out->sun_path, sizeof out->sun_path, "%s/%" PRIx64 ".sock", m->folder, (uint64_t)member);
    return n > 0 && (size_t)n < sizeof out->sun_path
               ? LYMPH_OK
               : failure_set(f, LYMPH_ECONFIG, "the path %s is too long for a socket", m->folder);
}

static lymph_status open_socket(members *m, failure *f)
{
    struct sockaddr_un address;
    lymph_status st = socket_path(m, m->id, &address, f);
    if (st)
        return st;
    unlink(address.sun_path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct epoll_event watched = {.events = EPOLLIN, .data.ptr = m};
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || stat(address.sun_path, &m->socket_file) ||
        epoll_ctl(m->epoll, EPOLL_CTL_ADD, fd, &watched)) {
        failure_set(f, LYMPH_EBACKEND, "cannot make the socket %s: %s", address.sun_path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return LYMPH_EBACKEND;
    }
    if (m->socket >= 0)
        close(m->socket);
    m->socket = fd;
    return LYMPH_OK;
}

static bool socket_present(const members *m)
{
    struct sockaddr_un address;
    struct stat now;
    return !socket_path(m, m->id, &address, NULL) && lstat(address.sun_path, &now) == 0 &&
           now.st_ino == m->socket_file.st_ino && now.st_dev == m->socket_file.st_dev;
}

void members_poke(members *m, int64_t member, unsigned about)
{
    if (member == m->id) {
        m->self |= about;
        return;
    }
    for (size_t i = 0; i < m->poke_count; i++) {
        if (m->pokes[i].member == member) {
            m->pokes[i].about |= about;
            return;
        }
    }
    if (m->poke_count == m->poke_room) {
        size_t room = m->poke_room ? 2 * m->poke_room : 16;
        poke *grown = realloc(m->pokes, room * sizeof *grown);
        if (!grown)
            return; /* it looks for itself before long */
        m->pokes = grown;
        m->poke_room = room;
    }
    m->pokes[m->poke_count++] = (poke){member, about};
}

static void send_poke(members *m, int64_t member, unsigned about)
{
    struct sockaddr_un to;
    char byte = (char)about;
    /* A full buffer means that the member is poked already (members_receive); a missing socket, that it is gone. */
    if (!socket_path(m, member, &to, NULL))
        (void)sendto(m->socket, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to);
}

void members_send(members *m)
{
    for (size_t i = 0; i < m->poke_count; i++) {
        if (m->pokes[i].member)
            send_poke(m, m->pokes[i].member, m->pokes[i].about);
        for (peer *p = m->pokes[i].member ? NULL : m->peers; p; p = p->next)
            send_poke(m, p->id, m->pokes[i].about);
    }
    m->poke_count = m->poke_kept = 0;
}

void members_keep(members *m)
{
    m->poke_kept = m->poke_count;
}

void members_forget(members *m)
{
    m->poke_count = m->poke_kept;
}

unsigned members_receive(members *m)
{
    unsigned about = m->self;
    int count = 0;
    char byte;
    m->self = 0;
    for (; m->socket >= 0 && recv(m->socket, &byte, 1, MSG_DONTWAIT) == 1; count++)
        about |= (unsigned char)byte & (STORE_REGISTRY | STORE_EVENTS | STORE_CHECK);
    if (count > 1) /* the buffer may have been full: others may have been about something else */
        about |= STORE_REGISTRY | STORE_EVENTS;
    return about;
}

/* ---- deaths ---- */

static void peer_free(peer *p)
{
    if (p->pidfd >= 0)
        close(p->pidfd);
    free(p);
}

static bool is_dead(const members *m, const peer *p)
{
    if (p->lock == lock_number(m->lock))
        return lock_dead(m->lock, p->id);
    return p->foreign_us && clock_now_us() - p->foreign_us > FOREIGN_US;
}

/* Removes a member's row and all that was its: its registrations and own queues go, what it had not finished goes back.
 */
static lymph_status remove_member(members *m, int64_t id, failure *f)
{
    lymph_status st = db_run(m->db, f, "DELETE FROM instance WHERE member = ?", "i", id);
    if (!st)
        st = queues_leave_all(m->db, id, f);
    if (!st)
        st = db_run(m->db, f, "DELETE FROM member WHERE id = ?", "i", id);
    struct sockaddr_un address;
    if (!st && id != m->id && !socket_path(m, id, &address, NULL))
        unlink(address.sun_path);
    if (!st)
        members_poke(m, 0, STORE_REGISTRY | STORE_EVENTS);
    if (!st && id != m->id)
        members_poke(m, m->id, STORE_REGISTRY | STORE_EVENTS);
    return st;
}

lymph_status members_bury(members *m, failure *f)
{
    m->grave = false;
    lymph_status st = LYMPH_OK;
    for (peer *p = m->peers; p && !st; p = p->next)
        if (is_dead(m, p))
            st = remove_member(m, p->id, f);
    m->grave = st != LYMPH_OK;
    return st ? st : members_scan(m, f);
}

void members_on_death(members *m, void *data)
{
    for (peer *p = m->peers; p; p = p->next) {
        if (p == data) {
            epoll_ctl(m->epoll, EPOLL_CTL_DEL, p->pidfd, NULL);
            close(p->pidfd);
            p->pidfd = -1;
            m->grave = true;
            return;
        }
    }
}

/* ---- who is there ---- */

static peer *find_peer(members *m, int64_t id)
{
    peer *p = m->peers;
    while (p && p->id != id)
        p = p->next;
    return p;
}

/* A process of another namespace cannot be watched: members_check finds it dead. */
static lymph_status add_peer(members *m, int64_t id, pid_t pid, failure *f)
{
    peer *p = calloc(1, sizeof *p);
    if (!p)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    p->id = id;
    p->next = m->peers;
    p->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct epoll_event watched = {.events = EPOLLIN, .data.ptr = p};
    if (p->pidfd >= 0)
        (void)epoll_ctl(m->epoll, EPOLL_CTL_ADD, p->pidfd, &watched);
    m->peers = p;
    m->grave = true; /* it may have died before it was watched */
    return LYMPH_OK;
}

lymph_status members_scan(members *m, failure *f)
{
    for (peer *p = m->peers; p; p = p->next)
        p->seen = false;
    sqlite3_stmt *q = db_prepare(m->db, "SELECT id, pid, lock FROM member", f);
    lymph_status st = q ? LYMPH_OK : LYMPH_EBACKEND;
    int row = 0;
    while (!st && (row = db_step(m->db, q, f)) > 0) {
        int64_t id = sqlite3_column_int64(q, 0), number = sqlite3_column_int64(q, 2);
        if (id == m->id)
            continue;
        if (!find_peer(m, id))
            st = add_peer(m, id, (pid_t)sqlite3_column_int64(q, 1), f);
        peer *p = find_peer(m, id);
        if (!p)
            break;
        p->seen = true;
        p->lock = number;
        if (number == lock_number(m->lock))
            p->foreign_us = 0;
        else if (!p->foreign_us)
            p->foreign_us = clock_now_us();
    }
    db_done(q);
    if (st || row < 0)
        return st ? st : LYMPH_EBACKEND;
    for (peer **at = &m->peers; *at;) {
        peer *p = *at;
        if (p->seen) {
            at = &p->next;
            continue;
        }
        *at = p->next;
        peer_free(p);
    }
    return LYMPH_OK;
}

/* ---- coming and going ---- */

lymph_status members_enter(members *m, failure *f)
{
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return failure_set(f, LYMPH_ESYSTEM, "no random number: %s", strerror(errno));
    m->id = (int64_t)(random >> 2 | 2);
    lymph_status st = lock_live(m->lock, m->id, f);
    if (!st)
        st = open_socket(m, f);
    if (st)
        m->id = 0;
    return st;
}

lymph_status members_join(members *m, failure *f)
{
    lymph_status st = db_run(m->db, f, "INSERT INTO member(id, pid, lock) VALUES(?, ?, ?)", "iii", m->id,
                             (int64_t)getpid(), lock_number(m->lock));
    if (!st)
        st = members_scan(m, f);
    if (!st)
        st = members_bury(m, f); /* before anything is read: who is dead is not found */
    if (!st)
        members_poke(m, 0, STORE_REGISTRY); /* so that they watch us */
    return st;
}

lymph_status members_leave(members *m, failure *f)
{
    return m->id ? remove_member(m, m->id, f) : LYMPH_OK;
}

void members_done(members *m)
{
    struct sockaddr_un address;
    if (m->id && socket_present(m) && !socket_path(m, m->id, &address, NULL))
        unlink(address.sun_path);
    if (m->socket >= 0)
        close(m->socket);
    m->socket = -1;
    m->id = 0;
    while (m->peers) {
        peer *p = m->peers;
        m->peers = p->next;
        peer_free(p);
    }
    free(m->pokes);
    m->pokes = NULL;
    m->poke_count = m->poke_kept = m->poke_room = 0;
    m->self = 0;
}

lymph_status members_check(members *m, bool *row, failure *lost, failure *f)
{
    int64_t number = -1;
    lymph_status st = db_get(m->db, f, &number, -1, "SELECT lock FROM member WHERE id = ?", "i", m->id);
    *row = st || number >= 0;
    if (st || !*row)
        return st;
    if (number != lock_number(m->lock)) {
        st = lock_live(m->lock, m->id, f);
        if (!st)
            st = db_run(m->db, f, "UPDATE member SET lock = ? WHERE id = ?", "ii", lock_number(m->lock), m->id);
    }
    if (!st && !socket_present(m)) {
        failure_set(lost, LYMPH_EBACKEND, "the socket of this program in %s was removed", m->folder);
        st = open_socket(m, f);
        members_poke(m, m->id, STORE_REGISTRY | STORE_EVENTS); /* nobody could poke us */
    }
    return st ? st : members_bury(m, f);
}
