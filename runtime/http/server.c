#include "http/server.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include "client/call.h"
#include "context/sleep.h"
#include "core/clock.h"
#include "core/text.h"
#include "core/unique.h"
#include "http/params.h"
#include "http/response.h"

#define HEADERS_MAX 65536 /* bytes of the request line and the headers */
#define READY_PATH  "/_ready/"
#define CLIENT_GONE 499 /* as other servers say it in their logs */

static const char log_name[] = "lymph.web.interfaces", access_log_name[] = "lymph.web.wsgi_server";

typedef struct request {
    activity activity;
    http_server *server;
    struct evhttp_request *http;
    int64_t began_us;
    struct event *watch; /* for the client's end, while the handler waits; NULL: none */
    bool *running;       /* false as soon as the request has ended: for those who may outlive it */
    bool ran;
    route_match match;
} request;

static const struct {
    enum evhttp_cmd_type type;
    const char *name;
} verbs[] = {{EVHTTP_REQ_GET, "GET"},        {EVHTTP_REQ_POST, "POST"},   {EVHTTP_REQ_HEAD, "HEAD"},
             {EVHTTP_REQ_PUT, "PUT"},        {EVHTTP_REQ_PATCH, "PATCH"}, {EVHTTP_REQ_DELETE, "DELETE"},
             {EVHTTP_REQ_OPTIONS, "OPTIONS"}};

static const char *verb_of(const struct evhttp_request *http)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (verbs[i].type == evhttp_request_get_command(http))
            return verbs[i].name;
    return "";
}

static const char *header_of(const void *headers, const char *name)
{
    return evhttp_find_header(headers, name);
}

/* ---- the response ---- */

static struct bufferevent *events_of(struct evhttp_request *http)
{
    return evhttp_connection_get_bufferevent(evhttp_request_get_connection(http));
}

static void put_header(struct evhttp_request *http, const char *name, const char *value)
{
    if (value)
        (void)evhttp_add_header(evhttp_request_get_output_headers(http), name, value);
}

/* In the original's order. evhttp puts the date behind them, and a length of 0. */
static void send_response(http_server *s, struct evhttp_request *http, const char *trace_id, const response *r)
{
    char length[24];
    snprintf(length, sizeof length, "%zu", r->body.size);
    put_header(http, "Content-Type", r->type);
    put_header(http, "Content-Length", r->type ? length : NULL);
    put_header(http, "Location", r->location);
    put_header(http, "Allow", r->allow);
    put_header(http, s->settings.response_header, trace_id);
    if (!s->listener)
        put_header(http, "Connection", "close");
    if (r->body.size && evhttp_request_get_command(http) != EVHTTP_REQ_HEAD)
        (void)evbuffer_add(evhttp_request_get_output_buffer(http), r->body.at, r->body.size);
    connections_idle(&s->connections, events_of(http));
    evhttp_send_reply(http, (int)r->status, response_reason(r->status), NULL);
}

/* What must not be in a log stands in the path or in the query: then the route's path is shown. */
static bool is_sensitive(const route_match *m)
{
    const lymph_record *p = m->route ? m->route->method.params : NULL;
    for (size_t i = 0; p && i < p->field_count; i++)
        if ((p->fields[i].flags & LYMPH_FIELD_SENSITIVE) && m->route->sources[i] <= LYMPH_HTTP_QUERY)
            return true;
    return false;
}

static void unwatch(request *q)
{
    if (q->watch)
        event_free(q->watch);
    q->watch = NULL;
}

static void answer(request *q, const response *r)
{
    lymph_ctx *ctx = &q->activity.ctx;
    struct evhttp_request *http = q->http;
    struct bufferevent *buffer = events_of(http);
    char *client = NULL, line[1024];
    uint16_t port;
    bool logs = log_wants(ctx->host->log, LYMPH_INFO);
    unwatch(q);
    if (logs) { /* both are gone afterwards */
        evhttp_connection_get_peer(evhttp_request_get_connection(http), &client, &port);
        client = arena_printf(&q->activity.base.memory, "%s", client);
        snprintf(line, sizeof line, "%s %s HTTP/%d.%d", verb_of(http),
                 is_sensitive(&q->match) ? q->match.route->path : evhttp_request_get_uri(http), http->major,
                 http->minor);
    }
    send_response(q->server, http, ctx->trace_id, r);
    if (logs)
        lymph_log(ctx, LYMPH_INFO, access_log_name, "client=%s - - \"%s\" status=%u length=%zu duration=%.6f (seconds)",
                  client ? client : "?", line, r->status, evbuffer_get_length(bufferevent_get_output(buffer)),
                  (double)(clock_now_us() - q->began_us) / 1e6);
    q->http = NULL;
}

/* ---- the handler ---- */

/* Nothing of what failed inside reaches the client. */
static void answer_failure(request *q, lymph_status st)
{
    lymph_ctx *ctx = &q->activity.ctx;
    const char *subject = q->match.route->method.subject;
    failure_settle(&q->activity.base.failure, st);
    log_complaint(ctx->host->log, LYMPH_ERROR, log_name, ctx->trace_id, subject, slice_of(subject), "%s failed: %s: %s",
                  subject, lymph_status_name(st), q->activity.base.failure.message);
    const response r = response_text(ctx->host->phase == PHASE_STOPPED ? 503 : 500, "");
    answer(q, &r);
}

/* Nobody reads this; the log tells it. */
static void answer_nobody(request *q)
{
    const response r = response_text(CLIENT_GONE, "");
    answer(q, &r);
}

static void answer_handler(request *q, lymph_status st, const void *result)
{
    const ctx_base *b = &q->activity.base;
    arena *a = &q->activity.base.memory;
    failure *f = &q->activity.base.failure;
    response r;
    if (!st)
        st = response_result(q->match.route, result, a, &r, f);
    else if (st == LYMPH_EREMOTE && b->raised)
        st = response_error(q->match.route, b->raised, b->raised_size, a, &r, f);
    if (st == LYMPH_ECANCELED && b->canceled)
        answer_nobody(q);
    else if (st)
        answer_failure(q, st);
    else
        answer(q, &r);
}

static void call(request *q)
{
    const lymph_method *method = &q->match.route->method;
    struct evhttp_request *http = q->http;
    lymph_ctx *ctx = &q->activity.ctx;
    arena *a = &q->activity.base.memory;
    struct evbuffer *body = evhttp_request_get_input_buffer(http);
    const size_t size = evbuffer_get_length(body);
    const http_input in = {
        .match = &q->match,
        .query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(http)),
        .header = header_of,
        .headers = evhttp_request_get_input_headers(http),
        .body = {size ? (const char *)evbuffer_pullup(body, -1) : "", size},
    };
    void *params = arena_zalloc(a, method->params->size);
    void *result = arena_zalloc(a, method->result ? method->result->size : 0);
    lymph_status st = params && result && in.body.at ? params_decode(&in, a, params, &q->activity.base.failure)
                                                     : ctx_fail(ctx, LYMPH_ENOMEM, "out of memory");
    if (st == LYMPH_EINVAL) {
        const response r = response_text(400, lymph_error_message(ctx));
        answer(q, &r);
        return;
    }
    loop_label(ctx->host->loop, method->subject);
    ctx->method = method;
    if (!st)
        st = method->invoke(ctx, q->server->interface->handlers, params, result);
    answer_handler(q, st, result);
}

/* ---- what is answered without a handler ---- */

static void redirect(request *q, const char *path)
{
    arena *a = &q->activity.base.memory;
    const char *query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(q->http));
    size_t size = strlen(path);
    bool slash = size > 1 && path[size - 1] == '/';
    response r = response_text(308, "");
    /* Without the host, which is whatever the client says; and never "//", which would name another one. */
    while (path[0] == '/' && path[1] == '/') {
        path++;
        size--;
    }
    r.location = arena_printf(a, "%.*s%s%s%s", (int)(size - slash), path, slash ? "" : "/", query ? "?" : "",
                              query ? query : "");
    answer(q, &r);
}

/* /_health/ and /_ready/, also without the slash. */
static bool serve_own(request *q, const char *path)
{
    const http_server *s = q->server;
    const char *own[] = {s->settings.health, READY_PATH};
    for (size_t i = 0; i < 2; i++) {
        size_t size = own[i] ? strlen(own[i]) : 0;
        if (!size || strncmp(path, own[i], size - 1) != 0)
            continue;
        if (strcmp(path, own[i]) == 0) {
            const response r = response_text(s->host->phase == PHASE_RUNNING ? 200 : 503, "");
            answer(q, &r);
            return true;
        }
        if (size > 1 && own[i][size - 1] == '/' && !path[size - 1]) {
            redirect(q, path);
            return true;
        }
    }
    return false;
}

static void choose(request *q)
{
    lymph_ctx *ctx = &q->activity.ctx;
    http_server *s = q->server;
    const lymph_interface_desc *desc = s->interface->acting.desc;
    const char *verb = verb_of(q->http), *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(q->http));
    char allowed[ROUTER_ALLOW_MAX];
    response r;
    q->match.route = NULL;
    q->began_us = clock_now_us();
    loop_label(s->host->loop, log_name);
    if (!path || *path != '/')
        path = "/";
    if (serve_own(q, path))
        return;
    route_answer found = router_find(desc->routes, desc->route_count, verb, path, &q->match);
    lymph_log(ctx, LYMPH_INFO, log_name, "%s %s", verb, is_sensitive(&q->match) ? q->match.route->path : path);
    switch (found) {
    case ROUTE_FOUND:
        if (s->interface->started && handler_exists(s->interface->handlers, q->match.route->method.handler)) {
            call(q);
            return;
        }
        r = response_text(s->interface->started ? 501 : 503, "");
        break;
    case ROUTE_SLASH:
        redirect(q, path);
        return;
    case ROUTE_VERB:
        r = response_text(405, "this method is not allowed here");
        router_allowed(desc->routes, desc->route_count, path, allowed);
        r.allow = allowed;
        break;
    default:
        r = response_text(404, "there is nothing here");
    }
    answer(q, &r);
}

/* Runs in the request's coroutine. */
static void serve(activity *t)
{
    request *q = (request *)t;
    choose(q);
    *q->running = false;
}

/* ---- a client that goes away ---- */

/* What the handler waits for is no longer waited for. It may end, and the request with it, before this does. */
static void on_gone(evutil_socket_t fd, short what, void *arg)
{
    static const char why[] = "the client has gone";
    request *q = arg;
    host *h = q->server->host;
    const ctx_base *base = &q->activity.base;
    bool running = true;
    q->running = &running;
    q->activity.base.canceled = why;
    sleepers_cancel(h, base);
    if (running)
        calls_cancel(h->calls, base, why);
    if (running)
        q->running = &q->ran;
}

/* Without memory for it the handler runs to its end. */
static void watch(request *q)
{
    q->watch =
        event_new(loop_base(q->server->host->loop), bufferevent_getfd(events_of(q->http)), EV_CLOSED, on_gone, q);
    if (q->watch)
        (void)event_add(q->watch, NULL);
}

/* ---- requests ---- */

/* Two servers in a row must not see different ends of one request. */
static bool is_ambiguous(struct evhttp_request *http)
{
    const struct evkeyval *h;
    size_t lengths = 0, encodings = 0;
    TAILQ_FOREACH(h, evhttp_request_get_input_headers(http), next)
    {
        lengths += strcasecmp(h->key, "Content-Length") == 0;
        encodings += strcasecmp(h->key, "Transfer-Encoding") == 0;
    }
    return lengths + encodings > 1;
}

/* That of the configured header, else of a W3C traceparent; size 0: a new one. */
static slice trace_of(const http_server *s, struct evhttp_request *http)
{
    const struct evkeyvalq *headers = evhttp_request_get_input_headers(http);
    const char *own = s->settings.request_header ? evhttp_find_header(headers, s->settings.request_header) : NULL;
    const char *parent = evhttp_find_header(headers, "traceparent");
    if (own && *own && text_clean(own, strlen(own)))
        return slice_of(own);
    if (parent && strlen(parent) >= 55 && parent[2] == '-' && parent[35] == '-' &&
        strspn(parent + 3, "0123456789abcdef") == 32 && strspn(parent + 3, "0") < 32)
        return (slice){parent + 3, 32};
    return (slice){NULL, 0};
}

static void on_request(struct evhttp_request *http, void *arg)
{
    http_server *s = arg;
    connections_busy(&s->connections, events_of(http));
    bool ambiguous = is_ambiguous(http);
    request *q = ambiguous ? NULL : (request *)activity_new(&s->requests, trace_of(s, http));
    if (q) {
        q->server = s;
        q->http = http;
        q->activity.ctx.interface = &s->interface->acting;
        bool running = true;
        q->watch = NULL;
        q->running = &running;
        if (!activity_run(&q->activity, serve)) {
            if (running) {
                q->running = &q->ran;
                watch(q);
            }
            return;
        }
        activity_free(&q->activity);
    }
    char fresh[UNIQUE_HEX + 1];
    unique_hex(fresh);
    const response r = response_text(ambiguous ? 400 : 503, "");
    if (ambiguous)
        put_header(http, "Connection", "close");
    send_response(s, http, fresh, &r);
}

/* ---- opening and closing ---- */

static lymph_status set_up(http_server *s, const char *ip, failure *f)
{
    const http_settings *o = &s->settings;
    unsigned all = 0;
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    s->evhttp = evhttp_new(loop_base(s->host->loop));
    if (!s->evhttp)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        all |= verbs[i].type;
    const struct timeval idle = {.tv_sec = o->request_us / 1000000, .tv_usec = o->request_us % 1000000};
    evhttp_set_allowed_methods(s->evhttp, (uint16_t)all);
    evhttp_set_max_headers_size(s->evhttp, HEADERS_MAX);
    evhttp_set_max_body_size(s->evhttp, (ssize_t)o->body_max);
    evhttp_set_timeout_tv(s->evhttp, &idle);
    evhttp_set_default_content_type(s->evhttp, NULL);
    evhttp_set_bevcb(s->evhttp, connections_make, &s->connections);
    evhttp_set_gencb(s->evhttp, on_request, s);
    s->listener = evhttp_bind_socket_with_handle(s->evhttp, ip, o->port);
    if (!s->listener || getsockname(evhttp_bound_socket_get_fd(s->listener), (struct sockaddr *)&bound, &size))
        return failure_set(f, LYMPH_ESYSTEM, "%s: cannot listen for HTTP on %s port %u: %s", s->interface->name, ip,
                           o->port, strerror(errno));
    s->port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                : ((struct sockaddr_in *)&bound)->sin_port);
    return LYMPH_OK;
}

lymph_status http_open(activities *all, installed *i, const char *ip, const http_settings *settings, http_server **out,
                       failure *f)
{
    http_server *s = calloc(1, sizeof *s);
    if (!s)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    s->host = all->host;
    s->interface = i;
    s->settings = *settings;
    activity_pool_init(&s->requests, all, sizeof(request), true);
    connections_init(&s->connections, s->host->loop, settings->connections_max, settings->request_us);
    lymph_status st = set_up(s, ip, f);
    if (st)
        http_close(s);
    else
        *out = s;
    return st;
}

void http_stop(http_server *s)
{
    if (s->listener)
        evhttp_del_accept_socket(s->evhttp, s->listener);
    s->listener = NULL;
}

void http_close(http_server *s)
{
    if (!s)
        return;
    if (s->evhttp)
        evhttp_free(s->evhttp);
    connections_done(&s->connections);
    activity_pool_done(&s->requests);
    free(s);
}
