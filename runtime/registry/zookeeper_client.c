#include "registry/zookeeper_client.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <zookeeper/zookeeper.h>

#include "core/clock.h"
#include "fiber/mailbox.h"

#define RETRY_US 1000000 /* until a session that could not even begin is tried again */

/* Somebody who waits for the connection. */
typedef struct connecting {
    struct connecting *next;
    waiter w;
} connecting;

struct zk_client {
    loop *loop;
    logger *log;
    mailbox *mailbox;
    zk_client_options options; /* hosts is its own */
    zhandle_t *handle;
    unsigned generation; /* of the handle: events of an older one are out of date */
    bool connected, closing;
    connecting *connecting;
    zk_request *requests; /* all that there are */
    timer retry;
};

/* One operation. Its completion runs on a thread of the library; the letter brings it to the loop. */
struct zk_request {
    letter letter;
    zk_request *next, **previous; /* in the client's list */
    zk_client *client;
    waiter w;
    bool posted; /* the library has answered */
    bool done, abandoned;
    int rc;
    char *data;
    size_t size;
    char **strings;
    size_t string_count;
    int64_t owner;
};

static const char log_name[] = "lymph.discovery.zookeeper";

/* ---- requests ---- */

static void request_free(zk_request *r)
{
    for (size_t i = 0; i < r->string_count; i++)
        free(r->strings[i]);
    free(r->strings);
    free(r->data);
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
    if (rc == ZOK)
        r->owner = stat->ephemeralOwner;
    post(r, rc);
}

static void data_done(int rc, const char *value, int size, const struct Stat *stat, const void *data)
{
    zk_request *r = (zk_request *)data;
    if (rc == ZOK) {
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
    case ZNODEEXISTS:
        return failure_set(f, LYMPH_ESTATE, "ZooKeeper has a node %s already", path);
    case ZCLOSING:
        return failure_set(f, LYMPH_ECANCELED, "the ZooKeeper session ended");
    default:
        return failure_set(f, LYMPH_EBACKEND, "ZooKeeper at %s: cannot %s %s: %s", c->options.hosts, what, path,
                           zerror(rc));
    }
}

/* Waits for a request. LYMPH_OK: it is done, whatever its rc; else it is given up and must not be touched again. */
static lymph_status await(zk_client *c, zk_request *r, failure *f)
{
    int64_t deadline = clock_now_us() + c->options.timeout_us;
    lymph_status st = r->done ? LYMPH_OK : loop_wait(c->loop, &r->w, deadline);
    if (!st)
        return LYMPH_OK;
    r->abandoned = true;
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

/* ---- the session ---- */

/* A watch or a change of the session, on its way to the loop. */
typedef struct event_letter {
    letter letter;
    zk_client *client;
    unsigned generation;
    int type, state;
    char path[];
} event_letter;

static void begin_session(zk_client *c);

static void wake_connecting(zk_client *c)
{
    while (c->connecting) {
        connecting *next = c->connecting;
        c->connecting = next->next;
        loop_wake(c->loop, &next->w);
    }
}

static void session_changed(zk_client *c, int state)
{
    bool was = c->connected;
    c->connected = state == ZOO_CONNECTED_STATE;
    log_line(c->log, LYMPH_INFO, log_name, NULL, "ZooKeeper at %s: %s", c->options.hosts,
             c->connected                         ? "connected"
             : state == ZOO_EXPIRED_SESSION_STATE ? "the session expired"
             : state == ZOO_AUTH_FAILED_STATE     ? "authentication failed"
                                                  : "connecting");
    if (c->connected && !was) {
        wake_connecting(c);
        c->options.session_began(c->options.arg);
    }
    if (state == ZOO_EXPIRED_SESSION_STATE)
        begin_session(c);
}

static void event_open(letter *l)
{
    event_letter *e = (event_letter *)l;
    zk_client *c = e->client;
    if (!c->closing && e->generation == c->generation) {
        if (e->type == ZOO_SESSION_EVENT)
            session_changed(c, e->state);
        else
            c->options.node_changed(c->options.arg, e->path);
    }
    free(e);
}

/* What a handle's events carry: its client and generation. Freed with the handle. */
typedef struct handle_context {
    zk_client *client;
    unsigned generation;
} handle_context;

static void on_event(zhandle_t *handle, int type, int state, const char *path, void *context)
{
    const handle_context *h = zoo_get_context(handle);
    size_t size = path ? strlen(path) : 0;
    event_letter *e = calloc(1, sizeof *e + size + 1);
    if (!e)
        return; /* the next change, or the next look-up, finds out */
    e->letter.open = event_open;
    e->client = h->client;
    e->generation = h->generation;
    e->type = type;
    e->state = state;
    if (size)
        memcpy(e->path, path, size);
    mailbox_post(h->client->mailbox, &e->letter);
}

static void close_handle(zk_client *c)
{
    if (!c->handle)
        return;
    handle_context *h = (handle_context *)zoo_get_context(c->handle);
    zookeeper_close(c->handle); /* joins the library's threads: no callback runs after it */
    c->handle = NULL;
    free(h);
    for (zk_request *r = c->requests; r; r = r->next)
        if (!r->posted) /* it does not answer all of them; what it kept for them is lost to its own leak */
            post(r, ZCLOSING);
}

static lymph_status connect_handle(zk_client *c)
{
    close_handle(c);
    c->connected = false;
    handle_context *h = malloc(sizeof *h);
    if (!h)
        return LYMPH_ENOMEM;
    *h = (handle_context){c, ++c->generation};
    c->handle = zookeeper_init(c->options.hosts, on_event, c->options.session_ms, NULL, h, 0);
    if (!c->handle) {
        free(h);
        return LYMPH_EBACKEND;
    }
    return LYMPH_OK;
}

static void on_retry(timer *t)
{
    begin_session((zk_client *)((char *)t - offsetof(zk_client, retry)));
}

/* The library keeps a session alive by itself, but does not begin a new one. */
static void begin_session(zk_client *c)
{
    if (!connect_handle(c))
        return;
    log_line(c->log, LYMPH_ERROR, log_name, NULL, "cannot begin a new session with ZooKeeper at %s: %s",
             c->options.hosts, strerror(errno));
    (void)timer_set(c->loop, &c->retry, clock_now_us() + RETRY_US, on_retry);
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
        if (!c->handle && connect_handle(c))
            return failure_set(f, LYMPH_EBACKEND,
                               "cannot use ZooKeeper at '%s': %s: is container.registry.hosts right?", c->options.hosts,
                               strerror(errno));
        st = wait_for_connection(c, deadline);
    }
    if (c->closing)
        return failure_set(f, LYMPH_ECANCELED, "the connection to ZooKeeper is closed");
    return !st ? LYMPH_OK
               : failure_set(f, st == LYMPH_ETIMEDOUT ? LYMPH_EBACKEND : st,
                             "cannot connect to ZooKeeper at %s within %.1f s: is it running, and "
                             "container.registry.hosts right?",
                             c->options.hosts, (double)c->options.timeout_us / 1e6);
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
    int sent = zoo_awget_children(c->handle, path, watch ? on_event : NULL, NULL, strings_done, r);
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
    int sent = zoo_awget(c->handle, path, on_event, NULL, data_done, r);
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
    int sent = zoo_acreate(c->handle, path, value, (int)strlen(value), &ZOO_OPEN_ACL_UNSAFE,
                           ephemeral ? ZOO_EPHEMERAL : 0, string_done, r);
    return finish(c, r, sent, "create", path, f);
}

lymph_status zk_set(zk_client *c, const char *path, const char *value, failure *f)
{
    lymph_status st = need_connection(c, f);
    zk_request *r = st ? NULL : request_new(c, f);
    if (!r)
        return st ? st : LYMPH_ENOMEM;
    return finish(c, r, zoo_aset(c->handle, path, value, (int)strlen(value), -1, stat_done, r), "write", path, f);
}

lymph_status zk_delete(zk_client *c, const char *path, failure *f)
{
    if (!c->connected)
        return failure_set(f, LYMPH_EBACKEND, "cannot delete %s: ZooKeeper at %s is not connected", path,
                           c->options.hosts);
    lymph_status st = need_connection(c, f);
    zk_request *r = st ? NULL : request_new(c, f);
    if (!r)
        return st ? st : LYMPH_ENOMEM;
    return finish(c, r, zoo_adelete(c->handle, path, -1, void_done, r), "delete", path, f);
}

lymph_status zk_is_ours(zk_client *c, const char *path, bool *out, failure *f)
{
    lymph_status st = need_connection(c, f);
    zk_request *r = st ? NULL : request_new(c, f);
    if (!r)
        return st ? st : LYMPH_ENOMEM;
    int sent = zoo_aexists(c->handle, path, 0, stat_done, r);
    if (sent != ZOK)
        return finish(c, r, sent, "look at", path, f);
    st = await(c, r, f);
    if (st)
        return st;
    st = status_of(c, r->rc, "look at", path, f);
    *out = !st && r->owner == zoo_client_id(c->handle)->client_id;
    request_free(r);
    return st == LYMPH_ELOOKUP ? LYMPH_OK : st;
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
    c->options.hosts = strdup(o->hosts);
    c->mailbox = mailbox_new(l);
    if (!c->options.hosts || !c->mailbox) {
        zk_client_close(c);
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    }
    *out = c;
    return LYMPH_OK;
}

void zk_client_stop(zk_client *c)
{
    c->closing = true;
    timer_cancel(c->loop, &c->retry);
    wake_connecting(c);
}

void zk_client_close(zk_client *c)
{
    if (!c)
        return;
    zk_client_stop(c);
    close_handle(c);
    mailbox_free(c->mailbox);
    free((char *)c->options.hosts);
    free(c);
}
