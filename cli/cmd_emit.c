#include <string.h>

#include "cli.h"

static const option_spec options[] = {
    {"--trace-id", NULL, "id", "Emit it with this trace id."},
    {NULL, NULL, NULL, NULL},
};

static int run(const arguments *a)
{
    const char *text = a->count > 1 ? a->positional[1] : "{}";
    lymph_ctx *ctx = open_lymph(a, NULL);
    lymph_value body;
    if (!ctx)
        return EXIT_FAILED;
    int code = EXIT_OK;
    if (!parse_json(ctx, "the event's body", text, strlen(text), &body)) {
        code = EXIT_WRONG_USAGE;
    } else {
        lymph_ctx *c = option(a, "--trace-id") ? lymph_with(ctx, .trace_id = option(a, "--trace-id")) : ctx;
        lymph_status st = lymph_emit_value(c, a->positional[0], body);
        if (st)
            code = fail_call(ctx, st, "");
    }
    lymph_close(ctx);
    return code;
}

const command cmd_emit = {
    .name = "emit",
    .summary = "Emits an event",
    .usage = "emit <event-type> [<body>] [options]",
    .text = "The body is JSON; without one it is an empty map.\n",
    .min = 1,
    .max = 2,
    .options = options,
    .run = run,
};
