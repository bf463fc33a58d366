/* main.c: finds the command and runs it. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

static int print_version(void)
{
    puts(lymph_version());
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
