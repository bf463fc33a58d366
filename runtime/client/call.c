/* call.c: requests to peers. A call is pending from the moment its message is queued until the reply, the timeout or
 * the container's stop ends it: each of them goes through end_call, so that it ends exactly once. */
#include "client/call.h"

#include <stdlib.h>
#include <string.h>

#include "client/route.h"
#include "context/sleep.h"
#include "core/clock.h"
#include "core/unique.h"
#include "core/text.h"

#define DEFAULT_TIMEOUT_MS 3000
#define PAUSE_US           50000 /* before the second try */
#define PAUSE_DOUBLINGS    4

/* One request to a peer that is under way or done. Pooled. */
typedef struct exchange exchange;
struct exchange {
    table_node node; /* in all->pending while it is pending */
    uint64_t number; /* of this use of it; no other has had it or will */
    ctx_held held;   /* by the context */
    calls *all;
    ctx_base *base;             /* whose memory the answer goes to; NULL: in the pool */
    exchange *next;             /* in the pool */
    const lymph_method *method; /* NULL: a dynamic request */
    connection *to;
    timer timeout;
    waiter w;
    bool pending;
    failure failure; /* status != 0: ended without an answer */
    message_type reply;
    void *answer; /* where headers and body lie; NULL: no answer came */
    slice headers, body;
    char id[UNIQUE_HEX + 1];
    char subject[MESSAGE_ID_MAX + 1];
};

/* ---- the pool ---- */

static void drop(exchange *call);

static void context_ended(ctx_held *h)
{
    drop((exchange *)((char *)h - offsetof(exchange, held)));
}

static exchange *call_new(lymph_ctx *ctx, const lymph_method *method)
{
    calls *all = ctx->host->calls;
    exchange *call = all->spare;
    if (call)
        all->spare = call->next;
    else if (!(call = malloc(sizeof *call)))
        return NULL;
    call->all = all;
    call->number = ++all->numbers;
    call->base = ctx->base;
    call->method = method;
    call->to = NULL;
    call->timeout.place = 0;
    call->w = (waiter)WAITER_INIT;
    call->pending = false;
    call->answer = NULL;
    call->failure.status = LYMPH_OK;
    ctx_hold(ctx->base, &call->held, context_ended);
    return call;
}

/* Removes a call from all that knows it but its owner. */
static void forget(exchange *call)
{
    if (!call->pending)
        return;
    call->pending = false;
    table_remove(&call->all->pending, &call->node);
    timer_cancel(call->all->host->loop, &call->timeout);
}

static void drop(exchange *call)
{
    forget(call);
    if (call->to)
        connection_release(call->to); /* until now: failures name its endpoint */
    free(call->answer);
    ctx_let_go(&call->held);
    call->base = NULL;
    call->number = 0;
    call->next = call->all->spare;
    call->all->spare = call;
}

void calls_init(calls *all, host *h)
{
    *all = (calls){.host = h};
    writer_init(&all->body);
    writer_init(&all->headers);
}

void calls_done(calls *all)
{
    while (all->spare) {
        exchange *call = all->spare;
        all->spare = call->next;
        free(call);
    }
    table_done(&all->pending);
    writer_done(&all->body);
    writer_done(&all->headers);
}

/* ---- the end of a call ---- */

static void end_call(exchange *call)
{
    forget(call);
    loop_wake(call->all->host->loop, &call->w);
}

static void timed_out(timer *t)
{
    exchange *call = (exchange *)((char *)t - offsetof(exchange, timeout));
    call->all->host->counters.timeouts++;
    int refused = call->to->refused; /* when it was called, and it has not answered since */
    failure_set(&call->failure, LYMPH_ETIMEDOUT, "%s: no answer from %s in time%s%s", call->subject, call->to->endpoint,
                refused ? ": " : "", refused ? strerror(refused) : "");
    end_call(call);
}

void calls_receive(calls *all, message *m)
{
    exchange *call = (exchange *)table_find(&all->pending, m->subject.at, m->subject.size);
    if (!call)
        return; /* the answer to a heartbeat, or too late */
    call->answer = message_keep(m);
    call->headers = m->frames[FRAME_HEADERS];
    call->body = m->frames[FRAME_BODY];
    call->reply = m->type;
    if (!call->answer)
        failure_set(&call->failure, LYMPH_ENOMEM, "%s: out of memory for the answer", call->subject);
    end_call(call);
}

void calls_cancel(calls *all, const ctx_base *base, const char *why)
{
    for (table_node *n = table_next(&all->pending, NULL); n;) {
        exchange *call = (exchange *)n;
        if (base && call->base != base) {
            n = table_next(&all->pending, n);
            continue;
        }
        failure_set(&call->failure, LYMPH_ECANCELED, "%s: %s", call->subject, why);
        end_call(call);
        n = table_next(&all->pending, NULL); /* whoever was woken may have ended others */
    }
}

/* ---- the beginning ---- */

/* What differs between a typed and a dynamic call. */
typedef struct call_spec {
    const lymph_method *method; /* NULL: dynamic */
    const void *const *params;
    const lymph_value *value;
    slice subject;
    size_t service_size; /* the subject's part before the last dot */
    const char *version;
} call_spec;

static lymph_status encode_params(lymph_ctx *ctx, const call_spec *spec, writer *body)
{
    failure *f = &ctx->base->failure;
    writer_reset(body);
    lymph_status st;
    if (!spec->method)
        st = encode_value(body, spec->value, f);
    else if (spec->params || !spec->method->params->field_count)
        st = encode_arguments(body, spec->method->params, spec->params, f);
    else
        st = ctx_fail(ctx, LYMPH_EINVAL, "%s: its parameters are missing (NULL)", spec->method->subject);
    return st ? st : ctx_written(ctx, body, "the call");
}

static lymph_status timeout_of(lymph_ctx *ctx, const lymph_method *method, int64_t *us)
{
    return ctx_timeout(ctx, method && method->timeout_ms ? method->timeout_ms : DEFAULT_TIMEOUT_MS, us);
}

static unsigned needs(const lymph_ctx *ctx)
{
    return NEED_WAIT | NEED_TRANSPORT | (route_is_direct(ctx) ? 0 : NEED_REGISTRY);
}

/* To call->to. LYMPH_EUNREACHABLE: it cannot take it now. Does not wait: all->body is scratch. */
static lymph_status send_request(exchange *call, lymph_ctx *ctx, const call_spec *spec, const route *r,
                                 int64_t timeout_us)
{
    calls *all = call->all;
    loop *l = all->host->loop;
    lymph_status st = ctx_enter(ctx, 0); /* it may have stopped in the meantime */
    if (!st)
        st = encode_params(ctx, spec, &all->body);
    if (st)
        return st;
    unique_hex(call->id);
    int64_t now = clock_now_us();
    st = timer_set(l, &call->timeout, now + timeout_us, timed_out);
    if (st)
        return ctx_fail(ctx, st, "out of memory");
    if (!table_put(&all->pending, &call->node, call->id, UNIQUE_HEX)) {
        timer_cancel(l, &call->timeout);
        return ctx_fail(ctx, LYMPH_ENOMEM, "out of memory");
    }
    const outgoing o = {
        .id = {call->id, UNIQUE_HEX},
        .subject = spec->subject,
        .body = {(char *)all->body.data, all->body.size},
        .headers = &all->headers,
        .now_us = now,
    };
    call->pending = true;
    st = route_send(ctx, r, &o, call->to);
    if (st)
        forget(call);
    return st;
}

static lymph_status begin(exchange *call, lymph_ctx *ctx, const call_spec *spec)
{
    route r;
    int64_t timeout_us;
    lymph_status st = timeout_of(ctx, spec->method, &timeout_us);
    if (st)
        return failure_wrap(&ctx->base->failure, st, "%.*s: ", (int)spec->subject.size, spec->subject.at);
    int64_t deadline = clock_now_us() + timeout_us;
    st = route_find(ctx, spec->subject.at, spec->service_size, spec->version, deadline, &r);
    if (!st && spec->subject.size > MESSAGE_ID_MAX)
        st = ctx_fail(ctx, LYMPH_EINVAL, "%.60s... is longer than %d bytes", spec->subject.at, MESSAGE_ID_MAX);
    if (st)
        return st;
    memcpy(call->subject, spec->subject.at, spec->subject.size);
    call->subject[spec->subject.size] = '\0';
    while (!(st = route_next(ctx, &r, spec->subject, deadline, &call->to))) {
        st = send_request(call, ctx, spec, &r, timeout_us);
        if (st != LYMPH_EUNREACHABLE)
            break;
        connection_release(call->to);
        call->to = NULL;
    }
    if (!st)
        call->all->host->counters.calls++;
    return st;
}

/* ---- the answer ---- */

static const void *keep(arena *a, slice bytes)
{
    return arena_strndup(a, bytes.at, bytes.size);
}

static lymph_status take_error(lymph_ctx *ctx, exchange *call)
{
    arena *a = &ctx->base->memory;
    size_t size = call->body.size;
    const void *body = keep(a, call->body);
    if (!body)
        return ctx_fail(ctx, LYMPH_ENOMEM, "out of memory");
    lymph_value value;
    lymph_status st = decode_value_all(body, size, a, &value, &ctx->base->failure);
    if (st)
        return failure_wrap(&ctx->base->failure, st, "%s: a malformed error came back: ", call->subject);
    const lymph_value *type = lymph_get(value, "type"), *text = lymph_get(value, "message");
    const char *type_text = type ? lymph_text(*type) : NULL, *message_text = text ? lymph_text(*text) : NULL;
    ctx_fail(ctx, LYMPH_EREMOTE, "%s: %s%s%s", call->subject, type_text ? type_text : "unnamed error",
             message_text && *message_text ? ": " : "", message_text ? message_text : "");
    ctx->base->remote = true;
    ctx->base->error_type = type_text;
    ctx->base->error_body = body;
    ctx->base->error_size = size;
    return LYMPH_EREMOTE;
}

static lymph_status take_result(lymph_ctx *ctx, exchange *call, void *result)
{
    const lymph_type *type = call->method ? call->method->result : &lymph_type_any;
    if (!type || !result)
        return LYMPH_OK;
    reader r;
    reader_init(&r, call->body.at, call->body.size);
    lymph_status st = decode_type(&r, &ctx->base->memory, type, call->subject, result, &ctx->base->failure);
    if (!st && !reader_at_end(&r))
        st = ctx_fail(ctx, LYMPH_EPROTO, "%s: bytes are left behind the result", call->subject);
    return st;
}

static lymph_status take_answer(lymph_ctx *ctx, exchange *call, void *result)
{
    ctx->base->remote = false; /* an error caught before was an earlier call's */
    if (call->failure.status)
        return ctx_fail(ctx, call->failure.status, "%s", call->failure.message);
    switch (call->reply) {
    case MESSAGE_NACK:
        return ctx_fail(ctx, LYMPH_ENACK,
                        "%s: refused by %s: no such method or version, wrong parameters, or the handler failed",
                        call->subject, call->to->endpoint);
    case MESSAGE_ERROR:
        return take_error(ctx, call);
    default:
        return take_result(ctx, call, result);
    }
}

/* ---- typed calls ---- */

static call_spec spec_of(const lymph_method *method, const void *const *params)
{
    size_t size = strlen(method->subject);
    return (call_spec){
        .method = method,
        .params = params,
        .subject = {method->subject, size},
        .service_size = size - strlen(method->name) - 1,
    };
}

/* A failure is kept in what it returns; NULL: out of memory. */
static exchange *begin_typed(lymph_ctx *ctx, const lymph_method *method, const void *const *params)
{
    exchange *call = call_new(ctx, method);
    if (!call) {
        ctx_fail(ctx, LYMPH_ENOMEM, "out of memory");
        return NULL;
    }
    call_spec spec = spec_of(method, params);
    lymph_status st = ctx_enter(ctx, needs(ctx));
    if (!st)
        st = begin(call, ctx, &spec);
    if (st) {
        failure_set(&call->failure, st, "%s", ctx->base->failure.message);
    }
    return call;
}

static lymph_status end_typed(exchange *call, void *result)
{
    lymph_ctx ctx;
    ctx_init(&ctx, call->all->host, call->base);
    lymph_status st = ctx_own(&ctx);
    if (!st && call->pending) {
        st = loop_wait(call->all->host->loop, &call->w, WAIT_FOREVER);
        if (st)
            ctx_fail(&ctx, st, "%s: a callback on the loop cannot wait; use lymph_spawn", call->subject);
    } else if (!st && !call->all->host->broken.status) { /* what lymph_open could not make has no loop */
        loop_catch_up(call->all->host->loop);
    }
    if (!st)
        st = take_answer(&ctx, call, result);
    if (!call->pending) /* else it can still be awaited where one may wait, or is the parent's */
        drop(call);
    return st;
}

/* What a program holds of a deferred call. It lies in the context's arena, and so outlives the exchange, whose memory
 * is used again. */
struct lymph_future {
    exchange *call;
    uint64_t number;
    ctx_base *base;
};

lymph_future *lymph_defer(lymph_ctx *ctx, const lymph_method *method, const void *const *params)
{
    if (!ctx)
        return NULL;
    lymph_future *future = arena_alloc(&ctx->base->memory, sizeof *future);
    if (!future) {
        ctx_fail(ctx, LYMPH_ENOMEM, "out of memory");
        return NULL;
    }
    exchange *call = begin_typed(ctx, method, params);
    if (!call)
        return NULL;
    *future = (lymph_future){.call = call, .number = call->number, .base = ctx->base};
    return future;
}

lymph_status lymph_await(lymph_future *future, void *result)
{
    if (!future)
        return LYMPH_ENOMEM;
    exchange *call = future->call;
    if (call->number == future->number)
        return end_typed(call, result);
    lymph_ctx ctx;
    ctx_init(&ctx, call->all->host, future->base);
    return ctx_fail(&ctx, LYMPH_ESTATE, "this call was awaited already");
}

static bool worth_another_try(const lymph_method *method, lymph_status st)
{
    return (method->flags & LYMPH_METHOD_IDEMPOTENT) && (st == LYMPH_ETIMEDOUT || st == LYMPH_EUNREACHABLE);
}

/* Where nobody could be asked the world needs time to change: a pause, longer each time, within the time that the try
 * had. */
static lymph_status pause_before(lymph_ctx *ctx, const lymph_method *method, uint32_t try, int64_t began_us)
{
    int64_t timeout = 0, pause = (int64_t)PAUSE_US << (try < PAUSE_DOUBLINGS ? try : PAUSE_DOUBLINGS);
    failure why = ctx->base->failure;
    lymph_status st = timeout_of(ctx, method, &timeout);
    int64_t now = clock_now_us(), deadline = began_us + timeout;
    if (!st && now < deadline)
        st = ctx_sleep(ctx, now + pause < deadline ? now + pause : deadline);
    if (!st)
        ctx->base->failure = why;
    return st;
}

lymph_status lymph_call(lymph_ctx *ctx, const lymph_method *method, const void *const *params, void *result)
{
    for (uint32_t try = 0;; try++) {
        int64_t began = method->retry ? clock_now_us() : 0;
        exchange *call = ctx ? begin_typed(ctx, method, params) : NULL;
        lymph_status st = call ? end_typed(call, result) : LYMPH_ENOMEM;
        if (!st || try >= method->retry || !worth_another_try(method, st))
            return st;
        st = pause_before(ctx, method, try, began);
        if (st)
            return st;
    }
}

/* ---- dynamic calls ---- */

lymph_status lymph_request(lymph_ctx *ctx, const char *subject, lymph_value params, lymph_value *result)
{
    lymph_status st = ctx_enter(ctx, needs(ctx));
    if (st)
        return st;
    const char *at = strchr(subject, '@');
    size_t size = at ? (size_t)(at - subject) : strlen(subject);
    const char *dot = memrchr(subject, '.', size);
    if (!dot || dot == subject || dot + 1 == subject + size || size > MESSAGE_ID_MAX)
        return ctx_fail(ctx, LYMPH_EINVAL, "'%s' is not of the form Service.method", subject);
    if (!text_clean(subject, size))
        return ctx_fail(ctx, LYMPH_EINVAL, "a subject is UTF-8 without control characters");
    call_spec spec = {
        .value = &params,
        .subject = {subject, size},
        .service_size = (size_t)(dot - subject),
        .version = at ? at + 1 : NULL,
    };
    exchange *call = call_new(ctx, NULL);
    if (!call)
        return ctx_fail(ctx, LYMPH_ENOMEM, "out of memory");
    ctx_base *b = ctx->base;
    b->reply_headers_size = 0;
    st = begin(call, ctx, &spec);
    if (st) {
        drop(call);
        return st;
    }
    st = loop_wait(ctx->host->loop, &call->w, WAIT_FOREVER);
    if (!st && call->answer && (b->reply_headers = keep(&b->memory, call->headers)))
        b->reply_headers_size = call->headers.size;
    st = st ? ctx_fail(ctx, st, "cannot wait here") : take_answer(ctx, call, result);
    drop(call);
    return st;
}
