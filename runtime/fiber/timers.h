/* timers.h: a binary heap of deadlines above one timerfd. Part of loop.c's state. */
#ifndef FIBER_TIMERS_H
#define FIBER_TIMERS_H

#include "fiber/loop.h"

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

#endif
