#include "rpc/names.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/clock.h"
#include "fiber/crowd.h"
#include "fiber/errand.h"
#include "rpc/endpoint.h"

#define HOSTS_MAX    64
#define GOOD_US      10000000 /* an address, until it is looked up again */
#define NONE_US      1000000  /* that there is none */
#define ADDRESS_SIZE 80       /* IPv6 with a zone */

typedef struct answer {
    char address[ADDRESS_SIZE]; /* "": none */
    char problem[200];
} answer;

typedef struct lookup lookup;

typedef struct host_name {
    names *all;
    lookup *lookup; /* under way */
    crowd waiting;
    unsigned users;   /* who waits or has just been woken */
    int64_t until_us; /* the address is good */
    answer answer;
    char name[ENDPOINT_MAX + 1];
} host_name;

/* The thread's. */
struct lookup {
    errand errand; /* first */
    host_name *host;
    answer answer;
    char name[ENDPOINT_MAX + 1];
};

struct names {
    loop *loop;
    mailbox *mailbox; /* NULL until it is needed */
    host_name *hosts[HOSTS_MAX];
    size_t count;
    bool stopped;
};

names *names_new(loop *l)
{
    names *n = calloc(1, sizeof *n);
    if (n)
        n->loop = l;
    return n;
}

void names_stop(names *n)
{
    n->stopped = true;
    for (size_t i = 0; i < n->count; i++)
        crowd_wake(n->loop, &n->hosts[i]->waiting);
}

static void forget(names *n, size_t i)
{
    host_name *h = n->hosts[i];
    n->hosts[i] = n->hosts[--n->count];
    if (h->lookup)
        errand_abandon(&h->lookup->errand);
    free(h);
}

void names_free(names *n)
{
    if (!n)
        return;
    while (n->count)
        forget(n, n->count - 1);
    mailbox_free(n->mailbox);
    free(n);
}

/* ---- looking up ---- */

static void look_up(errand *e)
{
    lookup *u = (lookup *)e;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int code = getaddrinfo(u->name, NULL, &hints, &found);
    const struct addrinfo *best = found; /* IPv4 if there is any, which ZeroMQ prefers and the original speaks */
    for (const struct addrinfo *at = found; at && best->ai_family != AF_INET; at = at->ai_next)
        best = at->ai_family == AF_INET ? at : best;
    if (!code)
        code = getnameinfo(best->ai_addr, best->ai_addrlen, u->answer.address, sizeof u->answer.address, NULL, 0,
                           NI_NUMERICHOST);
    if (code) {
        u->answer.address[0] = '\0';
        snprintf(u->answer.problem, sizeof u->answer.problem, "cannot resolve host '%.100s': %s", u->name,
                 gai_strerror(code));
    }
    if (found)
        freeaddrinfo(found);
}

static void looked_up(errand *e)
{
    lookup *u = (lookup *)e;
    host_name *h = u->host;
    h->lookup = NULL;
    h->answer = u->answer;
    h->until_us = clock_now_us() + (h->answer.address[0] ? GOOD_US : NONE_US);
    crowd_wake(h->all->loop, &h->waiting);
}

static void lookup_free(errand *e)
{
    free(e);
}

static lymph_status start(host_name *h, failure *f)
{
    names *n = h->all;
    if (!n->mailbox && !(n->mailbox = mailbox_new(n->loop)))
        return failure_set(f, LYMPH_ENOMEM, "out of memory or of descriptors");
    lookup *u = calloc(1, sizeof *u);
    if (!u)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    u->errand = (errand){.run = look_up, .done = looked_up, .free = lookup_free};
    u->host = h;
    strcpy(u->name, h->name);
    lymph_status st = errand_start(&u->errand, n->mailbox, f);
    h->lookup = st ? NULL : u;
    return st;
}

/* ---- the hosts ---- */

static bool make_room(names *n)
{
    if (n->count < HOSTS_MAX)
        return true;
    for (size_t i = 0; i < n->count; i++) {
        if (!n->hosts[i]->users) {
            forget(n, i);
            return true;
        }
    }
    return false;
}

static host_name *find(const names *n, slice name)
{
    for (size_t i = 0; i < n->count; i++)
        if (strlen(n->hosts[i]->name) == name.size && memcmp(n->hosts[i]->name, name.at, name.size) == 0)
            return n->hosts[i];
    return NULL;
}

static lymph_status add(names *n, slice name, failure *f)
{
    if (!make_room(n))
        return failure_set(f, LYMPH_ELIMIT, "%d names of hosts are being looked up already", HOSTS_MAX);
    host_name *h = malloc(sizeof *h);
    if (!h)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    *h = (host_name){.all = n};
    memcpy(h->name, name.at, name.size);
    n->hosts[n->count++] = h;
    return LYMPH_OK;
}

static lymph_status wait_for(host_name *h, int64_t deadline_us, failure *f)
{
    names *n = h->all;
    lymph_status st = LYMPH_OK;
    if (!h->lookup && h->until_us <= clock_now_us())
        st = start(h, f);
    h->users++;
    while (!st && h->lookup && !n->stopped)
        st = crowd_wait(n->loop, &h->waiting, deadline_us);
    h->users--;
    if (n->stopped)
        return failure_set(f, LYMPH_ECANCELED, "the container has stopped");
    if (st == LYMPH_ETIMEDOUT)
        return failure_set(f, st, "host '%.100s' was not resolved in time", h->name);
    if (st)
        return st;
    return h->answer.address[0] ? LYMPH_OK : failure_set(f, LYMPH_EUNREACHABLE, "%s", h->answer.problem);
}

lymph_status names_resolve(names *n, const char *endpoint, int64_t deadline_us, char *out, failure *f)
{
    if (endpoint_numeric(endpoint, strlen(endpoint))) {
        strcpy(out, endpoint);
        return LYMPH_OK;
    }
    slice host = endpoint_host(endpoint);
    const char *port = strrchr(endpoint, ':') + 1;
    lymph_status st = find(n, host) ? LYMPH_OK : add(n, host, f);
    host_name *h = find(n, host);
    if (!st)
        st = wait_for(h, deadline_us, f);
    if (!st)
        snprintf(out, ENDPOINT_MAX + 1, strchr(h->answer.address, ':') ? "tcp://[%s]:%s" : "tcp://%s:%s",
                 h->answer.address, port);
    return st;
}
