#include <stdio.h>
#include <string.h>

#include "cli.h"

static int run(const arguments *a)
{
    size_t width = 0;
    for (const command *const *c = commands; *c; c++)
        width = strlen((*c)->name) > width ? strlen((*c)->name) : width;
    for (const command *const *c = commands; *c; c++)
        printf("%-*s  %s\n", (int)width, (*c)->name, (*c)->summary);
    return finish_output();
}

const command cmd_list = {
    .name = "list",
    .summary = "Lists all commands",
    .usage = "list [options]",
    .examples = "  $ lymph list\n",
    .run = run,
};
