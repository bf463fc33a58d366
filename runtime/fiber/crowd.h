/* crowd.h: several who wait for one thing, and are woken together. */
#ifndef FIBER_CROWD_H
#define FIBER_CROWD_H

#include "fiber/loop.h"

/* Zeroed = nobody. It may go while those it held are being woken, but not while one waits. */
typedef struct crowd {
    struct crowd_member *first;
} crowd;

/* As loop_wait. */
lymph_status crowd_wait(loop *l, crowd *c, int64_t deadline_us);

/* Wakes all who wait now. From a callback they run before it returns. */
void crowd_wake(loop *l, crowd *c);

#endif
