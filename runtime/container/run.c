/* run.c: the life of a container that serves: start, run, and the phases of its end. */
#include <event2/event.h>
#include <signal.h>
#include <string.h>

#include "container/container.h"
#include "core/clock.h"

#define QUIET_US     50000   /* drained: nothing is under way, and no request came for this long */
#define LAST_WAIT_US 5000000 /* for coroutines that were cancelled to end */

static const char log_name[] = "lymph.core.container";

void container_set_state(container *c, container_state state)
{
    static const char *const names[] = {"new", "starting", "running", "unregistering", "draining", "stopped"};
    log_line(c->log, LYMPH_DEBUG, log_name, NULL, "container changes from '%s' to '%s'", names[c->state], names[state]);
    c->state = state;
}

/* ---- starting ---- */

/* Runs the interface's on_start or on_stop with a context of the interface. */
static lymph_status call_hook(installed *i, container *c, size_t offset, bool is_start)
{
    if (!handler_exists(i->handlers, offset))
        return LYMPH_OK;
    arena *a = &c->root_base.memory;
    lymph_scope mark = arena_mark(a);
    lymph_ctx ctx = c->root;
    ctx.interface = i;
    lymph_status st = LYMPH_OK;
    if (is_start) {
        lymph_status (*on_start)(lymph_ctx *);
        memcpy(&on_start, (const char *)i->handlers + offset, sizeof on_start);
        c->root_base.failure = (failure){0}; /* an earlier one is not its reason */
        st = on_start(&ctx);
    } else {
        void (*on_stop)(lymph_ctx *);
        memcpy(&on_stop, (const char *)i->handlers + offset, sizeof on_stop);
        on_stop(&ctx);
    }
    if (!st)
        lymph_scope_end(&ctx, mark);
    return st;
}

/* An rpc that was declared since the module was written; events without a handler are told of where they would be
 * subscribed to. */
static void warn_of_missing_handlers(const container *c, const installed *i)
{
    for (size_t m = 0; m < i->desc->method_count; m++)
        if (!handler_exists(i->handlers, i->desc->methods[m].handler))
            log_line(c->log, LYMPH_WARNING, log_name, NULL, "%s has no handler: calls of it are refused",
                     i->subjects[m].text);
}

static lymph_status start_interface(container *c, installed *i)
{
    warn_of_missing_handlers(c, i);
    lymph_status st = call_hook(i, c, i->desc->on_start, true);
    if (st)
        return failure_wrap(&c->root_base.failure, st, "%s: on_start failed: ", i->name);
    i->started = true;
    return subscribe_interface(i, c);
}

static lymph_status register_interface(container *c, installed *i)
{
    identity id;
    const char *json = registration_json(c, &c->root_base.memory, i, id);
    if (!json)
        return ctx_fail(&c->root, LYMPH_ENOMEM, "out of memory");
    return registry_add(c->registry, i->name, id, json, &c->root_base.failure);
}

static lymph_status start(container *c)
{
    failure *f = &c->root_base.failure;
    container_set_state(c, CONTAINER_STARTING);
    if (!c->interfaces->next && !c->subscribers)
        log_line(c->log, LYMPH_WARNING, log_name, NULL,
                 "only the built-in interface is served; the configuration names no other");
    lymph_status st = container_need_transport(c, f);
    if (!st)
        st = container_need_registry(c, f);
    for (installed *i = c->interfaces; i && !st; i = i->next)
        st = start_interface(c, i);
    /* Registered last: whoever finds an instance may call it. */
    for (installed *i = c->interfaces; i && !st && !c->isolated; i = i->next)
        st = register_interface(c, i);
    return st;
}

lymph_status lymph_start(lymph_ctx *root)
{
    lymph_status st = ctx_ready(root, true);
    if (st)
        return st;
    container *c = root->c;
    if (c->state != CONTAINER_NEW || loop_in_fiber(c->loop))
        return ctx_fail(root, LYMPH_ESTATE, "the container has been started already");
    st = start(c);
    if (st) {
        failure why = c->root_base.failure;
        container_shutdown(c);
        c->root_base.failure = why;
        return st;
    }
    container_set_state(c, CONTAINER_RUNNING);
    log_line(c->log, LYMPH_INFO, log_name, NULL, "serving on %s identity=%s", transport_endpoint(c->transport),
             c->identity);
    return LYMPH_OK;
}

/* ---- stopping ---- */

void lymph_stop(lymph_ctx *ctx)
{
    if (!ctx)
        return;
    container *c = ctx->c;
    c->stop_asked = true;
    if (c->state <= CONTAINER_RUNNING)
        loop_break(c->loop);
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
    container *c = arg;
    if (c->stop_asked) {
        c->stop_now = true;
        registry_stop(c->registry);
        events_stop(c->events);
        if (c->drained)
            loop_wake(c->loop, c->drained);
    }
    lymph_stop(&c->root);
}

static void drain(container *c)
{
    int64_t deadline = clock_now_us() + c->drain_us;
    c->last_request_us = clock_now_us();
    while (!c->stop_now) {
        int64_t now = clock_now_us(), quiet = c->last_request_us + QUIET_US;
        if (now >= deadline || (!c->serving && now >= quiet))
            break;
        waiter w = WAITER_INIT;
        c->drained = &w;
        (void)loop_wait(c->loop, &w, c->serving || quiet > deadline ? deadline : quiet);
        c->drained = NULL;
    }
    if (c->serving)
        log_line(c->log, LYMPH_WARNING, log_name, NULL, "%zu requests and events are cut off by the stop", c->serving);
}

/* Whatever waits is told to end; gives it the time to. */
static void cancel(container *c)
{
    calls_cancel(c);
    sleepers_cancel(c);
    registry_stop(c->registry);
    events_stop(c->events);
    int64_t deadline = clock_now_us() + LAST_WAIT_US;
    while (loop_fibers(c->loop) && clock_now_us() < deadline) {
        waiter w = WAITER_INIT;
        (void)loop_wait(c->loop, &w, clock_now_us() + 1000);
    }
}

void container_shutdown(container *c)
{
    if (c->state == CONTAINER_STOPPED)
        return;
    bool served = c->state != CONTAINER_NEW;
    if (served) {
        failure f = {0};
        container_set_state(c, CONTAINER_UNREGISTERING);
        if (c->registry && registry_remove_all(c->registry, &f))
            log_line(c->log, LYMPH_WARNING, log_name, NULL, "cannot unregister: %s", f.message);
        subscribers_stop(c);
        container_set_state(c, CONTAINER_DRAINING);
        drain(c);
    }
    container_set_state(c, CONTAINER_STOPPED);
    cancel(c);
    for (installed *i = c->interfaces; i; i = i->next) {
        if (i->started)
            (void)call_hook(i, c, i->desc->on_stop, false);
        i->started = false;
    }
}

lymph_status lymph_run(lymph_ctx *root)
{
    lymph_status st = ctx_ready(root, true);
    if (st)
        return st;
    container *c = root->c;
    if (loop_in_fiber(c->loop) || (c->state != CONTAINER_NEW && c->state != CONTAINER_RUNNING))
        return ctx_fail(root, LYMPH_ESTATE, "the container is run by the program, once, not by a handler or a hook");
    struct event *term = NULL, *interrupt = NULL;
    if (c->signals) {
        term = evsignal_new(loop_base(c->loop), SIGTERM, on_signal, c);
        interrupt = evsignal_new(loop_base(c->loop), SIGINT, on_signal, c);
        if (!term || !interrupt || event_add(term, NULL) || event_add(interrupt, NULL))
            st = ctx_fail(root, LYMPH_ENOMEM, "cannot watch for signals");
    }
    if (!st && c->state == CONTAINER_NEW)
        st = lymph_start(root);
    if (!st && !c->stop_asked)
        st = loop_run(c->loop);
    container_shutdown(c);
    if (term)
        event_free(term);
    if (interrupt)
        event_free(interrupt);
    return st;
}
