/* discover.c: what the registry knows, for tools. */
#include <string.h>

#include "context/ctx.h"
#include "core/text.h"

lymph_status lymph_services(lymph_ctx *ctx, lymph_string_list *names)
{
    lymph_status st = ctx_enter(ctx, NEED_WAIT | NEED_REGISTRY);
    return st ? st : registry_names(ctx->host->registry, &ctx->base->memory, names, &ctx->base->failure);
}

lymph_status lymph_cluster(lymph_ctx *ctx, const char **place)
{
    lymph_status st = ctx_enter(ctx, NEED_REGISTRY);
    const char *text = st ? NULL : registry_place(ctx->host->registry, &ctx->base->memory);
    if (!text)
        return st ? st : ctx_fail(ctx, LYMPH_ENOMEM, "out of memory");
    *place = text;
    return LYMPH_OK;
}

static lymph_status copy_instance(arena *a, const instance *from, lymph_instance *to, failure *f)
{
    to->id = arena_strndup(a, from->id, strlen(from->id));
    to->identity = arena_strndup(a, from->identity, strlen(from->identity));
    to->endpoint = arena_strndup(a, from->endpoint, strlen(from->endpoint));
    to->version = from->version ? arena_strndup(a, from->version, strlen(from->version)) : NULL;
    if (!to->id || !to->identity || !to->endpoint || (from->version && !to->version))
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    return json_parse(a, from->json, strlen(from->json), &to->fields, f);
}

lymph_status lymph_lookup(lymph_ctx *ctx, const char *name, lymph_instance_list *instances)
{
    lymph_status st = ctx_enter(ctx, NEED_WAIT | NEED_REGISTRY);
    if (st)
        return st;
    if (!text_clean(name, strlen(name)))
        return ctx_fail(ctx, LYMPH_EINVAL, "the name of a service is UTF-8 without control characters");
    failure *f = &ctx->base->failure;
    service *s;
    st = registry_lookup(ctx->host->registry, name, WAIT_FOREVER, &s, f);
    if (st)
        return st;
    lymph_instance *items = lymph_alloc_array(ctx, s->count, sizeof *items);
    if (!items)
        return ctx_fail(ctx, LYMPH_ENOMEM, "out of memory");
    for (size_t i = 0; i < s->count && !st; i++)
        st = copy_instance(&ctx->base->memory, s->instances[i], &items[i], f);
    if (!st)
        *instances = (lymph_instance_list){items, s->count};
    return st;
}
