#include "core/clock.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t pretended_us; /* 0: it is not */

static int64_t real_us(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
    int64_t pretended = atomic_load_explicit(&pretended_us, memory_order_relaxed);
    return pretended ? pretended : real_us(CLOCK_MONOTONIC);
}

double clock_wall(void)
{
    int64_t pretended = atomic_load_explicit(&pretended_us, memory_order_relaxed);
    int64_t ahead = pretended ? pretended - real_us(CLOCK_MONOTONIC) : 0;
    return (double)(real_us(CLOCK_REALTIME) + ahead) / 1e6;
}

void clock_pretend(int64_t now_us)
{
    atomic_store_explicit(&pretended_us, now_us, memory_order_relaxed);
}

bool clock_pretended(void)
{
    return atomic_load_explicit(&pretended_us, memory_order_relaxed) != 0;
}
