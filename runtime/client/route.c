/* route.c: which instance gets a call: round robin over those that live and are compatible. */
#include "client/route.h"

#include <string.h>

#include "core/unique.h"
#include "core/text.h"
#include "registry/version.h"
#include "rpc/builtin.h"

bool route_is_direct(const lymph_ctx *ctx)
{
    return ctx && ctx->options.address && strstr(ctx->options.address, "://");
}

lymph_status route_find(lymph_ctx *ctx, const char *name, size_t size, const char *version, int64_t deadline_us,
                        route *out)
{
    const lymph_call_options *o = &ctx->options;
    *out = (route){.version = version ? version : o->version};
    if (route_is_direct(ctx)) {
        out->endpoint = o->address;
        return LYMPH_OK;
    }
    char service_name[MESSAGE_ID_MAX + 1];
    if (o->address) {
        const char *at = strchr(o->address, '@');
        size = at ? (size_t)(at - o->address) : strlen(o->address);
        name = o->address;
        if (at)
            out->version = at + 1;
    }
    if (!size || size >= sizeof service_name)
        return ctx_fail(ctx, LYMPH_EINVAL, "'%.*s' is not the name of a service", (int)(size < 64 ? size : 64), name);
    if (!text_clean(name, size))
        return ctx_fail(ctx, LYMPH_EINVAL, "the name of a service is UTF-8 without control characters");
    if (out->version && !version_requestable(out->version))
        return ctx_fail(ctx, LYMPH_EINVAL, "'%s' is not a version that can be asked for", out->version);
    memcpy(service_name, name, size);
    service_name[size] = '\0';
    return registry_lookup(ctx->host->registry, service_name, deadline_us, &out->service, &ctx->base->failure);
}

static lymph_status send_to(connection *to, const char *version, lymph_ctx *ctx, const outgoing *o)
{
    char fresh[UNIQUE_HEX + 1];
    const char *trace_id = ctx->trace_id;
    if (!trace_id[0]) {
        unique_hex(fresh);
        trace_id = fresh;
    }
    writer_reset(o->headers);
    write_headers(o->headers, version, trace_id, strlen(trace_id));
    if (o->headers->failed)
        return o->headers->failed;
    lymph_status st = transport_send(ctx->host->transport, to, o->id, MESSAGE_REQ, o->subject,
                                     (slice){(char *)o->headers->data, o->headers->size}, o->body);
    if (!st)
        connection_used(to, o->now_us);
    return st;
}

static lymph_status send_to_endpoint(lymph_ctx *ctx, const route *r, const outgoing *o, connection **to)
{
    lymph_status st = transport_connect(ctx->host->transport, r->endpoint, strlen(r->endpoint), to);
    if (st == LYMPH_EINVAL)
        return ctx_fail(ctx, st, "'%s' is not an endpoint of the form tcp://HOST:PORT", r->endpoint);
    if (!st)
        st = send_to(*to, NULL, ctx, o);
    return st ? ctx_fail(ctx, st, "%.*s: cannot send to %s", (int)o->subject.size, o->subject.at, r->endpoint)
              : LYMPH_OK;
}

lymph_status route_send(lymph_ctx *ctx, const route *r, const outgoing *o, connection **to)
{
    if (!r->service)
        return send_to_endpoint(ctx, r, o, to);
    slice subject = o->subject;
    service *s = r->service;
    size_t compatible = 0;
    for (size_t tried = 0; tried < s->count; tried++) {
        instance *i = s->instances[s->turn++ % s->count];
        if (r->version && !version_compatible(r->version, i->version))
            continue;
        compatible++;
        lymph_status st = transport_connect(ctx->host->transport, i->endpoint, strlen(i->endpoint), to);
        if (!st && !connection_alive(*to))
            continue;
        if (!st) /* the original answers the built-in interface only without a version */
            st = send_to(*to, builtin_serves(subject) ? NULL : i->version, ctx, o);
        if (st != LYMPH_EUNREACHABLE)
            return st ? ctx_fail(ctx, st, "%.*s: %s", (int)subject.size, subject.at, lymph_status_name(st)) : LYMPH_OK;
    }
    ctx->host->counters.unreachable++;
    if (compatible)
        return ctx_fail(ctx, LYMPH_EUNREACHABLE, "%.*s: none of the %zu instances of %s answers", (int)subject.size,
                        subject.at, compatible, s->name);
    if (s->count)
        return ctx_fail(ctx, LYMPH_EUNREACHABLE, "%.*s: none of the %zu instances of %s is compatible with version %s",
                        (int)subject.size, subject.at, s->count, s->name, r->version);
    return ctx_fail(ctx, LYMPH_EUNREACHABLE, "%.*s: service %s has no instance", (int)subject.size, subject.at,
                    s->name);
}
