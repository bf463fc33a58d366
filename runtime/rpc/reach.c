#include "rpc/reach.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "fiber/crowd.h"
#include "rpc/endpoint.h"
#include "rpc/names.h"

#define PATIENCE_US 500000 /* a caller's, with one attempt */
#define ATTEMPT_S   2      /* what has not answered by then is not asked any longer */

/* One connection on the way, on which any number may wait. */
typedef struct attempt {
    struct attempt *next, **link;
    reach *all;
    connection *to; /* held */
    int64_t began_us;
    int fd;
    struct event *event;
    crowd waiting;
} attempt;

struct reach {
    loop *loop;
    transport *transport;
    names *names;
    attempt *attempts;
    bool stopped;
};

reach *reach_new(loop *l, transport *t)
{
    reach *r = calloc(1, sizeof *r);
    if (!r || !(r->names = names_new(l))) {
        free(r);
        return NULL;
    }
    r->loop = l;
    r->transport = t;
    return r;
}

void reach_stop(reach *r)
{
    if (!r)
        return;
    r->stopped = true;
    names_stop(r->names);
    for (attempt *a = r->attempts; a; a = a->next)
        crowd_wake(r->loop, &a->waiting);
}

/* From now on it is another attempt's turn. */
static void attempt_end(attempt *a)
{
    *a->link = a->next;
    if (a->next)
        a->next->link = a->link;
    event_free(a->event);
    close(a->fd);
    connection_release(a->to);
}

void reach_free(reach *r)
{
    if (!r)
        return;
    for (attempt *a = r->attempts, *next; a; a = next) {
        next = a->next;
        attempt_end(a);
        free(a);
    }
    names_free(r->names);
    free(r);
}

/* ---- one attempt ---- */

static void connected(evutil_socket_t fd, short what, void *arg)
{
    attempt *a = arg;
    loop *l = a->all->loop;
    int error = 0;
    socklen_t size = sizeof error;
    if (what & EV_TIMEOUT)
        error = ETIMEDOUT;
    else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size))
        error = errno;
    connection_asked(a->to, error, clock_now_us());
    attempt_end(a);
    crowd_wake(l, &a->waiting);
    free(a);
}

/* An answer there and then is in the connection, and *out NULL; it is so, too, when nobody can be asked. */
static lymph_status attempt_begin(reach *r, connection *to, attempt **out)
{
    struct sockaddr_storage address;
    socklen_t size;
    *out = NULL;
    if (!endpoint_address(to->endpoint, to->size, &address, &size))
        return LYMPH_OK;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return LYMPH_OK;
    int error = connect(fd, (struct sockaddr *)&address, size) ? errno : 0;
    if (error != EINPROGRESS) {
        close(fd);
        if (error != EADDRNOTAVAIL && error != EAGAIN && error != ENOBUFS) /* ours are out */
            connection_asked(to, error, clock_now_us());
        return LYMPH_OK;
    }
    static const struct timeval limit = {.tv_sec = ATTEMPT_S};
    attempt *a = malloc(sizeof *a);
    struct event *event = a ? event_new(loop_base(r->loop), fd, EV_WRITE, connected, a) : NULL;
    if (!event || event_add(event, &limit)) {
        if (event)
            event_free(event);
        close(fd);
        free(a);
        return LYMPH_ENOMEM;
    }
    *a = (attempt){.next = r->attempts,
                   .link = &r->attempts,
                   .all = r,
                   .to = to,
                   .began_us = clock_now_us(),
                   .fd = fd,
                   .event = event};
    if (a->next)
        a->next->link = &a->next;
    r->attempts = a;
    connection_hold(to);
    *out = a;
    return LYMPH_OK;
}

static attempt *attempt_of(reach *r, const connection *to)
{
    attempt *a = r->attempts;
    while (a && a->to != to)
        a = a->next;
    return a;
}

lymph_status reach_ask(reach *r, connection *to, int64_t deadline_us, failure *f)
{
    if (!connection_doubtful(to, clock_now_us()))
        return LYMPH_OK;
    attempt *a = attempt_of(r, to);
    if (!a && attempt_begin(r, to, &a))
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    if (a) {
        int64_t end = a->began_us + PATIENCE_US;
        lymph_status st = crowd_wait(r->loop, &a->waiting, deadline_us < end ? deadline_us : end);
        if (r->stopped)
            return failure_set(f, LYMPH_ECANCELED, "the container has stopped");
        if (st)
            return LYMPH_OK; /* neither yes nor no: the call takes its chance */
    }
    return to->refused ? failure_set(f, LYMPH_EUNREACHABLE, "%s", strerror(to->refused)) : LYMPH_OK;
}

lymph_status reach_connect(reach *r, const char *endpoint, int64_t deadline_us, connection **out, failure *f)
{
    char address[ENDPOINT_MAX + 1];
    size_t size = strlen(endpoint);
    if ((*out = transport_find(r->transport, endpoint, size))) {
        connection_hold(*out);
        return LYMPH_OK;
    }
    if (!endpoint_valid(endpoint, size))
        return failure_set(f, LYMPH_EINVAL, "'%s' is not an endpoint of the form tcp://HOST:PORT", endpoint);
    lymph_status st = names_resolve(r->names, endpoint, deadline_us, address, f);
    if (st)
        return st;
    st = transport_connect(r->transport, address, strlen(address), out);
    if (st)
        return failure_set(f, st, "cannot connect to %s: %s", address,
                           st == LYMPH_ELIMIT ? "there are too many connections" : lymph_status_name(st));
    connection_hold(*out);
    return LYMPH_OK;
}
