/* emit.c: events out. */
#include <string.h>

#include "context/ctx.h"
#include "core/unique.h"
#include "core/text.h"
#include "events/envelope.h"

#define TYPE_MAX 255 /* a routing key of AMQP */

static bool declared(const ctx_interface *i, const lymph_record *event)
{
    for (size_t e = 0; e < i->desc->emit_count; e++)
        if (i->desc->emits[e] == event)
            return true;
    return false;
}

/* `event` for a typed body, else `body`. */
static lymph_status emit(lymph_ctx *ctx, const char *type, const lymph_record *event, const void *value,
                         const lymph_value *body)
{
    lymph_status st =
        ctx_enter(ctx, NEED_WAIT | NEED_TRANSPORT | NEED_EVENTS); /* bound: for our identity, the source */
    if (st)
        return st;
    host *h = ctx->host;
    failure *f = &ctx->base->failure;
    size_t size = strlen(type);
    if (!size || size > TYPE_MAX)
        return ctx_fail(ctx, LYMPH_EINVAL, "an event type has 1 to %d bytes, not %zu", TYPE_MAX, size);
    if (!text_clean(type, size))
        return ctx_fail(ctx, LYMPH_EINVAL, "an event type is UTF-8 without control characters");
    int64_t delay_ms;
    st = ctx_delay(ctx, &delay_ms);
    if (st)
        return st;
    char fresh[UNIQUE_HEX + 1];
    if (!ctx->trace_id[0])
        unique_hex(fresh);
    writer w; /* no scratch: publishing waits */
    writer_init(&w);
    envelope_begin(&w, type, ctx->trace_id[0] ? ctx->trace_id : fresh);
    st = event ? encode_record(&w, event, value, f) : encode_value(&w, body, f);
    envelope_end(&w, h->identity);
    if (!st)
        st = ctx_written(ctx, &w, "the event");
    if (!st)
        st = events_publish(h->events, type, NULL, w.data, w.size, delay_ms, f);
    writer_done(&w);
    if (!st)
        h->counters.events_emitted++;
    return st;
}

lymph_status lymph_emit(lymph_ctx *ctx, const lymph_record *event, const void *value)
{
    if (ctx && ctx->interface && !declared(ctx->interface, event))
        return ctx_fail(ctx, LYMPH_ESTATE, "%s does not declare `emits %s;`", ctx->interface->desc->name, event->name);
    if (ctx && !value && event->field_count)
        return ctx_fail(ctx, LYMPH_EINVAL, "event %s is NULL", event->name);
    return emit(ctx, event->name, event, value, NULL);
}

lymph_status lymph_emit_value(lymph_ctx *ctx, const char *type, lymph_value body)
{
    return emit(ctx, type, NULL, NULL, &body);
}
