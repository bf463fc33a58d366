/* Written once by lymphc VERSION from service.lymph; yours to fill in. As a module that `lymph instance` loads:
 *
 *     cc -shared -fPIC -Wall -Werror=incompatible-pointer-types -Wl,-z,defs -o service.so \
 *         service.c service.lymph.c $(pkg-config --cflags --libs lymph)
 */
#include "service.lymph.h"

/* Handlers of Shop can emit:
 *     shop_order_placed_emit(ctx, &(shop_order_placed){ .id = ..., .items = ... })
 *     pong_emit(ctx, &(pong){ 0 })
 */

/* Places an order and returns its id. */
static lymph_status place_order(lymph_ctx *ctx, Item_list items, const char *customer,
                                const char *note, lymph_uuid *result)
{
    (void)items;
    (void)customer;
    (void)note;
    (void)result;
    /* Can answer with:
     *     return out_of_stock_raise(ctx, &(OutOfStock){ .sku = ..., .left = ... });
     *     return closed_raise(ctx, &(Closed){ 0 });
     */
    return lymph_fail(ctx, LYMPH_ENACK, "Shop.place_order is not written yet");
}

static lymph_status nothing(lymph_ctx *ctx)
{
    return lymph_fail(ctx, LYMPH_ENACK, "Shop.nothing is not written yet");
}

static lymph_status first(lymph_ctx *ctx, const Item *item, const Item *other, int32_t limit,
                          const char *order, Item *result)
{
    (void)item;
    (void)other;
    (void)limit;
    (void)order;
    (void)result;
    return lymph_fail(ctx, LYMPH_ENACK, "Shop.first is not written yet");
}

static lymph_status find(lymph_ctx *ctx, const char *sku, const Item **result)
{
    (void)sku;
    (void)result;
    return lymph_fail(ctx, LYMPH_ENACK, "Shop.find is not written yet");
}

static lymph_status all(lymph_ctx *ctx, Item_list *result)
{
    (void)result;
    return lymph_fail(ctx, LYMPH_ENACK, "Shop.all is not written yet");
}

static lymph_status by_name(lymph_ctx *ctx, string_Item_map *result)
{
    (void)result;
    return lymph_fail(ctx, LYMPH_ENACK, "Shop.by_name is not written yet");
}

static lymph_status maybe(lymph_ctx *ctx, const char **result)
{
    (void)result;
    return lymph_fail(ctx, LYMPH_ENACK, "Shop.maybe is not written yet");
}

static lymph_status same(lymph_ctx *ctx, lymph_value value, lymph_value *result)
{
    (void)value;
    (void)result;
    return lymph_fail(ctx, LYMPH_ENACK, "Shop.same is not written yet");
}

static lymph_status shop_ctx_handler(lymph_ctx *ctx, lymph_bytes ctx_, const char *result_,
                                     bool params_, int32_t item, lymph_bytes *result)
{
    (void)ctx_;
    (void)result_;
    (void)params_;
    (void)item;
    (void)result;
    return lymph_fail(ctx, LYMPH_ENACK, "Shop.ctx is not written yet");
}

/* Counts orders. */
static lymph_status on_shop_order_placed(lymph_ctx *ctx, const shop_order_placed *event)
{
    (void)event;
    return lymph_fail(ctx, LYMPH_ENACK, "Shop.on_shop_order_placed is not written yet");
}

static lymph_status again(lymph_ctx *ctx, const shop_order_placed *event)
{
    (void)event;
    return lymph_fail(ctx, LYMPH_ENACK, "Shop.again is not written yet");
}

static lymph_status on_pong(lymph_ctx *ctx, const pong *event)
{
    (void)event;
    return lymph_fail(ctx, LYMPH_ENACK, "Shop.on_pong is not written yet");
}

static lymph_status order_activity(lymph_ctx *ctx, const lymph_event *event)
{
    (void)event;
    return lymph_fail(ctx, LYMPH_ENACK, "Shop.order_activity is not written yet");
}

static lymph_status everything(lymph_ctx *ctx, const lymph_event *event)
{
    (void)event;
    return lymph_fail(ctx, LYMPH_ENACK, "Shop.everything is not written yet");
}

const shop_interface Shop = {
    .place_order = place_order,
    .nothing = nothing,
    .first = first,
    .find = find,
    .all = all,
    .by_name = by_name,
    .maybe = maybe,
    .same = same,
    .ctx = shop_ctx_handler,
    .on_shop_order_placed = on_shop_order_placed,
    .again = again,
    .on_pong = on_pong,
    .order_activity = order_activity,
    .everything = everything,
};

static lymph_status book_write_handler(lymph_ctx *ctx, const lymph_event *event)
{
    (void)event;
    return lymph_fail(ctx, LYMPH_ENACK, "Audit.write is not written yet");
}

const book_interface Audit = {
    .write = book_write_handler,
};

/* Greets. */
static lymph_status greet(lymph_ctx *ctx, const char *name, const char **result)
{
    (void)name;
    (void)result;
    return lymph_fail(ctx, LYMPH_ENACK, "Web.greet is not written yet");
}

static lymph_status get_order(lymph_ctx *ctx, lymph_uuid id, const bool *full,
                              const char *x_api_key, Item *result)
{
    (void)id;
    (void)full;
    (void)x_api_key;
    (void)result;
    /* Can answer with:
     *     return missing_raise(ctx, &(Missing){ 0 });
     */
    return lymph_fail(ctx, LYMPH_ENACK, "Web.get_order is not written yet");
}

static lymph_status create(lymph_ctx *ctx, const Item *item, lymph_uuid *result)
{
    (void)item;
    (void)result;
    return lymph_fail(ctx, LYMPH_ENACK, "Web.create is not written yet");
}

static lymph_status web_remove_handler(lymph_ctx *ctx, const char *path, lymph_bytes *result)
{
    (void)path;
    (void)result;
    return lymph_fail(ctx, LYMPH_ENACK, "Web.remove is not written yet");
}

static lymph_status web_nothing_handler(lymph_ctx *ctx)
{
    return lymph_fail(ctx, LYMPH_ENACK, "Web.nothing is not written yet");
}

const web_interface Web = {
    .greet = greet,
    .get_order = get_order,
    .create = create,
    .remove = web_remove_handler,
    .nothing = web_nothing_handler,
};

const nothing_interface Nothing = {
    .on_start = NULL,
};
