/* dispatch.c: requests from peers to handlers, and their answers back. Every request ends in exactly one message: REP,
 * ERROR or NACK; only what cannot be told from noise is dropped (rpc/zeromq.c). */
#include "server/dispatch.h"

#include <string.h>

#include "core/clock.h"
#include "core/unique.h"
#include "rpc/builtin.h"

static const char log_name[] = "lymph.core.rpc";

typedef struct request {
    activity activity;
    dispatcher *dispatcher;
    const installed *interface;
    const lymph_method *method;
    connection *from;
    const void *params;
    char id[MESSAGE_ID_MAX + 1];
    size_t id_size;
} request;

lymph_status dispatcher_init(dispatcher *d, activities *all, const interfaces *served)
{
    *d = (dispatcher){.host = all->host, .interfaces = served};
    activity_pool_init(&d->requests, all, sizeof(request), true);
    writer_init(&d->body);
    writer_init(&d->headers);
    char longest[MESSAGE_TRACE_MAX] = {0};
    write_trace_header(&d->headers, longest, sizeof longest);
    return d->headers.failed;
}

void dispatcher_done(dispatcher *d)
{
    activity_pool_done(&d->requests);
    writer_done(&d->body);
    writer_done(&d->headers);
}

/* ---- answers ---- */

static const slice nil_body = {"\xc0", 1};

static lymph_status send_message(dispatcher *d, connection *to, slice id, message_type type, slice body)
{
    char own_id[UNIQUE_HEX + 1];
    unique_hex(own_id);
    return d->headers.failed ? d->headers.failed
                             : transport_send(d->host->transport, to, (slice){own_id, UNIQUE_HEX}, type, id,
                                              (slice){(char *)d->headers.data, d->headers.size}, body);
}

/* What d->headers and `body` hold. */
static void send_answer(dispatcher *d, connection *to, slice id, message_type type, slice body)
{
    host *h = d->host;
    lymph_status st = send_message(d, to, id, type, body);
    if (st == LYMPH_ENOMEM && type != MESSAGE_NACK && !send_message(d, to, id, MESSAGE_NACK, nil_body)) {
        h->counters.nacks++;
        log_complaint(h->log, LYMPH_ERROR, log_name, NULL, "requests without memory for an answer",
                      slice_of(to->endpoint), "refused a request of %s: no memory for its answer", to->endpoint);
        return;
    }
    if (!st)
        return;
    h->counters.replies_dropped++;
    log_complaint(h->log, LYMPH_WARNING, log_name, NULL, "answers not sent", slice_of(to->endpoint),
                  "cannot send a %s to %s: %s", message_type_name(type), to->endpoint,
                  st == LYMPH_EUNREACHABLE ? "its queue is full or it is gone" : lymph_status_name(st));
}

/* Refuses a request for which no method was found. */
static void refuse(dispatcher *d, const message *m, connection *from, slice trace_id, const char *why)
{
    char fresh[UNIQUE_HEX + 1];
    if (!trace_id.size) {
        unique_hex(fresh);
        trace_id = (slice){fresh, UNIQUE_HEX};
    }
    d->host->counters.nacks++;
    if (log_wants(d->host->log, LYMPH_WARNING)) {
        char trace[MESSAGE_TRACE_MAX + 1];
        memcpy(trace, trace_id.at, trace_id.size);
        trace[trace_id.size] = '\0';
        log_complaint(d->host->log, LYMPH_WARNING, log_name, trace, "refused requests", slice_of(from->endpoint),
                      "refused %.*s from %s: %s", (int)m->subject.size, m->subject.at, from->endpoint, why);
    }
    writer_reset(&d->headers);
    write_trace_header(&d->headers, trace_id.at, trace_id.size);
    send_answer(d, from, m->id, MESSAGE_NACK, nil_body);
}

static void answer(request *r, message_type type, slice body)
{
    dispatcher *d = r->dispatcher;
    const char *trace_id = r->activity.trace_id;
    writer_reset(&d->headers);
    write_headers(&d->headers, r->interface->version, trace_id, strlen(trace_id));
    send_answer(d, r->from, (slice){r->id, r->id_size}, type, body);
}

static void answer_nack(request *r, lymph_status st)
{
    lymph_ctx *ctx = &r->activity.ctx;
    failure *f = &r->activity.base.failure;
    r->dispatcher->host->counters.nacks++;
    failure_settle(f, st);
    log_complaint(ctx->host->log, LYMPH_ERROR, log_name, ctx->trace_id, r->method->subject, slice_of(r->from->endpoint),
                  "%s.%s failed: %s: %s", r->interface->name, r->method->name, lymph_status_name(st), f->message);
    answer(r, MESSAGE_NACK, nil_body);
}

static void answer_result(request *r, const void *result)
{
    writer *body = &r->dispatcher->body;
    const lymph_method *method = r->method;
    writer_reset(body);
    lymph_status st = LYMPH_OK;
    if (method->result)
        st = encode_type(body, method->result, result, method->subject, &r->activity.base.failure);
    else
        write_nil(body);
    if (!st)
        st = ctx_written(&r->activity.ctx, body, "the result");
    if (st)
        answer_nack(r, st);
    else
        answer(r, MESSAGE_REP, (slice){(char *)body->data, body->size});
}

/* ---- requests ---- */

/* Heartbeats are logged at DEBUG. */
static lymph_level level_of(const request *r)
{
    const char *subject = r->method->subject;
    return r->interface->builtin && builtin_is_ping((slice){subject, strlen(subject)}) ? LYMPH_DEBUG : LYMPH_INFO;
}

/* Runs in the request's coroutine. */
static void serve(activity *a)
{
    request *r = (request *)a;
    const lymph_method *method = r->method;
    loop_label(a->ctx.host->loop, method->subject);
    bool logs = log_wants(a->ctx.host->log, level_of(r));
    int64_t began_us = logs ? clock_now_us() : 0;

    void *result = NULL;
    lymph_status st = LYMPH_OK;
    if (method->result && !(result = arena_zalloc(&a->base.memory, method->result->size)))
        st = ctx_fail(&a->ctx, LYMPH_ENOMEM, "out of memory");
    if (!st)
        st = method->invoke(&a->ctx, r->interface->handlers, r->params, result);
    if (!st) {
        answer_result(r, result);
    } else if (st == LYMPH_EREMOTE && a->base.raised) {
        a->ctx.host->counters.errors++;
        answer(r, MESSAGE_ERROR, (slice){(const char *)a->base.raised, a->base.raised_size});
    } else {
        answer_nack(r, st);
    }
    if (logs)
        lymph_log(&a->ctx, level_of(r), log_name, "subject=%s.%s duration=%.6f (seconds)", r->interface->name,
                  method->name, (double)(clock_now_us() - began_us) / 1e6);
    connection_release(r->from);
}

static request *request_new(dispatcher *d, const message *m, connection *from, served_method *s, slice trace_id)
{
    request *r = (request *)activity_new(&d->requests, trace_id);
    if (!r)
        return NULL;
    r->dispatcher = d;
    r->interface = s->interface;
    r->method = s->method;
    r->from = from;
    memcpy(r->id, m->id.at, m->id.size);
    r->id_size = m->id.size;
    r->activity.ctx.interface = &s->interface->acting;
    r->activity.ctx.method = s->method;
    return r;
}

static lymph_status decode_params(request *r, slice body)
{
    lymph_ctx *ctx = &r->activity.ctx;
    arena *a = &r->activity.base.memory;
    const lymph_record *record = r->method->params;
    void *params = arena_alloc(a, record->size);
    if (!params)
        return LYMPH_ENOMEM;
    r->params = params;
    reader in;
    reader_init(&in, body.at, body.size);
    lymph_status st = decode_record(&in, a, record, true, params, &r->activity.base.failure);
    if (!st && !reader_at_end(&in))
        st = ctx_fail(ctx, LYMPH_EPROTO, "bytes are left behind the parameters");
    return st;
}

/* Why the request cannot be served; NULL if it can. */
static const char *refusal(const dispatcher *d, const served_method *s)
{
    if (!s)
        return "there is no such method or version here";
    if (d->host->phase == PHASE_STOPPED || (!s->interface->started && !s->interface->builtin))
        return "it is not serving now";
    return handler_exists(s->interface->handlers, s->method->handler) ? NULL : "the method has no handler";
}

void dispatch_receive(dispatcher *d, message *m, connection *from)
{
    host *h = d->host;
    request_headers headers;
    const char *wrong = message_headers(m, &headers);
    if (h->phase > PHASE_RUNNING)
        d->last_us = clock_now_us();
    if (wrong) {
        refuse(d, m, from, (slice){NULL, 0}, wrong);
        return;
    }
    served_method *s = interfaces_find(d->interfaces, m->subject, headers.version);
    wrong = refusal(d, s);
    request *r = wrong ? NULL : request_new(d, m, from, s, headers.trace_id);
    if (!r) {
        const activities *all = d->requests.all;
        refuse(d, m, from, headers.trace_id,
               wrong                   ? wrong
               : all->alive < all->max ? "out of memory"
                                       : "too many requests are under way");
        return;
    }
    h->counters.requests++;
    if (log_wants(h->log, LYMPH_INFO))
        lymph_log(&r->activity.ctx, level_of(r), log_name, "%s.%s source=%s version=%.*s", r->interface->name,
                  r->method->name, from->endpoint, headers.version.size ? (int)headers.version.size : 4,
                  headers.version.size ? headers.version.at : "None");
    lymph_status st = decode_params(r, m->frames[FRAME_BODY]);
    connection_hold(from);
    if (!st)
        st = activity_run(&r->activity, serve);
    if (st) {
        answer_nack(r, st);
        connection_release(from);
        activity_free(&r->activity);
    }
}
