/* greeting.c: the C side of the interop tests, built as a user's module is. */
#include "greeting.lymph.h"

#include <string.h>

/* ---- Greeting ---- */

static lymph_status greet(lymph_ctx *ctx, const char *name, const char **result)
{
    if (strcmp(name, "Sir") == 0)
        return rude_raise(ctx, &(Rude){.word = name});
    *result = lymph_printf(ctx, "Hi, %s!", name);
    return greeted_emit(ctx, &(greeted){.name = name});
}

static lymph_status echo(lymph_ctx *ctx, lymph_value text, lymph_value *result)
{
    (void)ctx;
    *result = text;
    return LYMPH_OK;
}

static lymph_status trace(lymph_ctx *ctx, const char **result)
{
    *result = lymph_trace_id(ctx);
    return LYMPH_OK;
}

static lymph_status broken(lymph_ctx *ctx)
{
    return lymph_fail(ctx, LYMPH_EINVAL, "on purpose");
}

const greeting_interface Greeting = {
    .greet = greet,
    .echo = echo,
    .trace = trace,
    .broken = broken,
};

/* ---- Relay ---- */

static lymph_status relay(lymph_ctx *ctx, const char *name, const char *version, const char **result)
{
    lymph_status st = teller_tell(*version ? lymph_with(ctx, .version = version) : ctx, name, result);
    const Rude *rude = st == LYMPH_EREMOTE ? rude_caught(ctx) : NULL;
    if (!rude)
        return st;
    *result = lymph_printf(ctx, "caught %s", rude->word);
    return LYMPH_OK;
}

static lymph_status echo_of_teller(lymph_ctx *ctx, lymph_value text, lymph_value *result)
{
    return teller_echo(ctx, text, result);
}

static lymph_status trace_of_teller(lymph_ctx *ctx, const char **result)
{
    return teller_trace(ctx, result);
}

static lymph_status broken_teller(lymph_ctx *ctx, const char **result)
{
    *result = lymph_status_name(teller_broken(ctx));
    return LYMPH_OK;
}

static lymph_status hear(lymph_ctx *ctx, const char *type, const char *name)
{
    if (strcmp(name, "bad") == 0)
        return lymph_fail(ctx, LYMPH_EINVAL, "refused on purpose");
    return heard_emit(ctx, &(heard){.type = type, .name = name, .trace = lymph_trace_id(ctx)});
}

static lymph_status on_greeted(lymph_ctx *ctx, const greeted *event)
{
    return hear(ctx, "greeted", event->name);
}

static lymph_status on_told(lymph_ctx *ctx, const lymph_event *event)
{
    const lymph_value *name = lymph_get(event->body, "name");
    return hear(ctx, event->type, name && lymph_text(*name) ? lymph_text(*name) : "");
}

const relay_interface Relay = {
    .relay = relay,
    .echo = echo_of_teller,
    .trace = trace_of_teller,
    .broken = broken_teller,
    .on_greeted = on_greeted,
    .on_told = on_told,
};
