/* clock.h: time. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>

/* Monotonic microseconds, for deadlines and durations. Any thread. */
int64_t clock_now_us(void);

/* Wall clock, seconds since 1970. */
double clock_wall(void);

#endif
