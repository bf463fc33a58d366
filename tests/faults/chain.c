/* chain.c: two services whose surroundings the fault tests break. */
#include "chain.lymph.h"

#include <string.h>

static lymph_status who(lymph_ctx *ctx, const char **result)
{
    *result = lymph_endpoint(ctx);
    return LYMPH_OK;
}

const back_interface Back = {.who = who};

static lymph_status ask(lymph_ctx *ctx, const char **result)
{
    return back_who(ctx, result);
}

static lymph_status send(lymph_ctx *ctx, const char *name, const char **result)
{
    lymph_status st = tock_emit(ctx, &(tock){.name = name, .by = lymph_endpoint(ctx)});
    *result = st ? lymph_error_message(ctx) : "sent";
    return LYMPH_OK;
}

static lymph_status later(lymph_ctx *ctx, const char *name, double seconds)
{
    return tick_emit(lymph_with(ctx, .delay = seconds), &(tick){.name = name});
}

static lymph_status on_tick(lymph_ctx *ctx, const tick *event)
{
    lymph_log(ctx, LYMPH_INFO, "chain", "tick %s", event->name);
    if (strncmp(event->name, "slow", 4) == 0) {
        lymph_status st = lymph_sleep(ctx, 4);
        if (st)
            return st;
    }
    return tock_emit(ctx, &(tock){.name = event->name, .by = lymph_endpoint(ctx)});
}

static lymph_status on_every_tick(lymph_ctx *ctx, const tick *event)
{
    lymph_log(ctx, LYMPH_INFO, "chain", "every tick %s", event->name);
    return LYMPH_OK;
}

static lymph_status on_pattern(lymph_ctx *ctx, const lymph_event *event)
{
    lymph_log(ctx, LYMPH_INFO, "chain", "pattern %s", event->type);
    return LYMPH_OK;
}

const front_interface Front = {
    .ask = ask,
    .send = send,
    .later = later,
    .on_tick = on_tick,
    .on_every_tick = on_every_tick,
    .on_pattern = on_pattern,
};
