/* main.c: finds the command and runs it. */
#include <fcntl.h>
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

static int print_version(void)
{
    puts(LYMPH_VERSION);
    return finish_output();
}

/* Of what the caller has closed, the first socket would take the number, and our output would go into it. Opened the
 * wrong way round, so that its use fails as it should. */
static void keep_standard_files(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd ? O_RDONLY : O_WRONLY);
}

int main(int argc, char **argv)
{
    keep_standard_files();
    signal(SIGPIPE, SIG_DFL); /* a reader that has gone ends us quietly */
    if (argc < 2)
        return fail_with(EXIT_USAGE,
                         "a command is missing: lymph <command> [<args>...] [options]; `lymph list` shows them");
    if (strcmp(argv[1], "--version") == 0)
        return print_version();
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return print_overview();
    if (argv[1][0] == '-')
        return fail_with(EXIT_USAGE, "the command comes before the options: lymph <command> [<args>...] [options]");
    const command *c = command_find(argv[1]);
    if (!c)
        return unknown_command(argv[1]);
    arguments a;
    int code = arguments_parse(c, argc - 1, argv + 1, &a);
    if (code)
        return code;
    if (option_given(&a, "version"))
        return print_version();
    return option_given(&a, "help") ? print_help(c) : c->run(&a);
}
