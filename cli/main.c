/* main.c: finds the command and runs it. */
#include <signal.h>
#include <stdio.h>
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

static int unknown(const char *name)
{
    const char *names[VALUES_MAX];
    int n = 0;
    for (const command *const *c = commands; *c; c++)
        names[n++] = (*c)->name;
    names[n] = NULL;
    const char *near = nearest(name, names);
    return fail_with(EXIT_WRONG_USAGE, "there is no command '%s'%s%s%s; `lymph list` shows them", name, near ? " (did you mean '" : "",
                     near ? near : "", near ? "'?)" : "");
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_DFL); /* a reader that has gone ends us quietly */
    if (argc < 2) {
        fputs("Usage: lymph <command> [options] [<args>...]\n"
              "  lymph help             an overview\n"
              "  lymph help <command>   what a command does\n",
              stderr);
        return EXIT_FAILED;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts(LYMPH_VERSION);
        return EXIT_OK;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_overview();
        return EXIT_OK;
    }
    const command *c = command_find(argv[1]);
    if (!c)
        return unknown(argv[1]);
    arguments a;
    if (!arguments_parse(c, argc - 2, argv + 2, &a))
        return EXIT_WRONG_USAGE;
    if (option(&a, "--version")) {
        puts(LYMPH_VERSION);
        return EXIT_OK;
    }
    if (option(&a, "--help")) {
        print_help(c);
        return EXIT_OK;
    }
    return c->run(&a);
}
