/* clock.h: time. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Monotonic microseconds, for deadlines and durations. Any thread. */
int64_t clock_now_us(void);

/* Wall clock, seconds since 1970. */
double clock_wall(void);

/* For tests: time stands still at `now_us`, for the whole process, until it is set anew; the wall clock keeps its
 * distance. 0: both are the machine's again. */
void clock_pretend(int64_t now_us);
bool clock_pretended(void);

#endif
