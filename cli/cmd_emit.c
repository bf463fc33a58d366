#include <string.h>

#include "cli.h"
#include "explain.h"

static int run(const arguments *a)
{
    const char *text = a->count > 1 ? a->positional[1] : "{}";
    lymph_ctx *ctx = open_lymph(a, NULL);
    lymph_value body;
    if (!ctx)
        return EXIT_FAILED;
    int code = EXIT_USAGE;
    if (parse_json(ctx, "the event's body", text, strlen(text), &body)) {
        lymph_ctx *c = lymph_with(ctx, .trace_id = option_value(a, "trace-id"));
        lymph_status st = lymph_emit_value(c, a->positional[0], body);
        code = st ? explain(ctx, st, &(asked){0}) : EXIT_OK;
    }
    lymph_close(ctx);
    return code;
}

static const argument_spec argument_specs[] = {
    {"<event-type>", "The event's name."},
    {"<body>", "JSON; an object where the event is declared. [default: {}]"},
    {0},
};

static const option_spec option_specs[] = {
    {"trace-id", 0, "id", NULL, "Emit it with this trace id. [default: a new one]"},
    {0},
};

const command cmd_emit = {
    .name = "emit",
    .summary = "Emits an event",
    .usage = "emit <event-type> [<body>] [options]",
    .text = "It is emitted when the event system has taken it, whether or not somebody listens.\n",
    .min = 1,
    .max = 2,
    .arguments = argument_specs,
    .options = option_specs,
    .examples = "  $ lymph emit greeted '{\"name\": \"Flynne\"}'\n",
    .run = run,
};
