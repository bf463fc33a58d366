/* timers.c: each call sets a timeout that nearly always is cancelled again, so setting and cancelling must cost next to
 * nothing: the kernel's timer is only ever moved to an earlier time; when it fires with nothing due it is set anew. It
 * is a timerfd and not a timeout of epoll_wait, because the kernel sets up and takes down the latter each time the loop
 * sleeps. */
#include "fiber/timers.h"

#include <event2/event.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/clock.h"

static void place(timers *ts, timer *t, size_t at)
{
    ts->heap[at] = t;
    t->place = at;
}

static void sift_up(timers *ts, timer *t, size_t at)
{
    while (at > 1 && ts->heap[at / 2]->deadline_us > t->deadline_us) {
        place(ts, ts->heap[at / 2], at);
        at /= 2;
    }
    place(ts, t, at);
}

static void sift_down(timers *ts, timer *t, size_t at)
{
    for (size_t child; (child = at * 2) <= ts->count; at = child) {
        if (child < ts->count && ts->heap[child + 1]->deadline_us < ts->heap[child]->deadline_us)
            child++;
        if (ts->heap[child]->deadline_us >= t->deadline_us)
            break;
        place(ts, ts->heap[child], at);
    }
    place(ts, t, at);
}

static void arm(timers *ts)
{
    if (!ts->count || ts->heap[1]->deadline_us >= ts->armed_us || clock_pretended())
        return; /* what the kernel knows of is not the time that is pretended: the loop looks by itself */
    int64_t at = ts->heap[1]->deadline_us > 0 ? ts->heap[1]->deadline_us : 1; /* 0 would disarm */
    struct itimerspec when = {.it_value = {.tv_sec = at / 1000000, .tv_nsec = at % 1000000 * 1000}};
    ts->armed_us = ts->heap[1]->deadline_us;
    timerfd_settime(ts->fd, TFD_TIMER_ABSTIME, &when, NULL);
}

void timers_run(timers *ts)
{
    int64_t now = clock_now_us();
    while (ts->count && ts->heap[1]->deadline_us <= now) {
        timer *t = ts->heap[1];
        timers_cancel(ts, t);
        t->function(t);
    }
}

int64_t timers_next(const timers *ts)
{
    return ts->count ? ts->heap[1]->deadline_us : WAIT_FOREVER;
}

static void fire(evutil_socket_t fd, short what, void *arg)
{
    timers *ts = arg;
    uint64_t times;
    (void)!read(fd, &times, sizeof times); /* only to make it unreadable */
    ts->armed_us = WAIT_FOREVER;
    timers_run(ts);
    arm(ts);
}

int timers_init(timers *ts, struct event_base *base)
{
    *ts = (timers){.armed_us = WAIT_FOREVER};
    ts->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (ts->fd >= 0)
        ts->event = event_new(base, ts->fd, EV_READ | EV_PERSIST, fire, ts);
    return ts->event && event_add(ts->event, NULL) == 0 ? 0 : -1;
}

void timers_done(timers *ts)
{
    if (ts->event)
        event_free(ts->event);
    if (ts->fd >= 0)
        close(ts->fd);
    free(ts->heap);
    *ts = (timers){.fd = -1};
}

int timers_set(timers *ts, timer *t, int64_t deadline_us, void (*function)(timer *t))
{
    timers_cancel(ts, t);
    if (ts->count + 1 >= ts->capacity) {
        size_t capacity = ts->capacity ? ts->capacity * 2 : 64;
        timer **heap = realloc(ts->heap, capacity * sizeof *heap);
        if (!heap)
            return -1;
        ts->heap = heap;
        ts->capacity = capacity;
    }
    t->deadline_us = deadline_us;
    t->function = function;
    sift_up(ts, t, ++ts->count);
    arm(ts);
    return 0;
}

void timers_cancel(timers *ts, timer *t)
{
    size_t at = t->place;
    if (!at)
        return;
    t->place = 0;
    timer *last = ts->heap[ts->count--];
    if (last == t)
        return;
    if (at > 1 && ts->heap[at / 2]->deadline_us > last->deadline_us)
        sift_up(ts, last, at);
    else
        sift_down(ts, last, at);
}
