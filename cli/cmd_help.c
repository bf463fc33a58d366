#include <stdio.h>

#include "cli.h"

static int run(const arguments *a)
{
    if (!a->count) {
        print_overview();
        return finish_output();
    }
    const command *c = command_find(a->positional[0]);
    if (!c)
        return fail_with(EXIT_WRONG_USAGE, "there is no command '%s'; `lymph list` shows them", a->positional[0]);
    print_help(c);
    return finish_output();
}

const command cmd_help = {
    .name = "help",
    .summary = "Tells what lymph or one of its commands does",
    .usage = "help [<command>]",
    .text = "",
    .max = 1,
    .run = run,
};
