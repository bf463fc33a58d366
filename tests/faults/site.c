#include "site.lymph.h"

static lymph_status hello(lymph_ctx *ctx, const char *name, int32_t times, const char **result)
{
    *result = lymph_printf(ctx, "%d times hello, %s", times, name);
    return *result ? LYMPH_OK : LYMPH_ENOMEM;
}

static lymph_status get_order(lymph_ctx *ctx, lymph_uuid id, Colour colour, const char *x_api_key, Order *result)
{
    if (!id.bytes[15])
        return not_found_raise(ctx, &(NotFound){.id = id});
    *result = (Order){.id = id, .sku = x_api_key ? x_api_key : "none", .price = {"2.50"}, .colour = colour};
    return LYMPH_OK;
}

static lymph_status new_order(lymph_ctx *ctx, const char **result)
{
    (void)ctx;
    *result = "a form";
    return LYMPH_OK;
}

static lymph_status create(lymph_ctx *ctx, const NewOrder *order, Order *result)
{
    (void)ctx;
    *result = (Order){.id = {{0, 1}}, .sku = order->sku, .price = order->price, .colour = COLOUR_GREEN};
    return LYMPH_OK;
}

static lymph_status remove_order(lymph_ctx *ctx, lymph_uuid id)
{
    return id.bytes[15] ? LYMPH_OK : refused_raise(ctx, &(Refused){0});
}

static lymph_status any_method(lymph_ctx *ctx, const char *name, const char **result)
{
    (void)ctx;
    *result = name;
    return LYMPH_OK;
}

static lymph_status upload(lymph_ctx *ctx, const char *path, lymph_bytes data, lymph_bytes *result)
{
    (void)ctx;
    (void)path;
    *result = data;
    return LYMPH_OK;
}

static lymph_status fails(lymph_ctx *ctx, const char **result)
{
    (void)result;
    return lymph_fail(ctx, LYMPH_EINVAL, "the inside of it");
}

static lymph_status secret(lymph_ctx *ctx, const char *token, const char **result)
{
    (void)ctx;
    (void)token;
    *result = "kept";
    return LYMPH_OK;
}

static lymph_status nap(lymph_ctx *ctx, double seconds, const char **result)
{
    *result = "rested";
    return lymph_sleep(ctx, seconds);
}

static lymph_status far(lymph_ctx *ctx, const char **result)
{
    return site_linger(ctx, result);
}

static lymph_status linger(lymph_ctx *ctx, const char **result)
{
    *result = "lingered";
    return lymph_sleep(ctx, 100);
}

static lymph_status ping_me(lymph_ctx *ctx, const char **result)
{
    (void)ctx;
    *result = "here";
    return LYMPH_OK;
}

const site_interface Site = {
    .hello = hello,
    .get_order = get_order,
    .new_order = new_order,
    .create = create,
    .remove = remove_order,
    .any_method = any_method,
    .upload = upload,
    .fails = fails,
    .secret = secret,
    .nap = nap,
    .far = far,
    .linger = linger,
    .ping_me = ping_me,
};
