#include "container/settings.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define ACTIVITIES_MAX 10000 /* requests, events and spawned functions at once (container.max_tasks) */
#define DRAIN_SECONDS  10.0
#define QUEUE_BYTES    (64 << 20) /* to one peer */
#define STACK_MIN      (64 << 10) /* a log line takes 13 KiB of it */

static void warn(void *arg, const char *text)
{
    log_line(arg, LYMPH_WARNING, "lymph.config", NULL, "%s", text);
}

static void check_keys(const config *c, logger *log)
{
    static const char *const top[] = {"container",    "interfaces", "instances", "plugins", "dependencies", "registry",
                                      "event_system", "name",       "sockets",   "debug",   "logging",      NULL};
    static const char *const inner[] = {"class",        "registry",      "events",    "rpc",        "ip",
                                        "port",         "drain_timeout", "max_tasks", "stack_size", "log_endpoint",
                                        "service_name", "pool",          "debug",     "metrics",    NULL};
    static const char *const heartbeat[] = {"heartbeat_interval",      "timeout",         "idle_timeout",
                                            "unresponsive_disconnect", "idle_disconnect", NULL};
    const config_node *root = config_root(c);
    config_check_keys(root, top, warn, log);
    config_check_keys(config_get(root, "container"), inner, warn, log);
    config_check_keys(config_get(root, "container.rpc.connection"), heartbeat, warn, log);
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

static lymph_status read_limits(const config *c, connection_limits *l, failure *f)
{
    const config_node *n = config_get(config_root(c), "container.rpc.connection");
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

static lymph_status choose_address(settings *s, const lymph_options *o, const config_node *n, failure *f)
{
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
    s->ip = strdup(ip && *ip ? ip : "127.0.0.1");
    s->port = o->port ? o->port : (uint16_t)port;
    return s->ip ? LYMPH_OK : failure_set(f, LYMPH_ENOMEM, "out of memory");
}

lymph_status settings_read(settings *s, const lymph_options *o, const config *c, logger *log, failure *f)
{
    check_keys(c, log);
    const config_node *n = config_get(config_root(c), "container");
    long activities_max = ACTIVITIES_MAX, stack = 0, queue_bytes = QUEUE_BYTES;
    lymph_status st = config_int(n, "max_tasks", 1, 1000000, &activities_max, f);
    if (!st)
        st = config_int(n, "stack_size", STACK_MIN, 64 << 20, &stack, f);
    if (!st)
        st = config_int(n, "rpc.queue_bytes", 1 << 20, 1 << 30, &queue_bytes, f);
    if (!st)
        st = read_seconds(n, "drain_timeout", DRAIN_SECONDS, &s->drain_us, f);
    if (!st)
        st = read_limits(c, &s->limits, f);
    if (!st)
        st = choose_address(s, o, n, f);
    if (st)
        return st;
    s->activities_max = (size_t)activities_max;
    s->queue_bytes = (size_t)queue_bytes;
    s->stack_size = (size_t)stack;
    s->isolated = o->isolated;
    s->signals = o->signals;
    return LYMPH_OK;
}

void settings_done(settings *s)
{
    free(s->ip);
}
