/* dispatch.c: requests from peers to handlers, and their answers back. Every request ends in exactly one message: REP,
 * ERROR or NACK; only what cannot be told from noise is dropped (transport.c). */
#include <string.h>

#include "container/container.h"
#include "core/clock.h"
#include "rpc/builtin.h"

static const char log_name[] = "lymph.core.rpc";

static void send_answer(container *c, connection *to, slice id, message_type type, writer *h, slice body)
{
    char own_id[UNIQUE_HEX + 1];
    unique_hex(own_id);
    lymph_status st = h->failed ? h->failed
                                : transport_send(c->transport, to, (slice){own_id, UNIQUE_HEX}, type, id,
                                                 (slice){(char *)h->data, h->size}, body);
    if (!st)
        return;
    c->counters.replies_dropped++;
    log_line(c->log, LYMPH_WARNING, log_name, NULL, "cannot send a %s to %s: %s", message_type_name(type), to->endpoint,
             st == LYMPH_EUNREACHABLE ? "its queue is full or it is gone" : lymph_status_name(st));
}

static const slice nil_body = {"\xc0", 1};

/* Refuses a request for which no method was found. */
static void refuse(container *c, const message *m, connection *from, slice trace_id, const char *why)
{
    char fresh[UNIQUE_HEX + 1];
    if (!trace_id.size) {
        unique_hex(fresh);
        trace_id = (slice){fresh, UNIQUE_HEX};
    }
    c->counters.nacks++;
    if (log_wants(c->log, LYMPH_WARNING)) {
        char trace[MESSAGE_TRACE_MAX + 1];
        memcpy(trace, trace_id.at, trace_id.size);
        trace[trace_id.size] = '\0';
        log_line(c->log, LYMPH_WARNING, log_name, trace, "refused %.*s from %s: %s", (int)m->subject.size,
                 m->subject.at, from->endpoint, why);
    }
    writer_reset(&c->headers);
    write_trace_header(&c->headers, trace_id.at, trace_id.size);
    send_answer(c, from, m->id, MESSAGE_NACK, &c->headers, nil_body);
}

static void answer(activity *t, message_type type, slice body)
{
    container *c = t->ctx.c;
    writer_reset(&c->headers);
    write_headers(&c->headers, t->ctx.interface->version, t->trace_id, strlen(t->trace_id));
    send_answer(c, t->from, (slice){t->id, t->id_size}, type, &c->headers, body);
}

static void answer_nack(activity *t, lymph_status st)
{
    t->ctx.c->counters.nacks++;
    failure_settle(&t->base.failure, st);
    lymph_log(&t->ctx, LYMPH_ERROR, log_name, "%s.%s failed: %s: %s", t->ctx.interface->name, t->ctx.method->name,
              lymph_status_name(st), t->base.failure.message);
    answer(t, MESSAGE_NACK, nil_body);
}

static void answer_result(activity *t, const void *result)
{
    container *c = t->ctx.c;
    const lymph_method *method = t->ctx.method;
    writer_reset(&c->body);
    lymph_status st = LYMPH_OK;
    if (method->result)
        st = encode_type(&c->body, method->result, result, method->subject, &t->base.failure);
    else
        write_nil(&c->body);
    if (!st)
        st = ctx_written(&t->ctx, &c->body, "the result");
    if (st)
        answer_nack(t, st);
    else
        answer(t, MESSAGE_REP, (slice){(char *)c->body.data, c->body.size});
}

static void log_duration(activity *t, int64_t began_us, bool heartbeat)
{
    lymph_log(&t->ctx, heartbeat ? LYMPH_DEBUG : LYMPH_INFO, log_name, "subject=%s.%s duration=%.6f (seconds)",
              t->ctx.interface->name, t->ctx.method->name, (double)(clock_now_us() - began_us) / 1e6);
}

static bool is_heartbeat(const activity *t)
{
    const char *subject = t->ctx.method->subject;
    return t->ctx.interface->builtin && builtin_is_ping((slice){subject, strlen(subject)});
}

/* Runs in the request's coroutine. */
static void serve(activity *t)
{
    const lymph_method *method = t->ctx.method;
    bool heartbeat = is_heartbeat(t);
    lymph_level level = heartbeat ? LYMPH_DEBUG : LYMPH_INFO;
    bool logs = log_wants(t->ctx.c->log, level);
    int64_t began_us = logs ? clock_now_us() : 0;

    void *result = NULL;
    lymph_status st = LYMPH_OK;
    if (method->result && !(result = arena_zalloc(&t->base.memory, method->result->size)))
        st = ctx_fail(&t->ctx, LYMPH_ENOMEM, "out of memory");
    if (!st)
        st = method->invoke(&t->ctx, t->ctx.interface->handlers, t->params, result);
    if (!st) {
        answer_result(t, result);
    } else if (st == LYMPH_EREMOTE && t->base.raised) {
        t->ctx.c->counters.errors++;
        answer(t, MESSAGE_ERROR, (slice){(const char *)t->base.raised, t->base.raised_size});
    } else {
        answer_nack(t, st);
    }
    if (logs)
        log_duration(t, began_us, heartbeat);
    connection_release(t->from);
}

static void log_request(const activity *t, slice version)
{
    bool heartbeat = is_heartbeat(t);
    lymph_log(&t->ctx, heartbeat ? LYMPH_DEBUG : LYMPH_INFO, log_name, "%s.%s source=%s version=%.*s",
              t->ctx.interface->name, t->ctx.method->name, t->from->endpoint, version.size ? (int)version.size : 4,
              version.size ? version.at : "None");
}

void dispatch_receive(container *c, message *m, connection *from)
{
    request_headers h;
    const char *wrong = message_headers(m, &h);
    if (c->state > CONTAINER_RUNNING)
        c->last_request_us = clock_now_us();
    if (wrong) {
        refuse(c, m, from, (slice){NULL, 0}, wrong);
        return;
    }
    served_method *s = interfaces_find(c, m->subject, h.version);
    if (s && (c->state == CONTAINER_STOPPED || (!s->interface->started && !s->interface->builtin))) {
        refuse(c, m, from, h.trace_id, "it is not serving now");
        return;
    }
    if (!s || !handler_exists(s->interface->handlers, s->method->handler)) {
        refuse(c, m, from, h.trace_id, s ? "the method has no handler" : "there is no such method or version here");
        return;
    }
    activity *t = activity_new(c, h.trace_id, true);
    if (!t) {
        refuse(c, m, from, h.trace_id,
               c->activities_alive < c->activities_max ? "out of memory" : "too many requests are under way");
        return;
    }
    c->counters.requests++;
    t->ctx.interface = s->interface;
    t->ctx.method = s->method;
    t->from = from;
    memcpy(t->id, m->id.at, m->id.size);
    t->id_size = m->id.size;
    if (log_wants(c->log, LYMPH_INFO))
        log_request(t, h.version);

    const lymph_record *record = s->method->params;
    slice body = message_frame(m, FRAME_BODY);
    void *params = arena_alloc(&t->base.memory, record->size);
    lymph_status st = params ? LYMPH_OK : LYMPH_ENOMEM;
    if (!st) {
        reader r;
        reader_init(&r, body.at, body.size);
        st = decode_record(&r, &t->base.memory, record, true, params, &t->base.failure);
        if (!st && !reader_at_end(&r))
            st = ctx_fail(&t->ctx, LYMPH_EPROTO, "bytes are left behind the parameters");
    }
    t->params = params;
    connection_hold(from);
    if (!st)
        st = activity_run(t, serve);
    if (st) {
        answer_nack(t, st);
        connection_release(from);
        activity_free(t);
    }
}
