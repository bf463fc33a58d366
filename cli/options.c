/* options.c: command lines. Options may stand anywhere; "--" ends them. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

static const option_spec common[] = {
    {"--config", "-c", "file", "Read the configuration from this file."},
    {"--help", "-h", NULL, "Print this help and exit."},
    {"--logfile", NULL, "file", "Write the log to this file."},
    {"--loglevel", NULL, "level", "DEBUG, INFO, WARNING, ERROR or CRITICAL. [default: WARNING]"},
    {"--version", NULL, NULL, "Print the version and exit."},
    {"--color", NULL, NULL, "Use colours also where the output is no terminal."},
    {"--no-color", NULL, NULL, "Use no colours."},
    {"--vars", NULL, "file", "Read variables for $(var.NAME) from this file."},
    {NULL, NULL, NULL, NULL},
};

const option_spec address_options[] = {
    {"--ip", NULL, "address", "Use this address for all sockets."},
    {"--guess-external-ip", "-g", NULL, "Use this machine's outward address for all sockets."},
    {NULL, NULL, NULL, NULL},
};

static const option_spec *find_in(const option_spec *specs, const char *name, size_t size)
{
    for (; specs && specs->name; specs++)
        if ((strlen(specs->name) == size && memcmp(specs->name, name, size) == 0) ||
            (specs->letter && strlen(specs->letter) == size && memcmp(specs->letter, name, size) == 0))
            return specs;
    return NULL;
}

static const option_spec *find_option(const command *c, const char *name, size_t size)
{
    const option_spec *s = find_in(c->options, name, size);
    return s ? s : find_in(common, name, size);
}

static bool wrong(const command *c, const char *text, const char *word)
{
    fail_with(EXIT_WRONG_USAGE, "%s%s; `lymph help %s` shows how it is used", text, word, c->name);
    return false;
}

static bool unknown_option(const command *c, const char *word, size_t size)
{
    const char *known[2 * OPTIONS_MAX];
    int n = 0;
    char given[80];
    snprintf(given, sizeof given, "%.*s", (int)size, word);
    for (const option_spec *s = c->options; s && s->name; s++)
        known[n++] = s->name;
    for (const option_spec *s = common; s->name; s++)
        known[n++] = s->name;
    known[n] = NULL;
    const char *near = nearest(given, known);
    fail_with(EXIT_WRONG_USAGE, "unknown option '%s'%s%s%s; `lymph help %s` lists them", given, near ? " (did you mean '" : "", near ? near : "",
              near ? "'?)" : "", c->name);
    return false;
}

bool arguments_parse(const command *c, int argc, char **argv, arguments *out)
{
    bool ended = false;
    *out = (arguments){.count = 0};
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        if (ended || word[0] != '-' || !word[1]) {
            if (out->count == VALUES_MAX)
                return wrong(c, "too many arguments", "");
            out->positional[out->count++] = word;
            continue;
        }
        if (strcmp(word, "--") == 0) {
            ended = true;
            continue;
        }
        size_t size = word[1] == '-' ? strcspn(word, "=") : 2;
        const option_spec *s = find_option(c, word, size);
        const char *value = "";
        if (!s)
            return unknown_option(c, word, size);
        if (word[size] && !s->value)
            return wrong(c, s->name, word[1] == '-' ? " takes no value" : ": short options are given one by one");
        if (s->value) {
            if (word[size])
                value = word + size + (word[size] == '=');
            else if (i + 1 < argc)
                value = argv[++i];
            else
                return wrong(c, s->name, " needs a value");
        }
        if (out->option_count == VALUES_MAX)
            return wrong(c, "too many options", "");
        out->options[out->option_count].name = s->name;
        out->options[out->option_count++].value = value;
    }
    if (option(out, "--help") || option(out, "--version"))
        return true;
    if (option(out, "--color") && option(out, "--no-color"))
        return wrong(c, "--color and --no-color", " exclude each other");
    if (option(out, "--ip") && option(out, "--guess-external-ip"))
        return wrong(c, "--ip and --guess-external-ip", " exclude each other");
    if (out->count < c->min)
        return wrong(c, "an argument is missing: lymph ", c->usage);
    if (c->max >= 0 && out->count > c->max)
        return wrong(c, "one argument too many: ", out->positional[c->max]);
    return true;
}

const char *option(const arguments *a, const char *name)
{
    for (int i = a->option_count; i-- > 0;)
        if (strcmp(a->options[i].name, name) == 0)
            return a->options[i].value;
    return NULL;
}

static void print_options(const option_spec *s)
{
    for (; s && s->name; s++) {
        char left[64];
        snprintf(left, sizeof left, "%s%s%s%s%s%s", s->name, s->value ? "=<" : "", s->value ? s->value : "", s->value ? ">" : "",
                 s->letter ? ", " : "", s->letter ? s->letter : "");
        printf("  %-28s %s\n", left, s->help);
    }
}

void print_help(const command *c)
{
    printf("Usage: lymph %s\n\n%s\n", c->usage, c->summary);
    if (*c->text)
        printf("\n%s", c->text);
    if (c->options && c->options->name) {
        puts("\nOptions:");
        print_options(c->options);
    }
    puts("\nCommon options:");
    print_options(common);
}

void print_overview(void)
{
    puts("Usage: lymph <command> [options] [<args>...]\n\nCommands:");
    for (const command *const *c = commands; *c; c++)
        printf("  %-12s %s\n", (*c)->name, (*c)->summary);
    puts("\nCommon options:");
    print_options(common);
    puts("\nExit status: 0 done, 1 it failed, 2 wrong usage.\n`lymph help <command>` tells more about a command.");
}
