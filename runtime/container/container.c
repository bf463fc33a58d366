/* container.c: opening and closing a container. */
#include "container/container.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "rpc/builtin.h"

#define ACTIVITIES_MAX 10000 /* requests, events and spawned functions at once (container.max_tasks) */
#define DRAIN_SECONDS  10.0
#define STACK_MIN      (64 << 10) /* a log line takes 13 KiB of it */

/* ---- configuration ---- */

static void warn(void *arg, const char *text)
{
    container *c = arg;
    log_line(c->log, LYMPH_WARNING, "lymph.config", NULL, "%s", text);
}

static void check_keys(container *c)
{
    static const char *const top[] = {"container",    "interfaces", "instances", "plugins", "dependencies", "registry",
                                      "event_system", "name",       "sockets",   "debug",   "logging",      NULL};
    static const char *const inner[] = {"class",        "registry",      "events",    "rpc",        "ip",
                                        "port",         "drain_timeout", "max_tasks", "stack_size", "log_endpoint",
                                        "service_name", "pool",          "debug",     "metrics",    NULL};
    static const char *const heartbeat[] = {"heartbeat_interval",      "timeout",         "idle_timeout",
                                            "unresponsive_disconnect", "idle_disconnect", NULL};
    const config_node *root = config_root(c->config);
    config_check_keys(root, top, warn, c);
    config_check_keys(config_get(root, "container"), inner, warn, c);
    config_check_keys(config_get(root, "container.rpc.connection"), heartbeat, warn, c);
}

static lymph_status read_seconds(const config_node *n, const char *key, double preset, int64_t *us, failure *f)
{
    double seconds = preset;
    lymph_status st = config_number(n, key, &seconds, f);
    if (!st && !(seconds >= 0))
        st = failure_set(f, LYMPH_ECONFIG, "%s:%u:%u: %s is not negative", n->file, n->line, n->column, key);
    if (st)
        return st;
    *us = (int64_t)((seconds < 1e9 ? seconds : 1e9) * 1e6);
    return st;
}

static lymph_status read_limits(container *c, failure *f)
{
    const config_node *n = config_get(config_root(c->config), "container.rpc.connection");
    connection_limits *l = &c->limits;
    lymph_status st = read_seconds(n, "heartbeat_interval", 1, &l->heartbeat_interval, f);
    if (!st)
        st = read_seconds(n, "timeout", 3, &l->timeout, f);
    if (!st)
        st = read_seconds(n, "idle_timeout", 10, &l->idle_timeout, f);
    if (!st)
        st = read_seconds(n, "unresponsive_disconnect", 30, &l->unresponsive_disconnect, f);
    if (!st)
        st = read_seconds(n, "idle_disconnect", 60, &l->idle_disconnect, f);
    if (!st && !(0 < l->heartbeat_interval && l->heartbeat_interval < l->timeout && l->timeout < l->idle_timeout))
        st = failure_set(f, LYMPH_ECONFIG,
                         "%s:%u:%u: heartbeat_interval, timeout and idle_timeout must grow in this order", n->file,
                         n->line, n->column);
    return st;
}

static bool guess_ip(char out[INET_ADDRSTRLEN])
{
    struct ifaddrs *all;
    bool found = false;
    if (getifaddrs(&all))
        return false;
    for (struct ifaddrs *i = all; i && !found; i = i->ifa_next) {
        if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET || !(i->ifa_flags & IFF_UP) ||
            (i->ifa_flags & IFF_LOOPBACK))
            continue;
        found = inet_ntop(AF_INET, &((struct sockaddr_in *)i->ifa_addr)->sin_addr, out, INET_ADDRSTRLEN) != NULL;
    }
    freeifaddrs(all);
    return found;
}

static lymph_status choose_address(container *c, const lymph_options *o, failure *f)
{
    const config_node *n = config_get(config_root(c->config), "container");
    const char *ip = getenv("LYMPH_NODE_IP");
    long port = 0;
    lymph_status st = config_text(n, "rpc.ip", &ip, f);
    if (!st)
        st = config_text(n, "ip", &ip, f);
    if (!st)
        st = config_int(n, "rpc.port", 0, 65535, &port, f);
    if (!st)
        st = config_int(n, "port", 0, 65535, &port, f);
    if (st)
        return st;
    char guessed[INET_ADDRSTRLEN];
    if (o->guess_ip && o->ip)
        return failure_set(f, LYMPH_EINVAL, "an address is given and is to be guessed; choose one");
    if (o->guess_ip) {
        if (!guess_ip(guessed))
            return failure_set(f, LYMPH_ESYSTEM, "this machine has no outward IPv4 address; give one");
        ip = guessed;
    }
    if (o->ip)
        ip = o->ip;
    c->ip = strdup(ip && *ip ? ip : "127.0.0.1");
    c->port = o->port ? o->port : (uint16_t)port;
    return c->ip ? LYMPH_OK : failure_set(f, LYMPH_ENOMEM, "out of memory");
}

static lymph_status configure(container *c, const lymph_options *o, failure *f)
{
    lymph_status st = log_open(o->log_file, o->log_level, &c->log, f);
    if (!st)
        st = config_load(o->config, o->vars, &c->config, f);
    if (st)
        return st;
    check_keys(c);
    const config_node *n = config_get(config_root(c->config), "container");
    long activities_max = ACTIVITIES_MAX, stack = 0;
    st = config_int(n, "max_tasks", 1, 1000000, &activities_max, f);
    if (!st)
        st = config_int(n, "stack_size", STACK_MIN, 64 << 20, &stack, f);
    if (!st)
        st = read_seconds(n, "drain_timeout", DRAIN_SECONDS, &c->drain_us, f);
    if (!st)
        st = read_limits(c, f);
    if (!st)
        st = choose_address(c, o, f);
    if (st)
        return st;
    c->activities_max = (size_t)activities_max;
    c->isolated = o->isolated;
    c->signals = o->signals;
    c->loop = loop_new((size_t)stack);
    if (!c->loop)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    /* Clients have it, too: their peers ask whether they are still there. */
    return interfaces_add(c, &lymph_descriptor, builtin_handlers, BUILTIN_INTERFACE, LYMPH_VERSION, f);
}

/* ---- opening ---- */

lymph_ctx *lymph_open(const lymph_options *options)
{
    static const lymph_options none;
    container *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    arena_init(&c->root_base.memory);
    ctx_init(&c->root, c, &c->root_base);
    writer_init(&c->body);
    writer_init(&c->headers);
    lymph_status st = configure(c, options ? options : &none, &c->broken);
    if (st)
        failure_settle(&c->broken, st);
    return &c->root;
}

static void receive(void *arg, message *m, connection *from)
{
    if (m->type == MESSAGE_REQ)
        dispatch_receive(arg, m, from);
    else
        calls_receive(arg, m);
}

static bool wanted(void *arg, const char *endpoint)
{
    container *c = arg;
    return c->registry && registry_names_endpoint(c->registry, endpoint);
}

lymph_status container_need_transport(container *c, failure *f)
{
    if (c->transport)
        return LYMPH_OK;
    transport_options o = {
        .ip = c->ip, .port = c->port, .limits = c->limits, .receive = receive, .wanted = wanted, .arg = c};
    lymph_status st = transport_open(c->loop, &o, c->log, &c->transport, f);
    if (!st)
        identity_of_endpoint(transport_endpoint(c->transport), c->identity);
    return st;
}

lymph_status container_need_registry(container *c, failure *f)
{
    if (c->registry)
        return LYMPH_OK;
    return registry_open(c->loop, config_get(config_root(c->config), "container.registry"), c->log, &c->registry, f);
}

lymph_status container_need_events(container *c, failure *f)
{
    if (c->events)
        return LYMPH_OK;
    return events_open(c->loop, config_get(config_root(c->config), "container.events"), c->log, &c->events, f);
}

/* ---- closing ---- */

void lymph_close(lymph_ctx *root)
{
    if (!root)
        return;
    container *c = root->c;
    if (c->loop)
        container_shutdown(c);
    ctx_end(&c->root);
    arena_done(&c->root_base.memory);
    registry_close(c->registry); /* first: handlers that it lets go settle their events */
    events_close(c->events);
    transport_close(c->transport);
    subscribers_free(c);
    interfaces_free(c);
    calls_free(c);
    activities_free(c);
    writer_done(&c->body);
    writer_done(&c->headers);
    if (c->loop && loop_fibers(c->loop))
        log_line(c->log, LYMPH_ERROR, "lymph.core.container", NULL,
                 "%zu coroutines did not end; their memory is not freed", loop_fibers(c->loop));
    else
        loop_free(c->loop);
    for (size_t i = 0; i < c->module_count; i++)
        dlclose(c->modules[i]);
    free(c->modules);
    config_free(c->config);
    log_close(c->log);
    free(c->ip);
    free(c);
}
