/* run.c: the life of a container that serves: start, run, and the phases of its end. */
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "container/registration.h"
#include "container/run.h"
#include "container/web.h"
#include "context/sleep.h"
#include "core/clock.h"

#define QUIET_US     50000   /* drained: nothing is under way, and no request came for this long */
#define LAST_WAIT_US 5000000 /* for coroutines that were cancelled to end */

static const char log_name[] = "lymph.core.container";

static void enter_phase(container *c, phase next)
{
    static const char *const names[] = {"new", "starting", "running", "unregistering", "draining", "stopped"};
    log_line(c->host.log, LYMPH_DEBUG, log_name, NULL, "container changes from '%s' to '%s'", names[c->host.phase],
             names[next]);
    c->host.phase = next;
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
    ctx.interface = &i->acting;
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
    const lymph_interface_desc *desc = i->acting.desc;
    for (size_t m = 0; m < desc->method_count; m++)
        if (!handler_exists(i->handlers, desc->methods[m].handler))
            log_line(c->host.log, LYMPH_WARNING, log_name, NULL, "%s has no handler: calls of it are refused",
                     i->subjects[m].text);
    for (size_t r = 0; r < desc->route_count; r++)
        if (!handler_exists(i->handlers, desc->routes[r].method.handler))
            log_line(c->host.log, LYMPH_WARNING, log_name, NULL, "%s has no handler: requests for %s are refused",
                     desc->routes[r].method.subject, desc->routes[r].path);
}

static lymph_status start_interface(container *c, installed *i)
{
    warn_of_missing_handlers(c, i);
    lymph_status st = call_hook(i, c, i->acting.desc->on_start, true);
    if (st)
        return failure_wrap(&c->root_base.failure, st, "%s: on_start failed: ", i->name);
    i->started = true;
    st = subscriptions_add(&c->subscriptions, i, &c->root_base.failure);
    return st ? st : web_start(c, i, &c->root_base.failure);
}

static lymph_status register_interface(container *c, installed *i)
{
    identity id;
    const char *json = registration_json(c, &c->root_base.memory, i, id);
    if (!json)
        return ctx_fail(&c->root, LYMPH_ENOMEM, "out of memory");
    lymph_status st = registry_add(c->host.registry, i->name, id, json, &c->root_base.failure);
    if (st || !web_port(c, i))
        return st;
    json = registration_http_json(c, &c->root_base.memory, i, id);
    if (!json)
        return ctx_fail(&c->root, LYMPH_ENOMEM, "out of memory");
    return registry_add_http(c->host.registry, i->name, id, json, &c->root_base.failure);
}

static lymph_status start(container *c)
{
    unsigned needs = NEED_TRANSPORT | NEED_REGISTRY;
    enter_phase(c, PHASE_STARTING);
    if (!c->interfaces.first->next && !c->subscriptions.first)
        log_line(c->host.log, LYMPH_WARNING, log_name, NULL,
                 "only the built-in interface is served; the configuration names no other");
    for (const installed *i = c->interfaces.first; i; i = i->next)
        needs |= i->acting.desc->subscription_count ? NEED_EVENTS : 0;
    lymph_status st = ctx_enter(&c->root, needs);
    for (installed *i = c->interfaces.first; i && !st; i = i->next)
        st = start_interface(c, i);
    /* Registered last: whoever finds an instance may call it. */
    for (installed *i = c->interfaces.first; i && !st && !c->settings.isolated; i = i->next)
        st = register_interface(c, i);
    return st;
}

lymph_status lymph_start(lymph_ctx *root)
{
    lymph_status st = ctx_enter(root, NEED_WAIT);
    if (st)
        return st;
    container *c = container_of(root);
    if (c->host.phase != PHASE_NEW || loop_in_fiber(c->host.loop))
        return ctx_fail(root, LYMPH_ESTATE, "the container has been started already");
    st = start(c);
    if (st) {
        failure why = c->root_base.failure;
        container_shutdown(c);
        c->root_base.failure = why;
        return st;
    }
    enter_phase(c, PHASE_RUNNING);
    log_line(c->host.log, LYMPH_INFO, log_name, NULL, "serving on %s identity=%s",
             transport_endpoint(c->host.transport), c->host.identity);
    return LYMPH_OK;
}

/* ---- stopping ---- */

void lymph_stop(lymph_ctx *ctx)
{
    if (!ctx || host_is_parents(ctx->host))
        return;
    container *c = container_of(ctx);
    c->stop_asked = true;
    if (c->host.phase <= PHASE_RUNNING)
        loop_break(c->host.loop);
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
    container *c = arg;
    if (c->stop_asked) {
        c->stop_now = true;
        registry_stop(c->host.registry);
        events_stop(c->host.events);
        activities_hurry(&c->activities);
    }
    lymph_stop(&c->root);
}

static void drain(container *c, int64_t deadline)
{
    activities *all = &c->activities;
    c->dispatcher.last_us = clock_now_us();
    while (!c->stop_now) {
        int64_t now = clock_now_us(), quiet = c->dispatcher.last_us + QUIET_US;
        if (now >= deadline || (!all->serving && now >= quiet))
            break;
        activities_wait(all, all->serving || quiet > deadline ? deadline : quiet);
    }
    if (all->serving)
        log_line(c->host.log, LYMPH_WARNING, log_name, NULL, "%zu requests and events are cut off by the stop",
                 all->serving);
}

/* Whatever waits is told to end; gives it the time to. */
static void cancel(container *c)
{
    reach_stop(c->host.reach);
    calls_cancel(&c->calls, NULL, "the container has stopped");
    sleepers_cancel(&c->host, NULL);
    registry_stop(c->host.registry);
    events_stop(c->host.events);
    int64_t deadline = clock_now_us() + LAST_WAIT_US;
    while (loop_fibers(c->host.loop) && clock_now_us() < deadline) {
        waiter w = WAITER_INIT;
        (void)loop_wait(c->host.loop, &w, clock_now_us() + 1000);
    }
    web_flush(c, deadline);
}

void container_shutdown(container *c)
{
    if (c->host.phase == PHASE_STOPPED)
        return;
    bool served = c->host.phase != PHASE_NEW;
    if (served) {
        failure f = {0};
        int64_t deadline = clock_now_us() + c->settings.drain_us;
        enter_phase(c, PHASE_UNREGISTERING);
        if (c->host.registry && registry_remove_all(c->host.registry, deadline, &f))
            log_line(c->host.log, LYMPH_WARNING, log_name, NULL, "cannot unregister: %s", f.message);
        subscriptions_stop(&c->subscriptions);
        web_stop(c);
        enter_phase(c, PHASE_DRAINING);
        drain(c, deadline);
    }
    enter_phase(c, PHASE_STOPPED);
    cancel(c);
    for (installed *i = c->interfaces.first; i; i = i->next) {
        if (i->started)
            (void)call_hook(i, c, i->acting.desc->on_stop, false);
        i->started = false;
    }
}

/* ---- signals ---- */

static atomic_uint watching; /* containers that have signals caught, each in its own thread */
static _Thread_local sigset_t before_fork;

/* What libevent's handler writes would reach the parent through their common socket: a child dies of these signals,
 * also of those that come before it has run at all. */
static void hold_signals(void)
{
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGINT);
    pthread_sigmask(SIG_BLOCK, &held, &before_fork);
}

static void let_signals_through(void)
{
    pthread_sigmask(SIG_SETMASK, &before_fork, NULL);
}

static void give_signals_back(void)
{
    if (watching) {
        signal(SIGTERM, SIG_DFL);
        signal(SIGINT, SIG_DFL);
    }
    let_signals_through();
}

static void watch_forks(void)
{
    pthread_atfork(hold_signals, let_signals_through, give_signals_back);
}

typedef struct signals {
    struct event *term, *interrupt;
} signals;

static lymph_status signals_watch(signals *s, container *c)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    watching++;
    s->term = evsignal_new(loop_base(c->host.loop), SIGTERM, on_signal, c);
    s->interrupt = evsignal_new(loop_base(c->host.loop), SIGINT, on_signal, c);
    if (!s->term || !s->interrupt || event_add(s->term, NULL) || event_add(s->interrupt, NULL))
        return ctx_fail(&c->root, LYMPH_ENOMEM, "cannot watch for signals");
    return LYMPH_OK;
}

static void signals_unwatch(signals *s)
{
    if (s->term)
        event_free(s->term);
    if (s->interrupt)
        event_free(s->interrupt);
    watching--; /* a child that another thread forks before that has libevent's handler */
}

lymph_status lymph_run(lymph_ctx *root)
{
    lymph_status st = ctx_enter(root, NEED_WAIT);
    if (st)
        return st;
    container *c = container_of(root);
    if (loop_in_fiber(c->host.loop) || (c->host.phase != PHASE_NEW && c->host.phase != PHASE_RUNNING))
        return ctx_fail(root, LYMPH_ESTATE, "the container is run by the program, once, not by a handler or a hook");
    signals caught = {NULL, NULL};
    if (c->settings.signals)
        st = signals_watch(&caught, c);
    if (!st && c->host.phase == PHASE_NEW)
        st = lymph_start(root);
    if (!st && !c->stop_asked)
        st = loop_run(c->host.loop);
    container_shutdown(c);
    if (c->settings.signals)
        signals_unwatch(&caught);
    return st;
}
