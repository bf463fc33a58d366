/* json.c: JSON in a context: what it gives lies in the context's arena. */
#include <string.h>

#include "codec/plain.h"
#include "context/ctx.h"

static lymph_type struct_of(const lymph_record *record)
{
    return (lymph_type){.kind = LYMPH_KIND_STRUCT, .size = (uint32_t)record->size, .record = record};
}

lymph_status lymph_to_json(lymph_ctx *ctx, const lymph_record *record, const void *value, const char **out)
{
    if (!ctx || !value)
        return ctx ? ctx_fail(ctx, LYMPH_EINVAL, "%s: NULL has no JSON", record->name) : LYMPH_ENOMEM;
    const lymph_type type = struct_of(record);
    return plain_print(&ctx->base->memory, &type, value, record->name, 0, out, &ctx->base->failure);
}

lymph_status lymph_from_json(lymph_ctx *ctx, const lymph_record *record, const char *text, void *out)
{
    if (!ctx || !text)
        return ctx ? ctx_fail(ctx, LYMPH_EINVAL, "%s: NULL is no JSON", record->name) : LYMPH_ENOMEM;
    const lymph_type type = struct_of(record);
    return plain_parse(&ctx->base->memory, &type, text, strlen(text), record->name, out, &ctx->base->failure);
}

lymph_status lymph_json_parse(lymph_ctx *ctx, const char *text, size_t size, lymph_value *out)
{
    return ctx ? json_parse(&ctx->base->memory, text, size, out, &ctx->base->failure) : LYMPH_ENOMEM;
}

lymph_status lymph_json_print(lymph_ctx *ctx, lymph_value v, unsigned flags, const char **out)
{
    return ctx ? json_print(&ctx->base->memory, &v, flags, out, &ctx->base->failure) : LYMPH_ENOMEM;
}
