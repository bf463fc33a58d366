/* The services that the tests of the command line call: modules for `lymph instance`. */
#include "sample.lymph.h"

#include <stdio.h>
#include <string.h>

static lymph_status greet(lymph_ctx *ctx, const char *name, const char **result)
{
    printf("Saying hi to %s\n", name);
    lymph_status st = greeted_emit(ctx, &(greeted){.name = name});
    if (st)
        return st;
    *result = lymph_printf(ctx, "Hi, %s!", name);
    return LYMPH_OK;
}

const greeting_interface Greeting = {.greet = greet};

static lymph_status echo(lymph_ctx *ctx, lymph_value value, lymph_value *result)
{
    *result = value;
    return LYMPH_OK;
}

static lymph_status two(lymph_ctx *ctx, const char *a, const char *b, lymph_string_list *result)
{
    const char **items = lymph_alloc_array(ctx, 2, sizeof *items);
    if (!items)
        return LYMPH_ENOMEM;
    items[0] = a;
    items[1] = b ? b : "nothing";
    *result = (lymph_string_list){items, 2};
    return LYMPH_OK;
}

static lymph_status nothing(lymph_ctx *ctx)
{
    return LYMPH_OK;
}

static lymph_status wait_seconds(lymph_ctx *ctx, double seconds)
{
    return lymph_sleep(ctx, seconds);
}

static lymph_status fail(lymph_ctx *ctx)
{
    return lymph_fail(ctx, LYMPH_ESYSTEM, "it went wrong");
}

static lymph_status order(lymph_ctx *ctx, const char *item, int32_t count)
{
    if (strcmp(item, "junk") == 0)
        return rejected_raise(ctx, &(Rejected){.message = "no junk here"});
    return count > 3 ? out_of_stock_raise(ctx, &(OutOfStock){.item = item, .left = 3}) : LYMPH_OK;
}

const sample_interface Sample = {
    .echo = echo,
    .two = two,
    .nothing = nothing,
    .wait = wait_seconds,
    .fail = fail,
    .order = order,
};

static lymph_status on_greeted(lymph_ctx *ctx, const greeted *event)
{
    printf("Somebody greeted %s\n", event->name);
    return LYMPH_OK;
}

const listen_interface Listen = {.on_greeted = on_greeted};

static lymph_status on_start(lymph_ctx *ctx)
{
    return lymph_fail(ctx, LYMPH_ESYSTEM, "the database is not there");
}

const partial_interface Partial = {.written = nothing};

const broken_interface Broken = {.on_start = on_start, .nothing = nothing};

const log_interface log_ = {.nothing = nothing};

/* Data, but no tables: of other things than functions, and too short for the interface Sample. */
const void *const Texts[16] = {"one", "two", "three"};
const greeting_interface Short = {.greet = greet};
