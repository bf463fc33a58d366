/* open.c: opening and closing a container, and opening what its operations need. */
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "container/builtin.h"
#include "core/clock.h"
#include "container/run.h"
#include "container/web.h"
#include "core/options.h"

#define SETTLE_US 5000000 /* between looks at what the log left out */

/* ---- what operations need ---- */

static void receive(void *arg, message *m, connection *from)
{
    container *c = arg;
    if (m->type == MESSAGE_REQ)
        dispatch_receive(&c->dispatcher, m, from);
    else
        calls_receive(&c->calls, m);
}

/* Whom the registry names keeps its connection, whether it answers or not. */
static bool wanted(void *arg, const char *endpoint)
{
    container *c = arg;
    return c->host.registry && registry_names_endpoint(c->host.registry, endpoint);
}

static lymph_status open_transport(container *c, failure *f)
{
    host *h = &c->host;
    const settings *s = &c->settings;
    transport_options o = {.ip = s->ip,
                           .port = s->port,
                           .queue_bytes = s->queue_bytes,
                           .limits = s->limits,
                           .receive = receive,
                           .wanted = wanted,
                           .arg = c};
    const transport_backend *backend = c->foundation.transport ? c->foundation.transport : &transport_zeromq;
    lymph_status st = transport_open(backend, h->loop, &o, h->log, &h->transport, f);
    if (!st && !(h->reach = reach_new(h->loop, h->transport))) {
        transport_close(h->transport);
        h->transport = NULL;
        st = failure_set(f, LYMPH_ENOMEM, "out of memory");
    }
    if (!st)
        identity_of_endpoint(transport_endpoint(h->transport), h->identity);
    return st;
}

static lymph_status open_registry(container *c, const config_node *section, failure *f)
{
    host *h = &c->host;
    const registry_backend *given = c->foundation.registry;
    return given ? registry_open_on(given, h->loop, section, h->log, &h->registry, f)
                 : registry_open(h->loop, section, h->log, &h->registry, f);
}

static lymph_status open_events(container *c, const config_node *section, failure *f)
{
    host *h = &c->host;
    const events_backend *given = c->foundation.events;
    return given ? events_open_on(given, h->loop, section, h->log, &h->events, f)
                 : events_open(h->loop, section, h->log, &h->events, f);
}

/* Each once. None of them connects to anything yet. */
static lymph_status open_needs(host *h, unsigned needs, failure *f)
{
    container *c = (container *)h;
    const config_node *top = config_root(c->config);
    lymph_status st = needs & NEED_TRANSPORT ? open_transport(c, f) : LYMPH_OK;
    if (!st && (needs & NEED_REGISTRY))
        st = open_registry(c, config_get(top, "container.registry"), f);
    if (!st && (needs & NEED_EVENTS))
        st = open_events(c, config_get(top, "container.events"), f);
    h->have =
        (h->transport ? NEED_TRANSPORT : 0u) | (h->registry ? NEED_REGISTRY : 0u) | (h->events ? NEED_EVENTS : 0u);
    return st;
}

/* ---- opening ---- */

static void settle_log(timer *t)
{
    container *c = (container *)((char *)t - offsetof(container, log_settling));
    log_settle(c->host.log);
    /* Cannot fail: the heap keeps the place that the timer had. */
    (void)timer_set(c->host.loop, t, clock_now_us() + SETTLE_US, settle_log);
}

/* A handler that blocks holds up all others, and whoever wrote it may not know. */
static void tell_long_turn(void *arg, const char *label, int64_t us)
{
    const container *c = arg;
    if (host_is_parents(&c->host))
        return;
    if (!*label)
        label = "a coroutine";
    log_complaint(c->host.log, LYMPH_WARNING, "lymph.core.container", NULL, "long turns", slice_of(label),
                  "%s kept the loop for %lld ms without a wait: nothing else ran meanwhile", label,
                  (long long)(us / 1000));
}

static lymph_status configure(container *c, const lymph_options *o, failure *f)
{
    host *h = &c->host;
    const char *text = c->foundation.config;
    lymph_status st = log_open(o->log_file, o->log_level, &h->log, f);
    if (!st)
        st = text ? config_load_text(text, strlen(text), "configuration", &c->config, f)
                  : config_load(o->config, o->vars, &c->config, f);
    if (!st)
        st = settings_read(&c->settings, o, c->config, h->log, f);
    if (st)
        return st;
    c->activities.max = c->settings.activities_max;
    h->loop = loop_new(c->settings.stack_size);
    if (!h->loop || timer_set(h->loop, &c->log_settling, clock_now_us() + SETTLE_US, settle_log))
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    loop_on_long_turn(h->loop, tell_long_turn, c);
    /* Clients have it, too: their peers ask whether they are still there. */
    return builtin_install(&c->interfaces, f);
}

lymph_ctx *container_open(const lymph_options *options, const foundation *on)
{
    container *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->foundation = *on;
    host *h = &c->host;
    h->process = forks_number();
    h->open = open_needs;
    h->root = &c->root;
    h->calls = &c->calls;
    h->activities = &c->activities;
    h->subscriptions = &c->subscriptions;
    arena_init(&c->root_base.memory);
    ctx_init(&c->root, h, &c->root_base);
    calls_init(&c->calls, h);
    activities_init(&c->activities, h);
    subscriptions_init(&c->subscriptions, &c->activities);
    lymph_status st = dispatcher_init(&c->dispatcher, &c->activities, &c->interfaces);
    if (!st)
        st = options ? configure(c, options, &h->broken)
                     : failure_set(&h->broken, LYMPH_EINVAL, OPTIONS_NEWER, lymph_version());
    if (st)
        failure_settle(&h->broken, st);
    return &c->root;
}

lymph_ctx *lymph_open_sized(const lymph_options *options, size_t size)
{
    lymph_options given = {0};
    bool known = !options || options_take(&given, sizeof given, options, size);
    return container_open(known ? &given : NULL, &(foundation){0});
}

/* ---- closing ---- */

void lymph_close(lymph_ctx *root)
{
    if (!root)
        return;
    container *c = container_of(root);
    host *h = &c->host;
    if (host_is_parents(h))
        return; /* its memory, too, may be in use: one of its coroutines may have forked */
    if (h->loop)
        container_shutdown(c);
    ctx_end(&c->root);
    arena_done(&c->root_base.memory);
    web_close(c);
    registry_close(h->registry); /* first: handlers that it lets go settle their events */
    events_close(h->events);
    reach_free(h->reach);
    transport_close(h->transport);
    subscriptions_done(&c->subscriptions);
    dispatcher_done(&c->dispatcher);
    interfaces_done(&c->interfaces);
    calls_done(&c->calls);
    activities_done(&c->activities);
    if (h->loop)
        timer_cancel(h->loop, &c->log_settling);
    if (h->loop && loop_fibers(h->loop))
        log_line(h->log, LYMPH_ERROR, "lymph.core.container", NULL,
                 "%zu coroutines did not end; their memory is not freed", loop_fibers(h->loop));
    else
        loop_free(h->loop);
    config_free(c->config);
    log_close(h->log); /* what it counts bears names of the modules */
    for (size_t i = 0; i < c->module_count; i++)
        dlclose(c->modules[i]);
    free(c->modules);
    settings_done(&c->settings);
    free(c);
}
