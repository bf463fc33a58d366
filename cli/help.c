/* help.c: help, printed from the commands' tables. */
#include <stdio.h>

#include "cli.h"

#define INDENT 31
#define WIDTH  80

static const char *const exits[] = {
    [EXIT_OK] = "Done.",
    [EXIT_FAILED] = "It failed: the configuration, the registry, the event system, or the output.",
    [EXIT_USAGE] = "The command line makes no sense, or its JSON.",
    [EXIT_ABSENT] = "There is no such service, or no instance of it that can take the request.",
    [EXIT_TIMEOUT] = "No answer came in time.",
    [EXIT_REFUSED] = "The service refused: no such method, wrong parameters, or its handler failed.",
    [EXIT_ERROR] = "The service answered with an error that it declares.",
};

static void print_entry(const char *left, const char *help, const char *preset)
{
    int size = printf("  %-*s ", INDENT - 3, left);
    if (size > INDENT)
        printf("\n%*s", INDENT, "");
    char text[400];
    snprintf(text, sizeof text, "%s%s%s%s", help, preset ? " [default: " : "", preset ? preset : "", preset ? "]" : "");
    print_wrapped(text, INDENT, INDENT, WIDTH);
    puts("");
}

static void print_options(const option_spec *s)
{
    for (; s->name; s++) {
        char left[80], letter[] = {',', ' ', '-', s->letter, '\0'};
        snprintf(left, sizeof left, "--%s%s%s%s%s", s->name, s->value ? "=<" : "", s->value ? s->value : "",
                 s->value ? ">" : "", s->letter ? letter : "");
        print_entry(left, s->help, s->preset);
    }
}

static void print_exits(unsigned bits)
{
    puts("\nExit status:");
    for (int i = EXIT_OK; i <= EXIT_ERROR; i++) {
        if (i < EXIT_ABSENT || (bits & 1u << i)) {
            printf("  %d  ", i);
            print_wrapped(exits[i], 5, 5, WIDTH);
            puts("");
        }
    }
}

int print_help(const command *c)
{
    printf("Usage: lymph %s\n\n%s.\n", c->usage, c->summary);
    if (c->text)
        printf("\n%s", c->text);
    if (c->arguments)
        puts("\nArguments:");
    for (const argument_spec *a = c->arguments; a && a->name; a++)
        print_entry(a->name, a->help, NULL);
    if (c->options) {
        puts("\nOptions:");
        print_options(c->options);
    }
    puts("\nCommon options:");
    print_options(common_options);
    printf("\nExamples:\n%s", c->examples);
    print_exits(c->exits);
    return finish_output();
}

int print_overview(void)
{
    puts("Usage: lymph <command> [<args>...] [options]\n\nCommands:");
    for (const command *const *c = commands; *c; c++)
        printf("  %-10s %s\n", (*c)->name, (*c)->summary);
    puts("\nCommon options:");
    print_options(common_options);
    print_exits(~0u);
    puts("\n`lymph help <command>` tells more about a command.");
    return finish_output();
}
