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

/* ---- choosing ---- */

static lymph_status next_endpoint(lymph_ctx *ctx, route *r, slice subject, int64_t deadline_us, connection **to)
{
    failure *f = &ctx->base->failure;
    reach *by = ctx->host->reach;
    if (r->tried++)
        return ctx_fail(ctx, LYMPH_EUNREACHABLE, "%.*s: %s takes no more now: too much is queued to it",
                        (int)subject.size, subject.at, r->endpoint);
    lymph_status st = reach_connect(by, r->endpoint, deadline_us, to, f);
    if (st)
        return st == LYMPH_EINVAL ? st : failure_wrap(f, st, "%.*s: %s: ", (int)subject.size, subject.at, r->endpoint);
    st = reach_ask(by, *to, deadline_us, f);
    if (!st)
        return LYMPH_OK;
    connection_release(*to);
    return failure_wrap(f, st, "%.*s: %s: ", (int)subject.size, subject.at, r->endpoint);
}

static bool compatible(const route *r, const instance *i)
{
    return !r->version || version_compatible(r->version, i->version);
}

/* After a wait, in which it may have gone. */
static const instance *instance_at(const route *r, const char *endpoint)
{
    const service *s = r->service;
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->instances[i]->endpoint, endpoint) == 0 && compatible(r, s->instances[i]))
            return s->instances[i];
    return NULL;
}

/* LYMPH_EUNREACHABLE: not this one. */
static lymph_status try_instance(lymph_ctx *ctx, route *r, const instance *i, int64_t deadline_us, connection **to)
{
    reach *by = ctx->host->reach;
    unsigned generation = r->service->generation;
    char endpoint[ENDPOINT_MAX + 1];
    size_t size = strlen(i->endpoint);
    if (size >= sizeof endpoint)
        return failure_set(&r->why, LYMPH_EUNREACHABLE, "its endpoint is longer than %d bytes", ENDPOINT_MAX);
    memcpy(endpoint, i->endpoint, size + 1);
    lymph_status st = reach_connect(by, endpoint, deadline_us, to, &r->why);
    if (st)
        return st;
    if (!connection_alive(*to)) {
        connection_release(*to);
        return LYMPH_EUNREACHABLE;
    }
    st = reach_ask(by, *to, deadline_us, &r->why);
    if (r->service->generation != generation)
        i = instance_at(r, endpoint);
    if (!st && i) {
        r->chosen = i->version;
        return LYMPH_OK;
    }
    if (st == LYMPH_EUNREACHABLE && !r->refusing) {
        r->refusing = *to;
        strcpy(r->refusing_endpoint, endpoint);
    } else {
        connection_release(*to);
    }
    return st ? st : LYMPH_EUNREACHABLE;
}

static lymph_status try_instances(lymph_ctx *ctx, route *r, int64_t deadline_us, connection **to)
{
    service *s = r->service;
    while (r->tried < s->count) {
        r->tried++;
        const instance *i = s->instances[s->turn++ % s->count];
        if (!compatible(r, i))
            continue;
        r->compatible++;
        lymph_status st = try_instance(ctx, r, i, deadline_us, to);
        if (st != LYMPH_EUNREACHABLE)
            return st;
    }
    const instance *i = r->refusing ? instance_at(r, r->refusing_endpoint) : NULL;
    if (!i)
        return LYMPH_EUNREACHABLE;
    *to = r->refusing;
    r->refusing = NULL;
    r->chosen = i->version;
    return LYMPH_OK;
}

static lymph_status next_instance(lymph_ctx *ctx, route *r, slice subject, int64_t deadline_us, connection **to)
{
    const service *s = r->service;
    lymph_status st = try_instances(ctx, r, deadline_us, to);
    if (r->refusing)
        connection_release(r->refusing);
    r->refusing = NULL;
    if (!st)
        return LYMPH_OK;
    if (st != LYMPH_EUNREACHABLE)
        return ctx_fail(ctx, st, "%.*s: %s", (int)subject.size, subject.at, r->why.message);
    ctx->host->counters.unreachable++;
    if (r->compatible)
        return ctx_fail(ctx, st, "%.*s: none of the %zu instances of %s answers%s%s", (int)subject.size, subject.at,
                        r->compatible, s->name, r->why.status ? ": " : "", r->why.status ? r->why.message : "");
    if (s->count)
        return ctx_fail(ctx, st, "%.*s: none of the %zu instances of %s is compatible with version %s",
                        (int)subject.size, subject.at, s->count, s->name, r->version);
    return ctx_fail(ctx, st, "%.*s: service %s has no instance", (int)subject.size, subject.at, s->name);
}

lymph_status route_next(lymph_ctx *ctx, route *r, slice subject, int64_t deadline_us, connection **to)
{
    *to = NULL;
    connection *found;
    lymph_status st = r->service ? next_instance(ctx, r, subject, deadline_us, &found)
                                 : next_endpoint(ctx, r, subject, deadline_us, &found);
    if (!st)
        *to = found;
    return st;
}

/* ---- sending ---- */

lymph_status route_send(lymph_ctx *ctx, const route *r, const outgoing *o, connection *to)
{
    char fresh[UNIQUE_HEX + 1];
    const char *trace_id = ctx->trace_id;
    if (!trace_id[0]) {
        unique_hex(fresh);
        trace_id = fresh;
    }
    writer_reset(o->headers);
    /* The original answers the built-in interface only without a version. */
    write_headers(o->headers, builtin_serves(o->subject) ? NULL : r->chosen, trace_id, strlen(trace_id));
    lymph_status st = o->headers->failed;
    if (!st)
        st = transport_send(ctx->host->transport, to, o->id, MESSAGE_REQ, o->subject,
                            (slice){(char *)o->headers->data, o->headers->size}, o->body);
    if (st)
        return ctx_fail(ctx, st, "%.*s: cannot send to %s: %s", (int)o->subject.size, o->subject.at, to->endpoint,
                        st == LYMPH_EUNREACHABLE ? "too much is queued to it" : lymph_status_name(st));
    connection_used(to, o->now_us);
    return LYMPH_OK;
}
