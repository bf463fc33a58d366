#include "server/activity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/unique.h"

#define SPARE_MAX 1024 /* of one kind */

void activity_pool_init(activity_pool *p, activities *all, size_t size, bool serves)
{
    *p = (activity_pool){.all = all, .size = size, .serves = serves};
}

static void destroy(activity *a)
{
    arena_done(&a->base.memory);
    free(a);
}

void activity_pool_done(activity_pool *p)
{
    while (p->spare) {
        activity *a = p->spare;
        p->spare = a->next;
        destroy(a);
    }
    p->spare_count = 0;
}

activity *activity_new(activity_pool *p, slice trace_id)
{
    activities *all = p->all;
    if (all->alive >= all->max)
        return NULL;
    activity *a = p->spare;
    if (a) {
        p->spare = a->next;
        p->spare_count--;
    } else {
        a = calloc(1, p->size);
        if (!a)
            return NULL;
        a->pool = p;
        arena_init(&a->base.memory);
    }
    ctx_init(&a->ctx, all->host, &a->base);
    if (trace_id.size && trace_id.size <= MESSAGE_TRACE_MAX) {
        memcpy(a->trace_id, trace_id.at, trace_id.size);
        a->trace_id[trace_id.size] = '\0';
    } else {
        unique_hex(a->trace_id);
    }
    a->ctx.trace_id = a->trace_id;
    all->alive++;
    all->serving += p->serves;
    return a;
}

void activity_free(activity *a)
{
    activity_pool *p = a->pool;
    activities *all = p->all;
    ctx_end(&a->ctx);
    all->alive--;
    all->serving -= p->serves;
    if (p->spare_count < SPARE_MAX) {
        a->next = p->spare;
        p->spare = a;
        p->spare_count++;
    } else {
        destroy(a);
    }
    if (!all->serving)
        activities_hurry(all);
}

static void run(void *arg)
{
    activity *a = arg;
    a->function(a);
    if (host_is_parents(a->ctx.host)) {
        fprintf(stderr, "lymph: a forked child returned from a handler, into its parent's loop: it ends here\n");
        _exit(EXIT_FAILURE);
    }
    activity_free(a);
}

lymph_status activity_run(activity *a, void (*function)(activity *a))
{
    a->function = function;
    return loop_spawn(a->ctx.host->loop, run, a);
}

/* ---- all of them ---- */

/* A function of the user's. */
typedef struct spawned {
    activity activity;
    void (*function)(lymph_ctx *ctx, void *arg);
    void *arg;
} spawned;

void activities_init(activities *all, host *h)
{
    *all = (activities){.host = h};
    activity_pool_init(&all->spawned, all, sizeof(spawned), false);
}

void activities_done(activities *all)
{
    activity_pool_done(&all->spawned);
}

void activities_wait(activities *all, int64_t deadline_us)
{
    waiter w = WAITER_INIT;
    all->drained = &w;
    (void)loop_wait(all->host->loop, &w, deadline_us);
    all->drained = NULL;
}

void activities_hurry(activities *all)
{
    if (all->drained)
        loop_wake(all->host->loop, all->drained);
}

/* ---- spawned functions ---- */

static void run_function(activity *a)
{
    spawned *s = (spawned *)a;
    loop_label(a->ctx.host->loop, "a spawned function");
    s->function(&a->ctx, s->arg);
}

lymph_status lymph_spawn(lymph_ctx *ctx, void (*function)(lymph_ctx *ctx, void *arg), void *arg)
{
    lymph_status st = ctx_enter(ctx, 0);
    if (st)
        return st;
    activities *all = ctx->host->activities;
    activity *a = activity_new(&all->spawned, (slice){ctx->trace_id, strlen(ctx->trace_id)});
    if (!a && all->alive < all->max)
        return ctx_fail(ctx, LYMPH_ENOMEM, "out of memory");
    if (!a)
        return ctx_fail(ctx, LYMPH_ELIMIT, "%zu activities are running already", all->alive);
    spawned *s = (spawned *)a;
    s->function = function;
    s->arg = arg;
    a->ctx.interface = ctx->interface;
    a->ctx.options = ctx->options;
    if ((ctx->options.version && !(a->ctx.options.version = lymph_strdup(&a->ctx, ctx->options.version))) ||
        (ctx->options.address && !(a->ctx.options.address = lymph_strdup(&a->ctx, ctx->options.address)))) {
        activity_free(a);
        return ctx_fail(ctx, LYMPH_ENOMEM, "out of memory");
    }
    st = activity_run(a, run_function);
    if (st) {
        activity_free(a);
        return ctx_fail(ctx, st, "no stack for another coroutine");
    }
    return LYMPH_OK;
}
