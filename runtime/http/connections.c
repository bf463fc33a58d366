#include "http/connections.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "core/clock.h"

#define SWEEP_MIN_US 50000
#define SWEEP_MAX_US 1000000

typedef struct connection {
    table_node node; /* by the pointer's bytes */
    struct bufferevent *events;
    int64_t began_us; /* when the first byte of a request came; 0: none has */
    bool busy, unwanted;
} connection;

static void sweep(timer *t);

/* Half of the descriptors that the process may have: the other half is for peers, the registry and events. */
static size_t most(void)
{
    struct rlimit r;
    return getrlimit(RLIMIT_NOFILE, &r) || r.rlim_cur == RLIM_INFINITY ? SIZE_MAX : (size_t)r.rlim_cur / 2;
}

void connections_init(connections *all, loop *l, size_t max, int64_t request_us)
{
    const size_t possible = most();
    if (max > possible)
        max = possible;
    *all = (connections){.loop = l, .max = max, .request_us = request_us};
}

static void let_go(connections *all, connection *c)
{
    table_remove(&all->all, &c->node);
    bufferevent_decref(c->events);
    free(c);
}

void connections_done(connections *all)
{
    if (!all->loop)
        return;
    timer_cancel(all->loop, &all->timer);
    for (table_node *n; (n = table_next(&all->all, NULL));)
        let_go(all, (connection *)n);
    table_done(&all->all);
}

/* evhttp takes its callbacks away when it frees a connection. */
static bool is_gone(const connection *c)
{
    bufferevent_data_cb reads, writes;
    bufferevent_event_cb events;
    void *arg;
    bufferevent_getcb(c->events, &reads, &writes, &events, &arg);
    return !events;
}

static void look(connections *all)
{
    int64_t now = clock_now_us();
    table_node *next;
    for (table_node *n = table_next(&all->all, NULL); n; n = next) {
        connection *c = (connection *)n;
        next = table_next(&all->all, n);
        if (is_gone(c))
            let_go(all, c);
        else if (c->unwanted || (!c->busy && c->began_us && now - c->began_us > all->request_us))
            shutdown(bufferevent_getfd(c->events), SHUT_RDWR); /* evhttp reads its end, and frees it */
    }
}

static void plan(connections *all, int64_t wait_us)
{
    (void)timer_set(all->loop, &all->timer, clock_now_us() + wait_us, sweep);
}

static int64_t interval(const connections *all)
{
    int64_t us = all->request_us / 4;
    return us < SWEEP_MIN_US ? SWEEP_MIN_US : us > SWEEP_MAX_US ? SWEEP_MAX_US : us;
}

static void sweep(timer *t)
{
    connections *all = (connections *)((char *)t - offsetof(connections, timer));
    look(all);
    if (all->all.count)
        plan(all, interval(all));
}

static void arrived(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
    connection *c = arg;
    if (info->n_added && !c->began_us)
        c->began_us = clock_now_us();
}

struct bufferevent *connections_make(struct event_base *base, void *arg)
{
    connections *all = arg;
    connection *c = calloc(1, sizeof *c);
    struct bufferevent *b = bufferevent_socket_new(base, -1, 0);
    if (all->all.count >= all->max)
        look(all);
    if (!b || !c || !evbuffer_add_cb(bufferevent_get_input(b), arrived, c)) {
        if (b)
            bufferevent_free(b);
        free(c);
        return NULL;
    }
    c->events = b;
    c->unwanted = all->all.count >= all->max;
    all->refused += c->unwanted;
    if (!table_put(&all->all, &c->node, (const char *)&c->events, sizeof c->events)) {
        bufferevent_free(b);
        free(c);
        return NULL;
    }
    bufferevent_incref(b);
    if (c->unwanted || all->all.count == 1)
        plan(all, c->unwanted ? 0 : interval(all));
    return b;
}

bool connections_written(connections *all)
{
    for (table_node *n = table_next(&all->all, NULL); n; n = table_next(&all->all, n)) {
        const connection *c = (connection *)n;
        if (!is_gone(c) && evbuffer_get_length(bufferevent_get_output(c->events)))
            return false;
    }
    return true;
}

static connection *find(const connections *all, struct bufferevent *b)
{
    return (connection *)table_find(&all->all, (const char *)&b, sizeof b);
}

void connections_busy(connections *all, struct bufferevent *b)
{
    connection *c = find(all, b);
    if (c)
        c->busy = true;
}

void connections_idle(connections *all, struct bufferevent *b)
{
    connection *c = find(all, b);
    if (!c)
        return;
    c->busy = false;
    c->began_us = evbuffer_get_length(bufferevent_get_input(b)) ? clock_now_us() : 0;
}
