#include <stdio.h>

#include "cli.h"
#include "describe.h"
#include "explain.h"

#define HELP_WIDTH  70
#define HELP_INDENT 4 /* of further lines */
#define TIMEOUT     5.0

static void print_method(const method *m, bool color)
{
    fputs("rpc ", stdout);
    print_colored(color, COLOR_NAME, "%s", m->name);
    fputs("(", stdout);
    if (color)
        fputs(COLOR_PARAMETER, stdout);
    for (uint32_t i = 0; m->params && i < m->params->size; i++) {
        const char *name = lymph_text(m->params->as.items[i]);
        print_safe("%s%s", i ? ", " : "", name ? name : "?");
    }
    printf("%s)\n\t ", color ? COLOR_OFF : "");
    print_wrapped(m->help, 0, HELP_INDENT, HELP_WIDTH);
    fputs("\n\n", stdout);
}

static int run(const arguments *a)
{
    lymph_ctx *ctx = open_lymph(a, NULL);
    if (!ctx)
        return EXIT_FAILED;
    const char *address = a->positional[0];
    description d;
    int code;
    lymph_status st = describe(ctx, address, TIMEOUT, &d);
    if (st) {
        code = explain(ctx, st, &(asked){.address = address});
    } else {
        bool color = wants_color(a);
        fputs("RPC interface of ", stdout);
        print_colored(color, COLOR_TITLE, "%s", address);
        fputs("\n\n", stdout);
        for (size_t i = 0; i < d.count; i++)
            print_method(&d.methods[i], color);
        code = finish_output();
    }
    lymph_close(ctx);
    return code;
}

static const argument_spec argument_specs[] = {
    {"<address>", "A service, perhaps with a version (Greeting@1.2): one of its instances is asked. Or an "
                  "endpoint (tcp://127.0.0.1:40001)."},
    {0},
};

const command cmd_inspect = {
    .name = "inspect",
    .summary = "Describes the methods that an instance of a service offers",
    .usage = "inspect <address> [options]",
    .min = 1,
    .max = 1,
    .arguments = argument_specs,
    .examples = "  $ lymph inspect Greeting\n"
                "  RPC interface of Greeting\n"
                "  \n"
                "  rpc Greeting.greet(name)\n"
                "  \t Returns a greeting for a provided name.\n",
    .exits = 1u << EXIT_ABSENT | 1u << EXIT_TIMEOUT | 1u << EXIT_REFUSED,
    .run = run,
};
