#include "cli.h"

static int run(const arguments *a)
{
    if (!a->count)
        return print_overview();
    const command *c = command_find(a->positional[0]);
    return c ? print_help(c) : unknown_command(a->positional[0]);
}

static const argument_spec argument_specs[] = {
    {"<command>", "The command to tell about; without it, an overview."},
    {0},
};

const command cmd_help = {
    .name = "help",
    .summary = "Tells what lymph or one of its commands does",
    .usage = "help [<command>]",
    .max = 1,
    .arguments = argument_specs,
    .examples = "  $ lymph help request\n",
    .run = run,
};
