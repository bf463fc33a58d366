#include <stdio.h>

#include "cli.h"
#include "explain.h"
#include "pprint.h"

static lymph_status print_line(lymph_ctx *ctx, const lymph_event *e)
{
    const char *text = pprint_line(ctx, &e->body);
    if (!text)
        return LYMPH_ENOMEM;
    print_safe("%s: ", e->type);
    puts(text);
    return LYMPH_OK;
}

static lymph_status print_json(lymph_ctx *ctx, const lymph_event *e)
{
    const lymph_entry entries[] = {
        {lymph_string("type"), lymph_string(e->type)},
        {lymph_string("source"), lymph_string(e->source)},
        {lymph_string("headers"), e->headers},
        {lymph_string("body"), e->body},
    };
    const char *text;
    lymph_status st = lymph_json_print(ctx, lymph_map(entries, 4), LYMPH_JSON_ASCII, &text);
    if (!st)
        puts(text);
    return st;
}

static lymph_status print_event(lymph_ctx *ctx, const lymph_event *e, void *arg)
{
    lymph_status st = option_given(arg, "json") ? print_json(ctx, e) : print_line(ctx, e);
    if (fflush(stdout))
        lymph_stop(ctx); /* nobody reads it; finish_output tells why */
    return st;
}

static int run(const arguments *a)
{
    lymph_options o = {.signals = true, .isolated = true};
    lymph_ctx *ctx = open_lymph(a, &o);
    if (!ctx)
        return EXIT_FAILED;
    lymph_status st = lymph_subscribe(ctx, a->positional, (size_t)a->count, print_event, (void *)a);
    if (!st)
        st = lymph_run(ctx);
    int code = st ? explain(ctx, st, &(asked){0}) : finish_output();
    lymph_close(ctx);
    return code;
}

static const argument_spec argument_specs[] = {
    {"<event-type>", "The event's name, or a pattern: * stands for one word between dots, # for any number of words."},
    {0},
};

static const option_spec option_specs[] = {
    {"json", 0, NULL, NULL, "Print each event whole, as one JSON object a line: type, source, headers, body."},
    {0},
};

const command cmd_subscribe = {
    .name = "subscribe",
    .summary = "Prints events as they happen",
    .usage = "subscribe <event-type>... [options]",
    .text = "Every subscriber gets every event from now on, each printed at once on a line of its own, until\n"
            "SIGINT (Ctrl-C) or SIGTERM.\n",
    .min = 1,
    .max = -1,
    .arguments = argument_specs,
    .options = option_specs,
    .examples = "  $ lymph subscribe greeted 'order.#'\n"
                "  greeted: {'name': 'Flynne'}\n"
                "  order.paid: {'id': 7, 'total': Decimal('9.90')}\n",
    .run = run,
};
