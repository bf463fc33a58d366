/* sleep.h: waiting for time to pass, until the container stops. */
#ifndef CONTEXT_SLEEP_H
#define CONTEXT_SLEEP_H

#include "context/ctx.h"

/* A wait that the container's stop ends, or that of whoever waits for its outcome. On the stack of the one who waits.
 */
typedef struct sleeper sleeper;
struct sleeper {
    waiter w; /* what it is woken by: loop_wake */
    const ctx_base *base;
    bool cancelled;
    sleeper *next, **link;
};

/* Waits until `s` is woken. The caller may wait here. LYMPH_ETIMEDOUT: the time is over, which is no failure of the
 * context; LYMPH_ECANCELED, LYMPH_ENOMEM. */
lymph_status sleeper_wait(lymph_ctx *ctx, sleeper *s, int64_t until_us);

/* As lymph_sleep; the caller may wait here. LYMPH_ECANCELED, LYMPH_ENOMEM. */
lymph_status ctx_sleep(lymph_ctx *ctx, int64_t until_us);

/* Every such wait ends with LYMPH_ECANCELED; `base`: only those of its contexts, NULL: all. */
void sleepers_cancel(host *h, const ctx_base *base);

#endif
