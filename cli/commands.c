/* commands.c: the list of them. A new command is its file and a word here. */
#include <string.h>

#include "cli.h"

extern const command cmd_discover, cmd_emit, cmd_help, cmd_inspect, cmd_instance, cmd_list, cmd_request, cmd_subscribe;

const command *const commands[] = {
    &cmd_discover, &cmd_emit, &cmd_help, &cmd_inspect, &cmd_instance, &cmd_list, &cmd_request, &cmd_subscribe, NULL,
};

const command *command_find(const char *name)
{
    for (const command *const *c = commands; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

int unknown_command(const char *name)
{
    const char *names[sizeof commands / sizeof *commands] = {0};
    for (int i = 0; commands[i]; i++)
        names[i] = commands[i]->name;
    const char *near = lymph_suggest(name, names);
    if (near)
        return fail_with(EXIT_USAGE, "there is no command '%s'; did you mean '%s'?", name, near);
    return fail_with(EXIT_USAGE, "there is no command '%s'; `lymph list` shows them", name);
}
