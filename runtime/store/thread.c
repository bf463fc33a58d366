#include "store/thread.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/clock.h"
#include "store/folder.h"
#include "store/guard.h"

#define LOCK_US    2000000 /* longest wait for the right to write */
#define RETRY_US   500000  /* until what failed is tried again */
#define CHECK_US   3000000 /* between two looks at the folder */
#define SHRINK_US  100000  /* the same, while there is room to give back */
#define GATHER_US  500     /* what can wait waits this long for others */
#define SPIN_US    30      /* a program that emits one event after the other has its next one by then */
#define GROUP_MAX  256     /* jobs in one transaction */
#define EVENTS_MAX 16

static const char log_name[] = "lymph.local";

typedef struct thread {
    store *s;
    int epoll;
    lock lock;
    db db;
    members members;
    store_tx tx;
    bool joined, ending;
    store_job *first, **end; /* what is to be done, in order */
    int64_t gather_us;       /* when the first of those that can wait came; 0: there is none */
    bool urgent;             /* there is one that cannot wait */
    bool prompt;             /* there was one just now: its owner may have the next one at once */
    bool scan;               /* members have come or gone */
    int64_t check_us, retry_us;
    failure trouble; /* why we have not joined */
    bool held;       /* told that somebody holds the lock */
    bool cut;        /* mapped memory was missing: what stands in for it is seen by nobody else */
} thread;

/* ---- jobs ---- */

static void append(thread *t, store_job *j)
{
    j->letter.next = NULL;
    *t->end = j;
    t->end = (store_job **)&j->letter.next;
}

static void take_letters(thread *t)
{
    letter *l = inbox_take(&t->s->inbox);
    int64_t now = clock_now_us();
    for (letter *next; l; l = next) {
        store_job *j = (store_job *)l;
        next = l->next;
        append(t, j);
        t->ending |= j == &t->s->closing;
        t->urgent |= !j->lazy;
        if (j->lazy && !t->gather_us)
            t->gather_us = now + GATHER_US;
    }
}

static void answer(thread *t, store_job *j, lymph_status st, const failure *f)
{
    j->status = st;
    if (st)
        j->failure = *f;
    if (j->behind)
        j->behind(j);
    mailbox_post(t->s->mailbox, &j->letter);
}

/* Answers those that are still to be done, but for those that are tried again. */
static void fail_all(thread *t, bool keep, lymph_status st, const failure *f)
{
    store_job *j = t->first;
    t->first = NULL;
    t->end = &t->first;
    t->urgent = false;
    for (store_job *next; j; j = next) {
        next = (store_job *)j->letter.next;
        if (j->keep && keep)
            append(t, j);
        else
            answer(t, j, st, f);
    }
}

static void tell_listeners(thread *t, unsigned about)
{
    atomic_fetch_or(&t->s->news.about, about);
    if (!atomic_exchange(&t->s->news.under_way, true))
        mailbox_post(t->s->mailbox, &t->s->news.letter);
}

/* ---- coming and going ---- */

static void close_all(thread *t)
{
    members_done(&t->members);
    lock_close(&t->lock);
    t->joined = false;
}

static bool take_lock(thread *t, int64_t deadline_us, failure *f)
{
    if (lock_take(&t->lock, deadline_us))
        return true;
    failure_set(f, LYMPH_EBACKEND,
                "local store: another program holds %s/lock and does not give it back: it may be stopped",
                t->s->folder);
    return false;
}

/* The end of a transaction that went as `st` says: what it has poked about is kept only if it holds. */
static lymph_status end_tx(thread *t, lymph_status st, failure *f)
{
    if (!st)
        st = db_commit(&t->db, f);
    else
        db_rollback(&t->db);
    if (st)
        members_forget(&t->members);
    else
        members_keep(&t->members);
    return st;
}

static lymph_status enter(thread *t, failure *f)
{
    db_forsake(&t->db);
    lymph_status st = db_open(&t->db, t->s->folder, f);
    if (st && t->tx.generation && db_put_aside(t->s->folder)) /* somebody has put it where ours was */
        st = db_open(&t->db, t->s->folder, f);
    if (st)
        return st;
    st = members_enter(&t->members, f);
    if (!st)
        st = db_begin(&t->db, f);
    if (!st && !(st = members_join(&t->members, f)))
        st = db_commit(&t->db, f);
    if (st)
        db_close(&t->db);
    else
        members_keep(&t->members);
    return st;
}

static lymph_status join(thread *t, failure *f)
{
    lymph_status st = folder_again(t->s->folder, f);
    if (!st)
        st = lock_open(&t->lock, t->s->folder, f);
    if (!st && !take_lock(t, clock_now_us() + LOCK_US, f))
        st = LYMPH_EBACKEND;
    if (!st) {
        st = enter(t, f);
        lock_give(&t->lock);
    }
    if (st) {
        close_all(t);
        return st;
    }
    members_send(&t->members);
    t->joined = true;
    t->tx.generation++;
    return LYMPH_OK;
}

static void try_to_join(thread *t)
{
    failure f = {0};
    if (clock_now_us() < t->retry_us)
        return;
    if (join(t, &f)) {
        if (t->tx.generation && strcmp(f.message, t->trouble.message) != 0)
            log_line(t->s->log, LYMPH_ERROR, log_name, NULL, "cannot join the cluster again: %s", f.message);
        t->trouble = f;
        t->retry_us = clock_now_us() + RETRY_US;
        return;
    }
    t->check_us = clock_now_us() + CHECK_US;
    t->held = false;
    if (t->tx.generation > 1) {
        log_line(t->s->log, LYMPH_WARNING, log_name, NULL, "joined the cluster in %s again", t->s->folder);
        tell_listeners(t, STORE_ANEW | STORE_REGISTRY | STORE_EVENTS);
    }
}

/* What is kept in the files is lost: what was tried until it holds is about nothing any more. */
static void lose(thread *t, const failure *why)
{
    log_line(t->s->log, LYMPH_ERROR, log_name, NULL, "%s: joining the cluster again", why->message);
    if (t->members.id) {
        members_poke(&t->members, 0, STORE_CHECK);
        members_send(&t->members);
    }
    members_done(&t->members);
    lock_close(&t->lock);
    t->joined = false;
    t->trouble = *why;
    t->retry_us = t->gather_us = 0;
    fail_all(t, false, LYMPH_EBACKEND, why);
    try_to_join(t);
}

static void leave(thread *t)
{
    failure f = {0};
    if (t->joined && take_lock(t, clock_now_us() + LOCK_US, &f)) {
        lymph_status st = db_begin(&t->db, &f);
        if (!st)
            st = end_tx(t, members_leave(&t->members, &f), &f);
        if (!st)
            members_send(&t->members);
        db_close(&t->db);
        lock_give(&t->lock);
    }
    db_close(&t->db); /* lost, and not found again */
    if (f.status)     /* the others see that our byte of the lock file is free */
        log_line(t->s->log, LYMPH_WARNING, log_name, NULL, "cannot leave the local cluster: %s", f.message);
    close_all(t);
}

/* ---- looking after the folder ---- */

static lymph_status check_members(thread *t, bool *row, failure *lost, failure *f)
{
    *row = true;
    lymph_status st = db_begin(&t->db, f);
    return st ? st : end_tx(t, members_check(&t->members, row, lost, f), f);
}

static lymph_status lock_again(thread *t, failure *f)
{
    if (lock_present(&t->lock))
        return LYMPH_OK;
    log_line(t->s->log, LYMPH_ERROR, log_name, NULL, "%s/lock was removed or replaced: made again", t->s->folder);
    lock_close(&t->lock);
    return lock_open(&t->lock, t->s->folder, f);
}

static void check(thread *t)
{
    failure f = {0}, lost = {0};
    bool more = false, row = true;
    t->check_us = clock_now_us() + CHECK_US;
    if (lock_again(t, &f)) {
        lose(t, &f);
        return;
    }
    if (!lock_take(&t->lock, clock_now_us() + LOCK_US))
        return; /* told when there is something to do */
    bool whole = !t->cut && db_check(&t->db, &more, &f);
    lymph_status st = whole ? check_members(t, &row, &lost, &f) : LYMPH_OK;
    if (guard_hit() || t->cut) {
        whole = t->cut = false;
        failure_set(&f, LYMPH_EBACKEND, "%s/store.db-shm was cut short", t->s->folder);
    }
    if (whole && !row)
        db_close(&t->db); /* the files are whole, and not to be removed */
    lock_give(&t->lock);
    if (whole && !row)
        failure_set(&f, LYMPH_EBACKEND, "this program was taken for dead, and all that was its was removed from %s",
                    t->s->folder);
    if (lost.status)
        log_line(t->s->log, LYMPH_ERROR, log_name, NULL, "%s: made again", lost.message);
    if (!whole || !row) {
        lose(t, &f);
    } else if (st) {
        log_line(t->s->log, LYMPH_WARNING, log_name, NULL, "%s", f.message);
    } else {
        members_send(&t->members);
        if (more)
            t->check_us = clock_now_us() + SHRINK_US;
    }
}

/* ---- transactions ---- */

static lymph_status keep_house(thread *t, int64_t now, failure *f)
{
    lymph_status st = LYMPH_OK;
    if (t->members.grave)
        st = members_bury(&t->members, f);
    else if (t->scan)
        st = members_scan(&t->members, f);
    for (store_worker *w = t->s->workers; w && !st; w = w->next)
        if (w->due_us <= now)
            st = w->work(w, &t->tx, f);
    return st;
}

static bool house_is_due(const thread *t, int64_t now)
{
    bool due = t->members.grave || t->scan;
    for (const store_worker *w = t->s->workers; w; w = w->next)
        due |= w->due_us <= now;
    return due;
}

/* `again`: it is due as before, and kept once more at once. */
static void house_is_kept(thread *t, lymph_status st, int64_t now, bool again)
{
    if (!st)
        t->scan = false;
    for (store_worker *w = t->s->workers, *next; w; w = next) {
        int64_t due_us = w->due_us;
        next = w->next;
        if (due_us > now)
            continue;
        w->worked(w, &t->tx, st);
        if (again)
            w->due_us = due_us;
    }
}

/* All of it or nothing. With the right to write. */
static lymph_status transact(thread *t, store_job *first, store_job *behind, bool house, int64_t now, failure *f)
{
    lymph_status st = db_begin(&t->db, f);
    if (st)
        return st;
    for (store_job *j = first; j != behind && !st; j = (store_job *)j->letter.next)
        st = j->run(j, &t->tx, f);
    if (!st && house)
        st = keep_house(t, now, f);
    if (guard_hit()) {
        t->db.suspect = t->cut = true;
        st = failure_set(f, LYMPH_EBACKEND, "%s/store.db-shm was cut short", t->s->folder);
    }
    return end_tx(t, st, f);
}

/* Takes a group off the list. Returns who is behind it. */
static store_job *group(thread *t)
{
    store_job *j = t->first;
    for (int i = 0; j && i < GROUP_MAX; i++)
        j = (store_job *)j->letter.next;
    return j;
}

/* Answers a job, or puts it back onto the list. */
static void finish(thread *t, store_job *j, lymph_status st, const failure *f)
{
    if (st && j->keep) {
        append(t, j);
        t->gather_us = clock_now_us() + RETRY_US;
        return;
    }
    answer(t, j, st, f);
}

static void work(thread *t)
{
    failure f = {0};
    if (!take_lock(t, clock_now_us() + LOCK_US, &f)) {
        if (!t->held)
            log_line(t->s->log, LYMPH_ERROR, log_name, NULL, "%s", f.message);
        t->held = true;
        fail_all(t, true, LYMPH_EBACKEND, &f);
        t->gather_us = clock_now_us() + RETRY_US;
        return;
    }
    t->held = false;
    store_job *first = t->first, *behind = group(t);
    t->first = behind;
    if (!behind)
        t->end = &t->first;
    t->prompt = t->urgent;
    t->urgent = t->urgent && behind;
    t->gather_us = behind ? 1 : 0;
    int64_t now = clock_now_us();
    bool house = house_is_due(t, now);
    lymph_status st = transact(t, first, behind, true, now, &f);
    bool several = first != behind && (house || (store_job *)first->letter.next != behind);
    house_is_kept(t, st, now, st && several);
    for (store_job *j = first, *next; j != behind; j = next) {
        failure own = f;
        lymph_status end = st;
        next = (store_job *)j->letter.next;
        if (st && several) { /* so that a failure is told to the one whose it is */
            own = (failure){0};
            end = transact(t, j, next, false, now, &own);
        }
        finish(t, j, end, &own);
    }
    if (st && several && house) {
        st = transact(t, NULL, NULL, true, now, &f);
        house_is_kept(t, st, now, false);
    }
    lock_give(&t->lock);
    members_send(&t->members);
    if (st && house)
        log_line(t->s->log, LYMPH_WARNING, log_name, NULL, "%s", f.message);
    if (t->db.suspect)
        check(t);
}

/* ---- the thread ---- */

static int64_t next_us(const thread *t)
{
    if (!t->joined)
        return t->urgent || t->ending ? 0 : t->retry_us;
    int64_t next = t->urgent || t->ending ? 0 : t->check_us;
    if (t->gather_us && t->gather_us < next)
        next = t->gather_us;
    for (const store_worker *w = t->s->workers; w; w = w->next)
        if (w->due_us < next)
            next = w->due_us;
    return t->members.grave || t->members.self || t->scan ? 0 : next;
}

static void wait_for_something(thread *t)
{
    struct epoll_event events[EVENTS_MAX];
    int64_t wait_us = next_us(t) - clock_now_us();
    if (t->prompt)
        inbox_spin(&t->s->inbox, wait_us < SPIN_US ? wait_us : SPIN_US);
    t->prompt = false;
    struct timespec wait = {0};
    if (wait_us > 0)
        wait = (struct timespec){.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000};
    int count = epoll_pwait2(t->epoll, events, EVENTS_MAX, &wait, NULL);
    for (int i = 0; i < count; i++)
        if (events[i].data.ptr && events[i].data.ptr != &t->members)
            members_on_death(&t->members, events[i].data.ptr);
    take_letters(t);
    unsigned about = members_receive(&t->members);
    if (about & STORE_CHECK)
        t->check_us = 0;
    if (about & STORE_REGISTRY)
        t->scan = true;
    for (store_worker *w = t->s->workers; w && (about & STORE_EVENTS); w = w->next)
        w->due_us = 0;
    if (about & (STORE_REGISTRY | STORE_EVENTS))
        tell_listeners(t, about & (STORE_REGISTRY | STORE_EVENTS));
}

static void turn(thread *t)
{
    if (!t->joined)
        try_to_join(t);
    if (!t->joined) {
        fail_all(t, false, LYMPH_EBACKEND, &t->trouble);
        return;
    }
    int64_t now = clock_now_us();
    if (now >= t->check_us)
        check(t);
    if (t->joined && (t->urgent || (t->gather_us && now >= t->gather_us) || house_is_due(t, now)))
        work(t);
}

/* Nobody is inside of SQLite while the process forks: a child would find its locks taken, for ever. */
static pthread_rwlock_t inside = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

static void before_fork(void)
{
    pthread_rwlock_wrlock(&inside);
}

static void behind_fork(void)
{
    pthread_rwlock_unlock(&inside);
}

static void in_child(void)
{
    inside = (pthread_rwlock_t)PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP; /* its owner was the parent */
}

static void watch_forks(void)
{
    pthread_atfork(before_fork, behind_fork, in_child);
}

static void *run(void *arg)
{
    thread *t = arg;
    failure f = {0};
    guard_thread();
    (void)prctl(PR_SET_TIMERSLACK, 1000); /* for the pauses of lock.c */
    int64_t end_us = 0;
    while (!t->ending || (t->first && clock_now_us() < end_us)) {
        wait_for_something(t);
        if (t->ending && !end_us)
            end_us = clock_now_us() + LOCK_US;
        pthread_rwlock_rdlock(&inside);
        turn(t);
        pthread_rwlock_unlock(&inside);
    }
    pthread_rwlock_rdlock(&inside);
    leave(t);
    pthread_rwlock_unlock(&inside);
    failure_set(&f, LYMPH_ECANCELED, "the store is closed");
    take_letters(t);
    fail_all(t, false, LYMPH_ECANCELED, &f);
    if (t->epoll >= 0)
        close(t->epoll);
    return NULL;
}

static thread *thread_new(store *s)
{
    thread *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    struct epoll_event watched = {.events = EPOLLIN};
    t->s = s;
    t->lock.fd = -1;
    t->end = &t->first;
    t->tx = (store_tx){.db = &t->db, .members = &t->members, .log = s->log};
    t->epoll = epoll_create1(EPOLL_CLOEXEC);
    t->members = (members){.db = &t->db, .lock = &t->lock, .folder = s->folder, .epoll = t->epoll, .socket = -1};
    failure_set(&t->trouble, LYMPH_EBACKEND, "local store: out of descriptors");
    (void)epoll_ctl(t->epoll, EPOLL_CTL_ADD, inbox_fd(&s->inbox), &watched);
    return t;
}

lymph_status thread_start(store *s, failure *f)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    if (!(s->state = thread_new(s)))
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    sigset_t all, before;
    sigfillset(&all); /* signals are for the program's own threads */
    sigdelset(&all, SIGBUS);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&s->thread, NULL, run, s->state);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed)
        return LYMPH_OK;
    thread_end(s);
    return failure_set(f, LYMPH_ESYSTEM, "cannot start the store's thread: %s", strerror(failed));
}

void thread_end(store *s)
{
    free(s->state);
    s->state = NULL;
}
