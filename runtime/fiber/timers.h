/* timers.h: a binary heap of deadlines above one timerfd. Part of loop.c's state. */
#ifndef FIBER_TIMERS_H
#define FIBER_TIMERS_H

#include <stddef.h>
#include <stdint.h>

struct event_base;

#define WAIT_FOREVER INT64_MAX /* as a deadline: none */

/* A timer for callbacks. Embedded in its owner; zeroed = not set. O(log n). */
typedef struct timer {
    int64_t deadline_us;
    size_t place; /* in the loop's heap, from 1; 0: not set */
    void (*function)(struct timer *t);
} timer;

typedef struct timers {
    timer **heap; /* heap[0] is not used: places count from 1 */
    size_t count, capacity;
    int fd;
    struct event *event;
    int64_t armed_us; /* when `fd` becomes readable; WAIT_FOREVER: not set */
} timers;

int timers_init(timers *ts,
                struct event_base *base); /* 0, or -1 when memory or descriptors are out; timers_done either way */
void timers_done(timers *ts);
int timers_set(timers *ts, timer *t, int64_t deadline_us, void (*function)(timer *t)); /* 0 or -1 */
void timers_cancel(timers *ts, timer *t);

/* Calls those that are due. */
void timers_run(timers *ts);

/* The earliest deadline; WAIT_FOREVER: there is none. */
int64_t timers_next(const timers *ts);

#endif
