/* sleep.h: waiting for time to pass, until the container stops. */
#ifndef CONTEXT_SLEEP_H
#define CONTEXT_SLEEP_H

#include "context/ctx.h"

/* As lymph_sleep; the caller may wait here. LYMPH_ECANCELED, LYMPH_ENOMEM. */
lymph_status ctx_sleep(lymph_ctx *ctx, int64_t until_us);

/* Every sleep ends with LYMPH_ECANCELED; `base`: only those of its contexts, NULL: all. */
void sleepers_cancel(host *h, const ctx_base *base);

#endif
