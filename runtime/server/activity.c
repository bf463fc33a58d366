/* activity.c: work that runs in a coroutine with a context of its own: requests, events, spawned functions. Tasks are
 * pooled with their arenas, so that serving a request allocates nothing in the steady state. */
#include <stdlib.h>
#include <string.h>

#include "container/container.h"
#include "core/clock.h"

#define SPARE_TASKS_MAX 1024

activity *activity_new(container *c, slice trace_id, bool serves)
{
    if (c->activities_alive >= c->activities_max)
        return NULL;
    activity *t = c->spare_activities;
    if (t) {
        c->spare_activities = t->next;
        c->spare_activity_count--;
    } else {
        t = calloc(1, sizeof *t);
        if (!t)
            return NULL;
        arena_init(&t->base.memory);
    }
    ctx_init(&t->ctx, c, &t->base);
    if (trace_id.size && trace_id.size <= MESSAGE_TRACE_MAX) {
        memcpy(t->trace_id, trace_id.at, trace_id.size);
        t->trace_id[trace_id.size] = '\0';
    } else {
        unique_hex(t->trace_id);
    }
    t->ctx.trace_id = t->trace_id;
    t->serves = serves;
    c->activities_alive++;
    c->serving += serves;
    return t;
}

void activity_free(activity *t)
{
    container *c = t->ctx.c;
    ctx_end(&t->ctx);
    t->from = NULL;
    t->subscriber = NULL;
    t->delivery = NULL;
    c->activities_alive--;
    c->serving -= t->serves;
    if (c->spare_activity_count < SPARE_TASKS_MAX) {
        t->next = c->spare_activities;
        c->spare_activities = t;
        c->spare_activity_count++;
    } else {
        arena_done(&t->base.memory);
        free(t);
    }
    if (!c->serving && c->drained)
        loop_wake(c->loop, c->drained);
}

static void run(void *arg)
{
    activity *t = arg;
    t->function(t);
    activity_free(t);
}

lymph_status activity_run(activity *t, void (*function)(activity *t))
{
    t->function = function;
    return loop_spawn(t->ctx.c->loop, run, t);
}

void activities_free(container *c)
{
    while (c->spare_activities) {
        activity *t = c->spare_activities;
        c->spare_activities = t->next;
        arena_done(&t->base.memory);
        free(t);
    }
    c->spare_activity_count = 0;
}

/* ---- spawned functions ---- */

static void run_user_function(activity *t)
{
    t->user_function(&t->ctx, t->arg);
}

lymph_status lymph_spawn(lymph_ctx *ctx, void (*function)(lymph_ctx *ctx, void *arg), void *arg)
{
    lymph_status st = ctx_ready(ctx, false);
    if (st)
        return st;
    activity *t = activity_new(ctx->c, (slice){ctx->trace_id, strlen(ctx->trace_id)}, false);
    if (!t && ctx->c->activities_alive < ctx->c->activities_max)
        return ctx_fail(ctx, LYMPH_ENOMEM, "out of memory");
    if (!t)
        return ctx_fail(ctx, LYMPH_ELIMIT, "%zu activities are running already", ctx->c->activities_alive);
    t->ctx.interface = ctx->interface;
    t->ctx.options = ctx->options;
    t->user_function = function;
    t->arg = arg;
    if ((ctx->options.version && !(t->ctx.options.version = lymph_strdup(&t->ctx, ctx->options.version))) ||
        (ctx->options.address && !(t->ctx.options.address = lymph_strdup(&t->ctx, ctx->options.address)))) {
        activity_free(t);
        return ctx_fail(ctx, LYMPH_ENOMEM, "out of memory");
    }
    st = activity_run(t, run_user_function);
    if (st) {
        activity_free(t);
        return ctx_fail(ctx, st, "no stack for another coroutine");
    }
    return LYMPH_OK;
}

/* ---- sleeping ---- */

typedef struct sleeper sleeper;
struct sleeper {
    waiter w;
    sleeper *next, **link;
};

/* Twice is once. */
static void sleeper_unlink(sleeper *s)
{
    *s->link = s->next;
    if (s->next)
        s->next->link = s->link;
    s->next = NULL;
    s->link = &s->next;
}

lymph_status lymph_sleep(lymph_ctx *ctx, double seconds)
{
    lymph_status st = ctx_ready(ctx, true);
    if (st)
        return st;
    container *c = ctx->c;
    if (!(seconds >= 0))
        return ctx_fail(ctx, LYMPH_EINVAL, "cannot sleep for %g seconds", seconds);
    if (seconds > 1e9)
        seconds = 1e9;
    sleeper s = {.w = WAITER_INIT, .next = c->sleepers, .link = &c->sleepers};
    if (s.next)
        s.next->link = &s.next;
    c->sleepers = &s;
    st = loop_wait(c->loop, &s.w, clock_now_us() + (int64_t)(seconds * 1e6));
    sleeper_unlink(&s);
    if (st == LYMPH_ETIMEDOUT)
        return LYMPH_OK;
    return st ? ctx_fail(ctx, st, "cannot sleep here") : ctx_fail(ctx, LYMPH_ECANCELED, "the container is stopping");
}

void sleepers_cancel(container *c)
{
    while (c->sleepers) {
        sleeper *s = c->sleepers;
        sleeper_unlink(s);
        loop_wake(c->loop, &s->w);
    }
}
