#include "context/sleep.h"

#include "core/clock.h"

/* Twice is once. */
static void sleeper_unlink(sleeper *s)
{
    *s->link = s->next;
    if (s->next)
        s->next->link = s->link;
    s->next = NULL;
    s->link = &s->next;
}

lymph_status sleeper_wait(lymph_ctx *ctx, sleeper *s, int64_t until_us)
{
    host *h = ctx->host;
    *s = (sleeper){.w = WAITER_INIT, .base = ctx->base, .next = h->sleepers, .link = &h->sleepers};
    if (s->next)
        s->next->link = &s->next;
    h->sleepers = s;
    lymph_status st = loop_wait(h->loop, &s->w, until_us);
    sleeper_unlink(s);
    if (s->cancelled)
        return ctx_fail(ctx, LYMPH_ECANCELED, "%s",
                        ctx->base->canceled ? ctx->base->canceled : "the container is stopping");
    return st && st != LYMPH_ETIMEDOUT ? ctx_fail(ctx, st, "cannot wait here") : st;
}

lymph_status ctx_sleep(lymph_ctx *ctx, int64_t until_us)
{
    sleeper s;
    lymph_status st = sleeper_wait(ctx, &s, until_us);
    return st == LYMPH_ETIMEDOUT ? LYMPH_OK : st;
}

lymph_status lymph_sleep(lymph_ctx *ctx, double seconds)
{
    lymph_status st = ctx_enter(ctx, NEED_WAIT);
    if (st)
        return st;
    if (!(seconds >= 0))
        return ctx_fail(ctx, LYMPH_EINVAL, "cannot sleep for %g seconds", seconds);
    return ctx_sleep(ctx, clock_now_us() + (int64_t)((seconds < 1e9 ? seconds : 1e9) * 1e6));
}

void sleepers_cancel(host *h, const ctx_base *base)
{
    for (sleeper *s = h->sleepers; s;) {
        if (base && s->base != base) {
            s = s->next;
            continue;
        }
        sleeper_unlink(s);
        s->cancelled = true;
        loop_wake(h->loop, &s->w);
        s = h->sleepers; /* whoever was woken may have ended others */
    }
}
