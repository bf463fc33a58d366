/* ctx.c: contexts: memory, options, failures. */
#include "context/ctx.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/options.h"

#define SECONDS_MAX 1e9 /* in options: longer is as long */

void ctx_init(lymph_ctx *ctx, host *h, ctx_base *base)
{
    *ctx = (lymph_ctx){.host = h, .base = base, .trace_id = "", .options = LYMPH_CALL_OPTIONS};
}

void ctx_hold(ctx_base *b, ctx_held *h, void (*end)(ctx_held *h))
{
    *h = (ctx_held){.next = b->held, .link = &b->held, .end = end};
    if (h->next)
        h->next->link = &h->next;
    b->held = h;
}

void ctx_let_go(ctx_held *h)
{
    *h->link = h->next;
    if (h->next)
        h->next->link = h->link;
}

/* What came with the last failure from a peer. Its text stays for now: the next one may be made from it. */
static void forget_remote(ctx_base *b)
{
    b->remote = false;
    b->error_type = NULL;
    b->error_body = NULL;
    b->error_size = 0;
}

void ctx_end(lymph_ctx *ctx)
{
    ctx_base *b = ctx->base;
    while (b->held)
        b->held->end(b->held);
    forget_remote(b);
    b->failure = (failure){0};
    b->raised = NULL;
    b->canceled = NULL;
    b->reply_headers = NULL;
    b->reply_headers_size = 0;
    arena_reset(&b->memory);
}

lymph_status ctx_fail(lymph_ctx *ctx, lymph_status status, const char *format, ...)
{
    forget_remote(ctx->base);
    va_list args;
    va_start(args, format);
    failure_vset(&ctx->base->failure, status, format, args);
    va_end(args);
    return status;
}

lymph_status lymph_fail(lymph_ctx *ctx, lymph_status status, const char *format, ...)
{
    if (!ctx)
        return LYMPH_ENOMEM;
    forget_remote(ctx->base);
    va_list args;
    va_start(args, format);
    failure_vset(&ctx->base->failure, status, format, args);
    va_end(args);
    return status;
}

lymph_status ctx_written(lymph_ctx *ctx, const writer *w, const char *what)
{
    if (w->failed == LYMPH_ELIMIT)
        return ctx_fail(ctx, LYMPH_ELIMIT, "%s does not fit into a message of %u MiB", what, WRITER_MAX >> 20);
    return w->failed ? ctx_fail(ctx, w->failed, "out of memory") : LYMPH_OK;
}

lymph_status ctx_own(lymph_ctx *ctx)
{
    if (host_is_parents(ctx->host))
        return ctx_fail(ctx, LYMPH_ESTATE,
                        "this process was forked from the one that opened the container: open another");
    return LYMPH_OK;
}

lymph_status ctx_enter(lymph_ctx *ctx, unsigned needs)
{
    if (!ctx)
        return LYMPH_ENOMEM;
    host *h = ctx->host;
    if (h->broken.status)
        return ctx_fail(ctx, h->broken.status, "%s", h->broken.message);
    lymph_status st = ctx_own(ctx);
    if (st)
        return st;
    if (ctx->newer)
        return ctx_fail(ctx, LYMPH_EINVAL, OPTIONS_NEWER, lymph_version());
    if ((needs & NEED_WAIT) && loop_may_wait(h->loop))
        return ctx_fail(ctx, LYMPH_ESTATE, "a callback on the loop cannot wait; use lymph_spawn");
    if (needs & NEED_WAIT)
        loop_catch_up(h->loop); /* it may end before it waits, and the program may do nothing but try again */
    if (h->phase == PHASE_STOPPED)
        return ctx_fail(ctx, LYMPH_ECANCELED, "the container has stopped");
    if (ctx->base->canceled)
        return ctx_fail(ctx, LYMPH_ECANCELED, "%s", ctx->base->canceled);
    unsigned missing = needs & ~(h->have | NEED_WAIT);
    return missing ? h->open(h, missing, &ctx->base->failure) : LYMPH_OK;
}

const char *lymph_error_message(const lymph_ctx *ctx)
{
    if (!ctx)
        return "out of memory";
    const failure *f = &ctx->base->failure;
    if (!f->status)
        f = &ctx->host->broken;
    return f->status ? f->message : "nothing has failed";
}

lymph_status lymph_error_status(const lymph_ctx *ctx)
{
    if (!ctx)
        return LYMPH_ENOMEM;
    return ctx->base->failure.status ? ctx->base->failure.status : ctx->host->broken.status;
}

const char *lymph_error_type(const lymph_ctx *ctx)
{
    return ctx && ctx->base->remote ? ctx->base->error_type : NULL;
}

lymph_value lymph_error_body(const lymph_ctx *ctx)
{
    lymph_value body = lymph_nil();
    if (ctx && ctx->base->remote)
        (void)decode_value_all(ctx->base->error_body, ctx->base->error_size, &ctx->base->memory, &body, NULL);
    return body;
}

lymph_value lymph_reply_headers(const lymph_ctx *ctx)
{
    lymph_value headers = lymph_nil();
    if (ctx && ctx->base->reply_headers_size)
        (void)decode_value_all(ctx->base->reply_headers, ctx->base->reply_headers_size, &ctx->base->memory, &headers,
                               NULL);
    return headers;
}

/* ---- memory ---- */

void lymph_ctx_reset(lymph_ctx *root)
{
    if (root && root == root->host->root && !host_is_parents(root->host))
        ctx_end(root);
}

void *lymph_alloc(lymph_ctx *ctx, size_t size)
{
    return ctx ? arena_zalloc(&ctx->base->memory, size) : NULL;
}

void *lymph_alloc_array(lymph_ctx *ctx, size_t count, size_t size)
{
    return ctx ? arena_zalloc_array(&ctx->base->memory, count, size) : NULL;
}

char *lymph_vprintf(lymph_ctx *ctx, const char *format, va_list args)
{
    return ctx ? arena_vprintf(&ctx->base->memory, format, args) : NULL;
}

char *lymph_printf(lymph_ctx *ctx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = lymph_vprintf(ctx, format, args);
    va_end(args);
    return text;
}

char *lymph_strdup(lymph_ctx *ctx, const char *text)
{
    return ctx && text ? arena_strndup(&ctx->base->memory, text, strlen(text)) : NULL;
}

lymph_scope lymph_scope_begin(lymph_ctx *ctx)
{
    return ctx ? arena_mark(&ctx->base->memory) : (lymph_scope){0};
}

void lymph_scope_end(lymph_ctx *ctx, lymph_scope scope)
{
    if (!ctx)
        return;
    /* What the failure and the headers of the last reply point to may go with the scope: calls in between allocate
     * there. */
    ctx->base->remote = false;
    ctx->base->reply_headers_size = 0;
    arena_rewind(&ctx->base->memory, scope);
}

void *lymph_copy(lymph_ctx *ctx, const lymph_record *record, const void *value)
{
    return ctx && value ? copy_record(&ctx->base->memory, record, value) : NULL;
}

/* ---- options ---- */

lymph_ctx *lymph_ctx_with_sized(lymph_ctx *ctx, const lymph_call_options *options, size_t size)
{
    if (!ctx)
        return NULL;
    lymph_call_options given = LYMPH_CALL_OPTIONS;
    bool known = options_take(&given, sizeof given, options, size);
    arena *a = &ctx->base->memory;
    lymph_ctx *derived = arena_alloc(a, sizeof *derived);
    if (!derived)
        goto no_memory;
    *derived = *ctx;
    derived->newer |= !known;
    lymph_call_options *o = &derived->options;
    if (given.timeout != LYMPH_LEFT_OUT)
        o->timeout = given.timeout;
    if (given.delay != LYMPH_LEFT_OUT)
        o->delay = given.delay;
    if ((given.version && !(o->version = lymph_strdup(ctx, given.version))) ||
        (given.address && !(o->address = lymph_strdup(ctx, given.address))) ||
        (given.trace_id && !(derived->trace_id = lymph_strdup(ctx, given.trace_id))))
        goto no_memory;
    return derived;

no_memory:
    ctx_fail(ctx, LYMPH_ENOMEM, "out of memory");
    return NULL; /* every function takes a NULL context as "out of memory" */
}

lymph_status ctx_timeout(lymph_ctx *ctx, uint32_t preset_ms, int64_t *us)
{
    double seconds = ctx->options.timeout;
    if (seconds == LYMPH_LEFT_OUT)
        seconds = preset_ms / 1e3;
    if (isnan(seconds))
        return ctx_fail(ctx, LYMPH_EINVAL, "the time-out is not a number");
    if (seconds <= 0)
        return ctx_fail(ctx, LYMPH_ETIMEDOUT, "no time is left: the time-out is %g seconds", seconds);
    *us = (int64_t)((seconds < SECONDS_MAX ? seconds : SECONDS_MAX) * 1e6);
    return LYMPH_OK;
}

lymph_status ctx_delay(lymph_ctx *ctx, int64_t *ms)
{
    double seconds = ctx->options.delay == LYMPH_LEFT_OUT ? 0 : ctx->options.delay;
    if (!(seconds >= 0))
        return ctx_fail(ctx, LYMPH_EINVAL, "an event cannot be delayed by %g seconds", seconds);
    *ms = (int64_t)((seconds < SECONDS_MAX ? seconds : SECONDS_MAX) * 1e3);
    return LYMPH_OK;
}

const char *lymph_trace_id(const lymph_ctx *ctx)
{
    return ctx ? ctx->trace_id : "";
}

void lymph_set_state(lymph_ctx *ctx, void *state)
{
    if (ctx && ctx->interface)
        ctx->interface->state = state;
}

void *lymph_state(const lymph_ctx *ctx)
{
    return ctx && ctx->interface ? ctx->interface->state : NULL;
}

void lymph_log(const lymph_ctx *ctx, lymph_level level, const char *name, const char *format, ...)
{
    if (!ctx || !ctx->host->log || !log_wants(ctx->host->log, level))
        return;
    va_list args;
    va_start(args, format);
    log_vline(ctx->host->log, level, name, ctx->trace_id[0] ? ctx->trace_id : NULL, format, args);
    va_end(args);
}

const char *lymph_endpoint(const lymph_ctx *ctx)
{
    return ctx && ctx->host->transport ? transport_endpoint(ctx->host->transport) : NULL;
}

const char *lymph_identity(const lymph_ctx *ctx)
{
    return ctx && ctx->host->transport ? ctx->host->identity : NULL;
}
