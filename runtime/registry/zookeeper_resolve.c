#include "registry/zookeeper_resolve.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fiber/errand.h"

struct zk_resolution {
    errand errand; /* first */
    zk_resolved done;
    void *arg;
    arena memory;
    zk_hosts hosts; /* its own texts */
    const char *addresses;
    char problem[200];
};

static void resolution_free(errand *e)
{
    zk_resolution *r = (zk_resolution *)e;
    arena_done(&r->memory);
    free(r);
}

/* False: memory is out. */
static bool add(zk_resolution *r, const struct addrinfo *found, const char *port)
{
    char address[NI_MAXHOST];
    if (getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST))
        return true;
    const char *before = r->addresses ? r->addresses : "";
    r->addresses = arena_printf(&r->memory, "%s%s%s:%s", before, *before ? "," : "", address, port);
    return r->addresses != NULL;
}

/* False: a host is no address, where only addresses are looked at. */
static bool resolve(zk_resolution *r, int flags)
{
    r->addresses = NULL;
    r->problem[0] = '\0';
    bool complete = true;
    for (size_t i = 0; i < r->hosts.count && complete; i++) {
        const zk_host *h = &r->hosts.items[i];
        struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags}, *found = NULL;
        int code = getaddrinfo(h->name, NULL, &hints, &found);
        if (code && flags)
            return false;
        if (code)
            snprintf(r->problem, sizeof r->problem, "cannot resolve host '%.100s': %s", h->name, gai_strerror(code));
        for (struct addrinfo *at = found; at && complete; at = at->ai_next)
            complete = add(r, at, h->port);
        if (found)
            freeaddrinfo(found);
    }
    if (!complete)
        strcpy(r->problem, "out of memory");
    return true;
}

static void run(errand *e)
{
    (void)resolve((zk_resolution *)e, 0);
}

static void done(errand *e)
{
    zk_resolution *r = (zk_resolution *)e;
    r->done(r->arg, r->addresses, r->problem);
}

lymph_status zk_resolve(const zk_hosts *hosts, mailbox *m, zk_resolved tell, void *arg, zk_resolution **out, failure *f)
{
    *out = NULL;
    zk_resolution *r = calloc(1, sizeof *r);
    if (!r)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    arena_init(&r->memory);
    r->errand = (errand){.run = run, .done = done, .free = resolution_free};
    r->done = tell;
    r->arg = arg;
    lymph_status st = zk_hosts_parse(&r->memory, hosts->text, &r->hosts, f);
    if (!st && resolve(r, AI_NUMERICHOST)) {
        done(&r->errand);
        resolution_free(&r->errand);
        return LYMPH_OK;
    }
    if (st) {
        resolution_free(&r->errand);
        return st;
    }
    st = errand_start(&r->errand, m, f);
    *out = st ? NULL : r;
    return st;
}

void zk_resolve_abandon(zk_resolution *r)
{
    if (r)
        errand_abandon(&r->errand);
}
