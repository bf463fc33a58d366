#include <stdio.h>

#include "cli.h"

static int run(const arguments *a)
{
    for (const command *const *c = commands; *c; c++)
        printf("%-12s %s\n", (*c)->name, (*c)->summary);
    return finish_output();
}

const command cmd_list = {
    .name = "list",
    .summary = "Lists all commands",
    .usage = "list [options]",
    .text = "",
    .run = run,
};
