#include "container/settings.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.lymph.h"
#include "config/decode.h"

static int64_t microseconds(double seconds)
{
    return (int64_t)(seconds * 1e6);
}

static lymph_status take_limits(connection_limits *l, const config_Connection *s, const config_node *root, failure *f)
{
    *l = (connection_limits){
        .heartbeat_interval = microseconds(s->heartbeat_interval),
        .timeout = microseconds(s->timeout),
        .idle_timeout = microseconds(s->idle_timeout),
        .unresponsive_disconnect = microseconds(s->unresponsive_disconnect),
        .idle_disconnect = microseconds(s->idle_disconnect),
    };
    if (l->heartbeat_interval < l->timeout && l->timeout < l->idle_timeout)
        return LYMPH_OK;
    const config_node *n = config_get(root, "container.rpc.connection"); /* the defaults grow: there is one */
    return failure_set(f, LYMPH_ECONFIG,
                       "%s:%u:%u: heartbeat_interval, timeout and idle_timeout must grow in this order", n->file,
                       n->line, n->column);
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

/* The address is bound, and registered: what peers cannot connect to is refused. */
static lymph_status check_ip(const char *ip, failure *f)
{
    static const char advice[] = "give the address of this machine that the others reach, such as 10.0.0.5; "
                                 "--guess-external-ip looks for one";
    char text[INET6_ADDRSTRLEN];
    struct in_addr four;
    struct in6_addr six;
    snprintf(text, sizeof text, "%.*s", (int)strcspn(ip, "%"), ip); /* without the scope of fe80::1%eth0 */
    bool is_four = inet_pton(AF_INET, ip, &four) == 1, is_six = inet_pton(AF_INET6, text, &six) == 1;
    if (!is_four && !is_six)
        return failure_set(f, LYMPH_ECONFIG, "'%.64s' is not an IP address: %s", ip, advice);
    if ((is_four && four.s_addr == INADDR_ANY) || (is_six && IN6_IS_ADDR_UNSPECIFIED(&six)))
        return failure_set(f, LYMPH_ECONFIG, "nobody could call an instance that is registered at %s: %s", ip, advice);
    return LYMPH_OK;
}

static lymph_status choose_address(settings *s, const lymph_options *o, const config_Container *c, failure *f)
{
    const char *ip = c->ip ? c->ip : c->rpc.ip ? c->rpc.ip : getenv("LYMPH_NODE_IP");
    const uint16_t *port = c->port ? c->port : c->rpc.port;
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
    if (!ip || !*ip)
        ip = "127.0.0.1";
    lymph_status st = check_ip(ip, f);
    if (st)
        return st;
    s->ip = strdup(ip);
    s->port = o->port ? o->port : port ? *port : 0;
    return s->ip ? LYMPH_OK : failure_set(f, LYMPH_ENOMEM, "out of memory");
}

static lymph_status take(settings *s, const lymph_options *o, const config_File *file, const config_node *root,
                         failure *f)
{
    const config_Container *c = &file->container;
    s->activities_max = c->max_tasks;
    s->queue_bytes = c->rpc.queue_bytes;
    s->stack_size = c->stack_size;
    s->drain_us = microseconds(c->drain_timeout);
    s->isolated = o->isolated;
    s->signals = o->signals;
    lymph_status st = take_limits(&s->limits, &c->rpc.connection, root, f);
    return st ? st : choose_address(s, o, c, f);
}

lymph_status settings_read(settings *s, const lymph_options *o, const config *c, logger *log, failure *f)
{
    config_File file;
    arena a;
    arena_init(&a);
    lymph_status st = config_decode(config_root(c), &config_File_record, &a, &file, log, f);
    if (!st)
        st = take(s, o, &file, config_root(c), f);
    arena_done(&a);
    return st;
}

void settings_done(settings *s)
{
    free(s->ip);
}
