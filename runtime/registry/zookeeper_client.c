#include "registry/zookeeper_client.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zookeeper/zookeeper.h>

#include "core/clock.h"
#include "fiber/mailbox.h"
#include "registry/zookeeper_resolve.h"

#define LAST_ANSWERS_MS 200        /* are waited for when a handle is closed */
#define RETRY_US        1000000    /* until a session that could not even begin is tried again */
#define REST_US         3600000000 /* the timer is always set, so that setting it again needs no memory */

/* Somebody who waits for the connection. */
typedef struct connecting {
    struct connecting *next;
    waiter w;
} connecting;

/* A handle of the library, and what its events carry. Closing one can take seconds, and happens on a thread. */
typedef struct session {
    letter state_letter; /* its state has changed: needs no memory, as the others do */
    atomic_bool state_posted, watch_lost;
    atomic_int state; /* as the library told last; 0: nothing yet */
    letter closed_letter;
    struct session *next; /* in the client's list of those that are being closed */
    zk_client *client;
    zhandle_t *handle;
    sem_t marked; /* see let_answers_through */
    pthread_t closer;
    bool joined;
} session;

struct zk_client {
    loop *loop;
    logger *log;
    mailbox *mailbox;
    zk_client_options options; /* hosts is its own */
    arena memory;
    zk_hosts hosts;
    zk_resolution *resolution; /* under way */
    session *session;          /* NULL: none yet */
    session *closing_sessions;
    bool connected, closing;
    bool begun, ever_connected, told; /* told: that the connection is gone, or cannot be made */
    char trouble[200];
    connecting *connecting;
    zk_request *requests; /* all that there are */
    timer timer;          /* begins a new session unless there is a connection */
};

/* One operation. Its completion runs on a thread of the library; the letter brings it to the loop. */
struct zk_request {
    letter letter;
    zk_request *next, **previous; /* in the client's list */
    zk_client *client;
    session *session; /* through which it was sent */
    waiter w;
    atomic_bool posted; /* the library has answered */
    bool done, lost, abandoned;
    int rc;
    char *data;
    size_t size;
    char **strings;
    size_t string_count;
    int64_t owner;
    int version;
    zoo_op_t ops[2]; /* of a replacement */
    zoo_op_result_t results[2];
    char *path, *value;
};

static const char log_name[] = "lymph.discovery.zookeeper";

/* ---- requests ---- */

static void request_free(zk_request *r)
{
    for (size_t i = 0; i < r->string_count; i++)
        free(r->strings[i]);
    free(r->strings);
    free(r->data);
    free(r->path);
    free(r->value);
    *r->previous = r->next;
    if (r->next)
        r->next->previous = r->previous;
    free(r);
}

static void request_open(letter *l)
{
    zk_request *r = (zk_request *)l;
    r->done = true;
    if (r->abandoned)
        request_free(r);
    else
        loop_wake(r->client->loop, &r->w);
}

static zk_request *request_new(zk_client *c, failure *f)
{
    zk_request *r = calloc(1, sizeof *r);
    if (!r) {
        failure_set(f, LYMPH_ENOMEM, "out of memory");
        return NULL;
    }
    r->letter.open = request_open;
    r->client = c;
    r->session = c->session;
    r->next = c->requests;
    r->previous = &c->requests;
    if (r->next)
        r->next->previous = &r->next;
    c->requests = r;
    return r;
}

static void post(zk_request *r, int rc)
{
    r->rc = rc;
    r->posted = true;
    mailbox_post(r->client->mailbox, &r->letter);
}

static void void_done(int rc, const void *data)
{
    post((zk_request *)data, rc);
}

static void string_done(int rc, const char *value, const void *data)
{
    post((zk_request *)data, rc);
}

static void stat_done(int rc, const struct Stat *stat, const void *data)
{
    zk_request *r = (zk_request *)data;
    post(r, rc);
}

static void data_done(int rc, const char *value, int size, const struct Stat *stat, const void *data)
{
    zk_request *r = (zk_request *)data;
    if (rc == ZOK) {
        r->owner = stat->ephemeralOwner;
        r->version = stat->version;
        r->size = size > 0 ? (size_t)size : 0;
        r->data = malloc(r->size + 1);
        if (!r->data)
            rc = ZSYSTEMERROR;
        else if (r->size)
            memcpy(r->data, value, r->size);
    }
    post(r, rc);
}

static void strings_done(int rc, const struct String_vector *strings, const void *data)
{
    zk_request *r = (zk_request *)data;
    if (rc == ZOK && strings && strings->count > 0) {
        r->strings = calloc((size_t)strings->count, sizeof *r->strings);
        for (int32_t i = 0; r->strings && i < strings->count; i++)
            if ((r->strings[r->string_count] = strdup(strings->data[i])))
                r->string_count++;
        if (r->string_count != (size_t)strings->count)
            rc = ZSYSTEMERROR;
    }
    post(r, rc);
}

static lymph_status status_of(zk_client *c, int rc, const char *what, const char *path, failure *f)
{
    switch (rc) {
    case ZOK:
        return LYMPH_OK;
    case ZNONODE:
        return failure_set(f, LYMPH_ELOOKUP, "ZooKeeper has no node %s", path);
    case ZBADVERSION:
    case ZNODEEXISTS:
        return failure_set(f, LYMPH_ESTATE, "ZooKeeper has a node %s already", path);
    case ZCLOSING:
        return failure_set(f, c->closing ? LYMPH_ECANCELED : LYMPH_EBACKEND, "the ZooKeeper session ended");
    default:
        return failure_set(f, LYMPH_EBACKEND, "ZooKeeper at %s: cannot %s %s: %s", c->options.hosts, what, path,
                           zerror(rc));
    }
}

/* Waits for a request. LYMPH_OK: it is done, whatever its rc; else it is given up and must not be touched again. */
static lymph_status await(zk_client *c, zk_request *r, failure *f)
{
    int64_t deadline = clock_now_us() + c->options.timeout_us;
    lymph_status st = r->done || r->lost ? LYMPH_OK : loop_wait(c->loop, &r->w, deadline);
    if (!st && r->done)
        return LYMPH_OK;
    r->abandoned = true;
    if (c->closing)
        return failure_set(f, LYMPH_ECANCELED, "the connection to ZooKeeper is closed");
    if (!st)
        return failure_set(f, LYMPH_EBACKEND, "ZooKeeper at %s: the connection is gone", c->options.hosts);
    return failure_set(f, st == LYMPH_ETIMEDOUT ? LYMPH_EBACKEND : st, "ZooKeeper at %s does not answer",
                       c->options.hosts);
}

static lymph_status finish(zk_client *c, zk_request *r, int sent, const char *what, const char *path, failure *f)
{
    if (sent != ZOK) {
        request_free(r);
        return status_of(c, sent, what, path, f);
    }
    lymph_status st = await(c, r, f);
    if (st)
        return st;
    st = status_of(c, r->rc, what, path, f);
    request_free(r);
    return st;
}

/* Whoever waits for an answer through `s` (NULL: any) is told that there will be none. */
static void lose_requests(zk_client *c, const session *s)
{
    bool again = true;
    while (again) { /* the one who is woken frees requests */
        again = false;
        for (zk_request *r = c->requests; r && !again; r = r->next) {
            if (r->lost || r->done || r->abandoned || (s && r->session != s))
                continue;
            r->lost = again = true;
            loop_wake(c->loop, &r->w);
        }
    }
}

/* ---- the session ---- */

static void begin_session(zk_client *c);

static void wake_connecting(zk_client *c)
{
    while (c->connecting) {
        connecting *next = c->connecting;
        c->connecting = next->next;
        loop_wake(c->loop, &next->w);
    }
}

static void on_timer(timer *t)
{
    zk_client *c = (zk_client *)((char *)t - offsetof(zk_client, timer));
    (void)timer_set(c->loop, t, clock_now_us() + REST_US, on_timer); /* its place is still there: cannot fail */
    if (!c->connected && !c->closing)
        begin_session(c);
}

static void begin_session_in(zk_client *c, int64_t us)
{
    (void)timer_set(c->loop, &c->timer, clock_now_us() + us, on_timer); /* it is set already: cannot fail */
}

/* Told once, until there is a connection again. */
static void tell_trouble(zk_client *c)
{
    log_line(c->log, c->told ? LYMPH_DEBUG : LYMPH_WARNING, log_name, NULL, "ZooKeeper at %s: %s", c->options.hosts,
             c->trouble);
    c->told = true;
}

static void session_lost(zk_client *c, int state)
{
    bool expired = state == ZOO_EXPIRED_SESSION_STATE;
    bool was = c->connected;
    c->connected = false;
    strcpy(c->trouble, expired                          ? "the session expired"
                       : state == ZOO_AUTH_FAILED_STATE ? "authentication failed"
                                                        : "the connection is gone");
    if (was || expired)
        tell_trouble(c);
    if (expired || state == ZOO_AUTH_FAILED_STATE)
        begin_session_in(c, expired ? 0 : RETRY_US);
    else if (was)
        begin_session_in(c, c->options.session_ms * 1000 + RETRY_US);
}

static void session_connected(zk_client *c)
{
    if (c->connected)
        return;
    c->connected = true;
    c->trouble[0] = '\0';
    log_line(c->log, c->told ? LYMPH_WARNING : LYMPH_INFO, log_name, NULL, "ZooKeeper at %s: connected%s",
             c->options.hosts, c->ever_connected ? " again" : "");
    c->ever_connected = true;
    c->told = false;
    wake_connecting(c);
    c->options.session_began(c->options.arg);
}

static void open_state(letter *l)
{
    session *s = (session *)l;
    zk_client *c = s->client;
    atomic_store(&s->state_posted, false); /* before looking: what comes now is posted again */
    if (c->closing || c->session != s)
        return;
    int state = atomic_load(&s->state);
    if (state == ZOO_CONNECTED_STATE)
        session_connected(c);
    else if (c->connected || state == ZOO_EXPIRED_SESSION_STATE || state == ZOO_AUTH_FAILED_STATE)
        session_lost(c, state);
    if (atomic_exchange(&s->watch_lost, false) && c->connected)
        c->options.session_began(c->options.arg);
}

/* A watch that fired, on its way to the loop. */
typedef struct watch_letter {
    letter letter;
    session *session;
    char path[];
} watch_letter;

static void open_watch(letter *l)
{
    watch_letter *w = (watch_letter *)l;
    zk_client *c = w->session->client;
    if (!c->closing && c->session == w->session)
        c->options.node_changed(c->options.arg, w->path);
    free(w);
}

static void post_state(session *s)
{
    if (!atomic_exchange(&s->state_posted, true))
        mailbox_post(s->client->mailbox, &s->state_letter);
}

static void on_event(zhandle_t *handle, int type, int state, const char *path, void *context)
{
    session *s = (session *)zoo_get_context(handle);
    if (type == ZOO_SESSION_EVENT) {
        atomic_store(&s->state, state); /* the handle's own changes only after the event that tells of it */
        post_state(s);
        return;
    }
    size_t size = path ? strlen(path) : 0;
    watch_letter *w = calloc(1, sizeof *w + size + 1);
    if (!w) { /* the loop looks at everything again instead */
        atomic_store(&s->watch_lost, true);
        post_state(s);
        return;
    }
    w->letter.open = open_watch;
    w->session = s;
    if (size)
        memcpy(w->path, path, size);
    mailbox_post(s->client->mailbox, &w->letter);
}

static void marked(int rc, const char *value, const void *data)
{
    sem_post(&((session *)data)->marked);
}

/* What the library has received and not told yet is lost, its memory too, when the handle is closed. Nothing is asked
 * any more, and answers come in order: behind that of one more request there are none. */
static void let_answers_through(session *s)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LAST_ANSWERS_MS * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if (zoo_state(s->handle) == ZOO_CONNECTED_STATE && zoo_async(s->handle, "/", marked, s) == ZOK)
        while (sem_clockwait(&s->marked, CLOCK_MONOTONIC, &until) && errno == EINTR)
            ;
}

static void *close_on_thread(void *arg)
{
    session *s = arg;
    zk_client *c = s->client;
    let_answers_through(s);
    zookeeper_close(s->handle); /* joins the library's threads: no callback runs after it */
    mailbox_post(c->mailbox, &s->closed_letter);
    return NULL;
}

/* The library does not answer all requests of a handle that it closes. */
static void open_closed(letter *l)
{
    session *s = (session *)((char *)l - offsetof(session, closed_letter));
    zk_client *c = s->client;
    if (!s->joined)
        pthread_join(s->closer, NULL);
    for (zk_request *r = c->requests, *next; r; r = next) {
        next = r->next;
        if (r->session != s || r->posted)
            continue;
        r->done = true;
        r->rc = ZCLOSING;
        if (r->abandoned)
            request_free(r);
    }
    session **at = &c->closing_sessions;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    sem_destroy(&s->marked);
    free(s);
}

static void end_session(zk_client *c)
{
    session *s = c->session;
    if (!s)
        return;
    c->session = NULL;
    c->connected = false;
    s->next = c->closing_sessions;
    c->closing_sessions = s;
    lose_requests(c, s);
    s->joined = pthread_create(&s->closer, NULL, close_on_thread, s) != 0;
    if (s->joined)
        (void)close_on_thread(s); /* it blocks, but nothing else is left */
}

static void resolved(void *arg, const char *addresses, const char *problem)
{
    zk_client *c = arg;
    c->resolution = NULL;
    if (*problem) {
        snprintf(c->trouble, sizeof c->trouble, "%.190s", problem);
        tell_trouble(c);
    }
    begin_session_in(c, addresses ? c->options.session_ms * 1000 + RETRY_US : RETRY_US);
    session *s = addresses ? calloc(1, sizeof *s) : NULL;
    if (!s)
        return;
    s->client = c;
    sem_init(&s->marked, 0, 0);
    s->state_letter.open = open_state;
    s->closed_letter.open = open_closed;
    s->handle = zookeeper_init(addresses, on_event, c->options.session_ms, NULL, s, 0);
    if (!s->handle) {
        snprintf(c->trouble, sizeof c->trouble, "cannot begin a session: %s", strerror(errno));
        tell_trouble(c);
        free(s);
        begin_session_in(c, RETRY_US);
        return;
    }
    c->session = s;
}

/* The library keeps a session alive by itself, but does not begin a new one. */
static void begin_session(zk_client *c)
{
    end_session(c);
    if (c->resolution)
        return;
    begin_session_in(c, RETRY_US);
    failure f = {0};
    if (zk_resolve(&c->hosts, c->mailbox, resolved, c, &c->resolution, &f)) {
        snprintf(c->trouble, sizeof c->trouble, "%.190s", f.message);
        tell_trouble(c);
    }
}

int64_t zk_session(const zk_client *c)
{
    return c->connected ? zoo_client_id(c->session->handle)->client_id : 0;
}

const char *zk_trouble(const zk_client *c)
{
    return c->connected || !c->trouble[0] ? NULL : c->trouble;
}

static lymph_status wait_for_connection(zk_client *c, int64_t deadline_us)
{
    connecting me = {.next = c->connecting, .w = WAITER_INIT};
    c->connecting = &me;
    lymph_status st = loop_wait(c->loop, &me.w, deadline_us);
    for (connecting **at = &c->connecting; *at; at = &(*at)->next) {
        if (*at == &me) {
            *at = me.next;
            break;
        }
    }
    return st;
}

/* Every operation begins here. */
static lymph_status need_connection(zk_client *c, failure *f)
{
    int64_t deadline = clock_now_us() + c->options.timeout_us;
    lymph_status st = LYMPH_OK;
    while (!st && !c->closing && !c->connected) {
        if (!c->begun) {
            st = timer_set(c->loop, &c->timer, clock_now_us() + REST_US, on_timer);
            if (st)
                return failure_set(f, st, "out of memory");
            c->begun = true;
            begin_session(c);
        }
        st = wait_for_connection(c, deadline);
    }
    if (c->closing)
        return failure_set(f, LYMPH_ECANCELED, "the connection to ZooKeeper is closed");
    if (!st)
        return LYMPH_OK;
    const char *why = zk_trouble(c);
    return failure_set(f, st == LYMPH_ETIMEDOUT ? LYMPH_EBACKEND : st,
                       "cannot connect to ZooKeeper at %s within %.1f s: %s%sis it running, and "
                       "container.registry.hosts right?",
                       c->options.hosts, (double)c->options.timeout_us / 1e6, why ? why : "", why ? ": " : "");
}

/* ---- operations ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static lymph_status take_strings(zk_request *r, arena *a, zk_strings *out, failure *f)
{
    const char **items = arena_zalloc_array(a, r->string_count, sizeof *items);
    for (size_t i = 0; items && i < r->string_count; i++)
        if (!(items[i] = arena_strndup(a, r->strings[i], strlen(r->strings[i]))))
            items = NULL;
    if (!items)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    if (r->string_count)
        qsort(items, r->string_count, sizeof *items, by_text);
    *out = (zk_strings){items, r->string_count};
    return LYMPH_OK;
}

lymph_status zk_children(zk_client *c, const char *path, bool watch, arena *a, zk_strings *out, failure *f)
{
    lymph_status st = need_connection(c, f);
    zk_request *r = st ? NULL : request_new(c, f);
    if (!r)
        return st ? st : LYMPH_ENOMEM;
    int sent = zoo_awget_children(c->session->handle, path, watch ? on_event : NULL, NULL, strings_done, r);
    if (sent != ZOK)
        return finish(c, r, sent, "list", path, f);
    st = await(c, r, f);
    if (st)
        return st;
    st = status_of(c, r->rc, "list", path, f);
    if (!st)
        st = take_strings(r, a, out, f);
    request_free(r);
    return st;
}

lymph_status zk_get_begin(zk_client *c, const char *path, zk_request **out, failure *f)
{
    lymph_status st = need_connection(c, f);
    zk_request *r = st ? NULL : request_new(c, f);
    if (!r)
        return st ? st : LYMPH_ENOMEM;
    int sent = zoo_awget(c->session->handle, path, on_event, NULL, data_done, r);
    if (sent != ZOK)
        return finish(c, r, sent, "read", path, f);
    *out = r;
    return LYMPH_OK;
}

lymph_status zk_get_end(zk_client *c, zk_request *r, arena *a, zk_bytes *out, failure *f)
{
    lymph_status st = await(c, r, f);
    if (st)
        return st;
    st = status_of(c, r->rc, "read", "a registration", f);
    if (!st) {
        out->size = r->size;
        out->owner = r->owner;
        out->version = r->version;
        out->data = arena_strndup(a, r->data, r->size);
        if (!out->data)
            st = failure_set(f, LYMPH_ENOMEM, "out of memory");
    }
    request_free(r);
    return st;
}

lymph_status zk_create(zk_client *c, const char *path, const char *value, bool ephemeral, failure *f)
{
    lymph_status st = need_connection(c, f);
    zk_request *r = st ? NULL : request_new(c, f);
    if (!r)
        return st ? st : LYMPH_ENOMEM;
    int sent = zoo_acreate(c->session->handle, path, value, (int)strlen(value), &ZOO_OPEN_ACL_UNSAFE,
                           ephemeral ? ZOO_EPHEMERAL : 0, string_done, r);
    return finish(c, r, sent, "create", path, f);
}

lymph_status zk_set(zk_client *c, const char *path, const char *value, failure *f)
{
    lymph_status st = need_connection(c, f);
    zk_request *r = st ? NULL : request_new(c, f);
    if (!r)
        return st ? st : LYMPH_ENOMEM;
    return finish(c, r, zoo_aset(c->session->handle, path, value, (int)strlen(value), -1, stat_done, r), "write", path,
                  f);
}

lymph_status zk_delete(zk_client *c, const char *path, failure *f)
{
    if (!c->connected)
        return failure_set(f, LYMPH_EUNREACHABLE, "cannot delete %s: ZooKeeper at %s is not connected", path,
                           c->options.hosts);
    lymph_status st = need_connection(c, f);
    zk_request *r = st ? NULL : request_new(c, f);
    if (!r)
        return st ? st : LYMPH_ENOMEM;
    return finish(c, r, zoo_adelete(c->session->handle, path, -1, void_done, r), "delete", path, f);
}

lymph_status zk_replace(zk_client *c, const char *path, int version, const char *value, failure *f)
{
    lymph_status st = need_connection(c, f);
    zk_request *r = st ? NULL : request_new(c, f);
    if (!r)
        return st ? st : LYMPH_ENOMEM;
    r->path = strdup(path); /* the library keeps what is in `ops` until it has answered */
    r->value = strdup(value);
    if (!r->path || !r->value) {
        request_free(r);
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    }
    zoo_delete_op_init(&r->ops[0], r->path, version);
    zoo_create_op_init(&r->ops[1], r->path, r->value, (int)strlen(value), &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL, NULL, 0);
    int sent = zoo_amulti(c->session->handle, 2, r->ops, r->results, void_done, r);
    return finish(c, r, sent, "replace", path, f);
}

/* ---- opening and closing ---- */

lymph_status zk_client_open(loop *l, const zk_client_options *o, logger *log, zk_client **out, failure *f)
{
    zk_client *c = calloc(1, sizeof *c);
    if (!c)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    zoo_set_debug_level(
        (ZooLogLevel)0); /* what matters comes back as a status; it must not write onto the user's terminal */
    c->loop = l;
    c->log = log;
    c->options = *o;
    arena_init(&c->memory);
    lymph_status st = zk_hosts_parse(&c->memory, o->hosts, &c->hosts, f);
    c->options.hosts = c->hosts.text;
    if (!st && !(c->mailbox = mailbox_new(l)))
        st = failure_set(f, LYMPH_ENOMEM, "out of memory");
    if (st) {
        zk_client_close(c);
        return st;
    }
    *out = c;
    return LYMPH_OK;
}

void zk_client_stop(zk_client *c)
{
    if (c->closing)
        return;
    c->closing = true;
    timer_cancel(c->loop, &c->timer);
    zk_resolve_abandon(c->resolution);
    c->resolution = NULL;
    wake_connecting(c);
    lose_requests(c, NULL);
}

void zk_client_close(zk_client *c)
{
    if (!c)
        return;
    zk_client_stop(c);
    end_session(c);
    for (session *s = c->closing_sessions; s; s = s->next) {
        if (!s->joined)
            pthread_join(s->closer, NULL);
        s->joined = true;
    }
    mailbox_free(c->mailbox);
    arena_done(&c->memory);
    free(c);
}
