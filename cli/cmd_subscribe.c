#include <stdio.h>

#include "cli.h"
#include "pprint.h"

static const option_spec options[] = {
    {"--json", NULL, NULL, "Print each event whole, as one JSON object a line."},
    {NULL, NULL, NULL, NULL},
};

static lymph_status print_event(lymph_ctx *ctx, const lymph_event *e, void *arg)
{
    if (arg) {
        const lymph_entry entries[] = {
            {lymph_string("type"), lymph_string(e->type)},
            {lymph_string("source"), lymph_string(e->source)},
            {lymph_string("headers"), e->headers},
            {lymph_string("body"), e->body},
        };
        const char *text;
        lymph_status st = lymph_json_print(ctx, lymph_map(entries, 4), 0, &text);
        if (st)
            return st;
        puts(text);
    } else {
        const char *text = pprint_line(ctx, &e->body);
        if (!text)
            return LYMPH_ENOMEM;
        printf("%s: %s\n", e->type, text);
    }
    return fflush(stdout) ? lymph_fail(ctx, LYMPH_ESYSTEM, "cannot write to standard output") : LYMPH_OK;
}

static int run(const arguments *a)
{
    lymph_options o = {.signals = true, .isolated = true};
    lymph_ctx *ctx = open_lymph(a, &o);
    if (!ctx)
        return EXIT_FAILED;
    static bool json = true;
    lymph_status st = lymph_subscribe(ctx, a->positional, (size_t)a->count, print_event, option(a, "--json") ? &json : NULL);
    if (!st)
        st = lymph_run(ctx);
    int code = st ? fail_call(ctx, st, "") : EXIT_OK;
    lymph_close(ctx);
    return code;
}

const command cmd_subscribe = {
    .name = "subscribe",
    .summary = "Prints events as they happen",
    .usage = "subscribe <event-type>... [options]",
    .text = "In an event type, * stands for one word and # for any number of words. Every subscriber gets every\n"
            "event from now on, until SIGINT or SIGTERM.\n",
    .min = 1,
    .max = -1,
    .options = options,
    .run = run,
};
