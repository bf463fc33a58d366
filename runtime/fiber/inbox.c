#include "fiber/inbox.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/clock.h"

int inbox_init(inbox *b)
{
    pthread_mutex_init(&b->lock, NULL);
    b->first = NULL;
    b->end = &b->first;
    atomic_init(&b->filled, false);
    b->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return b->fd < 0 ? -1 : 0;
}

void inbox_done(inbox *b)
{
    if (b->fd >= 0)
        close(b->fd);
    pthread_mutex_destroy(&b->lock);
}

void inbox_post(inbox *b, letter *l)
{
    l->next = NULL;
    pthread_mutex_lock(&b->lock);
    bool first = b->first == NULL;
    *b->end = l;
    atomic_store_explicit(&b->filled, true, memory_order_relaxed);
    b->end = &l->next;
    pthread_mutex_unlock(&b->lock);
    if (!first)
        return; /* whoever posted the first one wakes the taker */
    while (write(b->fd, &(uint64_t){1}, sizeof(uint64_t)) < 0 && errno == EINTR)
        ;
}

letter *inbox_take(inbox *b)
{
    /* The descriptor first: a letter that comes in between is taken now and wakes once more for nothing. The other way
     * round it would lie there unseen. */
    uint64_t count;
    while (read(b->fd, &count, sizeof count) < 0 && errno == EINTR)
        ;
    pthread_mutex_lock(&b->lock);
    letter *all = b->first;
    b->first = NULL;
    b->end = &b->first;
    atomic_store_explicit(&b->filled, false, memory_order_relaxed);
    pthread_mutex_unlock(&b->lock);
    return all;
}

void inbox_spin(inbox *b, int64_t us)
{
    int64_t end_us = clock_now_us() + us;
    while (!atomic_load_explicit(&b->filled, memory_order_relaxed) && clock_now_us() < end_us)
        sched_yield();
}

int inbox_fd(const inbox *b)
{
    return b->fd;
}
