#include "registry/zookeeper_resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct zk_resolution {
    letter letter;
    zk_resolved done;
    void *arg;
    arena memory;
    zk_hosts hosts; /* its own texts */
    const char *addresses;
    char problem[200];
    pthread_mutex_t lock; /* over the mailbox: NULL once abandoned */
    mailbox *mailbox;
    bool posted;
};

static void resolution_free(zk_resolution *r)
{
    arena_done(&r->memory);
    pthread_mutex_destroy(&r->lock);
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

static void open_resolution(letter *l)
{
    zk_resolution *r = (zk_resolution *)l;
    pthread_mutex_lock(&r->lock); /* until the thread has let go of it */
    pthread_mutex_unlock(&r->lock);
    r->done(r->arg, r->addresses, r->problem);
    resolution_free(r);
}

static void *resolve_on_thread(void *arg)
{
    zk_resolution *r = arg;
    (void)resolve(r, 0);
    pthread_mutex_lock(&r->lock);
    bool abandoned = r->mailbox == NULL;
    if (!abandoned) {
        r->posted = true;
        mailbox_post(r->mailbox, &r->letter);
    }
    pthread_mutex_unlock(&r->lock);
    if (abandoned)
        resolution_free(r);
    return NULL;
}

lymph_status zk_resolve(const zk_hosts *hosts, mailbox *m, zk_resolved done, void *arg, zk_resolution **out, failure *f)
{
    *out = NULL;
    zk_resolution *r = calloc(1, sizeof *r);
    if (!r)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    arena_init(&r->memory);
    pthread_mutex_init(&r->lock, NULL);
    r->letter.open = open_resolution;
    r->done = done;
    r->arg = arg;
    r->mailbox = m;
    lymph_status st = zk_hosts_parse(&r->memory, hosts->text, &r->hosts, f);
    if (st) {
        resolution_free(r);
        return st;
    }
    if (resolve(r, AI_NUMERICHOST)) {
        open_resolution(&r->letter);
        return LYMPH_OK;
    }
    pthread_t thread;
    int code = pthread_create(&thread, NULL, resolve_on_thread, r);
    if (code) {
        resolution_free(r);
        return failure_set(f, LYMPH_ESYSTEM, "cannot start a thread: %s", strerror(code));
    }
    pthread_detach(thread);
    *out = r;
    return LYMPH_OK;
}

static void ignore(void *arg, const char *addresses, const char *problem)
{
}

void zk_resolve_abandon(zk_resolution *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    if (r->posted)
        r->done = ignore; /* the mailbox opens and frees it */
    else
        r->mailbox = NULL;
    pthread_mutex_unlock(&r->lock);
}
