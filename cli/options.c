/* options.c: command lines, taken apart by getopt_long as the commands' tables say. Options may stand anywhere and be
 * abbreviated; "--" ends them. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define OPTIONS_MAX 40  /* of a command, with the common ones */
#define LONG_BASE   256 /* getopt's code of the first long option, beyond all letters */

const option_spec common_options[] = {
    {"config", 'c', "file", NULL, "Read this configuration. [default: $LYMPH_CONFIG, else .lymph.yml if it is there]"},
    {"vars", 0, "file", NULL,
     "Read variables for $(var.NAME) in the configuration from this file. [default: $LYMPH_VARS]"},
    {"ip", 0, "address", NULL,
     "Use this address for all sockets. [default: container.ip, else $LYMPH_NODE_IP, else 127.0.0.1]"},
    {"guess-external-ip", 'g', NULL, NULL, "Use this machine's outward address for all sockets."},
    {"logfile", 0, "file", NULL, "Append the log to this file. [default: standard error]"},
    {"loglevel", 0, "level", "WARNING", "Log from this level on: DEBUG, INFO, WARNING, ERROR or CRITICAL."},
    {"color", 0, NULL, NULL, "Use colours also where the output is no terminal."},
    {"no-color", 0, NULL, NULL, "Use no colours."},
    {"help", 'h', NULL, NULL, "Print this help and exit."},
    {"version", 0, NULL, NULL, "Print the version of lymph and exit."},
    {0},
};

/* What getopt_long wants to know of a command. */
typedef struct tables {
    const option_spec *specs[OPTIONS_MAX];
    const char *names[OPTIONS_MAX + 1];
    struct option longs[OPTIONS_MAX + 1];
    char letters[2 * OPTIONS_MAX + 3];
    int count;
} tables;

static void add_options(tables *t, const option_spec *s)
{
    for (; s && s->name && t->count < OPTIONS_MAX; s++) {
        char letter[] = {s->letter, s->value ? ':' : '\0', '\0'};
        t->specs[t->count] = s;
        t->names[t->count] = s->name;
        t->longs[t->count] =
            (struct option){s->name, s->value ? required_argument : no_argument, NULL, LONG_BASE + t->count};
        strcat(t->letters, letter);
        t->count++;
    }
}

static const option_spec *spec_of(const tables *t, int code)
{
    for (int i = 0; i < t->count; i++)
        if (code == LONG_BASE + i || code == t->specs[i]->letter)
            return t->specs[i];
    return NULL;
}

/* ---- what is wrong ---- */

static int wrong(const command *c, const char *text)
{
    return fail_with(EXIT_USAGE, "%s; see `lymph help %s`", text, c->name);
}

static int wrong_option(const command *c, const tables *t, const char *word, int code)
{
    char text[200], name[80];
    const option_spec *s = code ? spec_of(t, code) : NULL;
    if (s) {
        snprintf(text, sizeof text, "--%s takes no value", s->name);
        return wrong(c, text);
    }
    if (code) {
        snprintf(text, sizeof text, "unknown option '-%c'", code);
        return wrong(c, text);
    }
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    int starts = 0;
    for (int i = 0; i < t->count; i++)
        starts += strncmp(t->names[i], name, strlen(name)) == 0;
    const char *near = lymph_suggest(name, t->names);
    if (starts > 1)
        snprintf(text, sizeof text, "'--%s' is the beginning of several options", name);
    else
        snprintf(text, sizeof text, "unknown option '--%s'%s%s%s", name, near ? " (did you mean '--" : "",
                 near ? near : "", near ? "'?)" : "");
    return wrong(c, text);
}

static int missing_value(const command *c, const option_spec *s)
{
    char text[200];
    snprintf(text, sizeof text, "--%s needs a value: --%s=<%s>", s->name, s->name, s->value);
    return wrong(c, text);
}

static int check_count(const command *c, const arguments *a)
{
    char text[200];
    if (a->count < c->min) {
        snprintf(text, sizeof text, "the argument %s is missing: lymph %s", c->arguments[a->count].name, c->usage);
        return wrong(c, text);
    }
    if (c->max >= 0 && a->count > c->max) {
        snprintf(text, sizeof text, "one argument too many: '%.100s'", a->positional[c->max]);
        return wrong(c, text);
    }
    return EXIT_OK;
}

static int check_exclusive(const command *c, const arguments *a, const char *one, const char *other)
{
    char text[200];
    if (!option_given(a, one) || !option_given(a, other))
        return EXIT_OK;
    snprintf(text, sizeof text, "--%s and --%s exclude each other", one, other);
    return wrong(c, text);
}

/* ---- parsing ---- */

static bool add_argument(arguments *a, const char *text)
{
    if (a->count == ARGUMENTS_MAX)
        return false;
    a->positional[a->count++] = text;
    return true;
}

static bool add_option(arguments *a, const option_spec *s, const char *value)
{
    if (a->option_count == ARGUMENTS_MAX)
        return false;
    a->options[a->option_count].spec = s;
    a->options[a->option_count++].value = value ? value : "";
    return true;
}

int arguments_parse(const command *c, int argc, char **argv, arguments *out)
{
    tables t = {.letters = "-:"}; /* arguments in their places, as code 1; a missing value as ':' */
    add_options(&t, c->options);
    add_options(&t, common_options);
    *out = (arguments){.command = c};
    optind = 0;
    bool room = true;
    for (int code; room && (code = getopt_long(argc, argv, t.letters, t.longs, NULL)) != -1;) {
        if (code == '?')
            return wrong_option(c, &t, argv[optind - 1], optopt);
        if (code == ':')
            return missing_value(c, spec_of(&t, optopt));
        room = code == 1 ? add_argument(out, optarg) : add_option(out, spec_of(&t, code), optarg);
    }
    while (room && optind < argc)
        room = add_argument(out, argv[optind++]);
    if (!room)
        return wrong(c, "too many arguments");
    if (option_given(out, "help") || option_given(out, "version"))
        return EXIT_OK;
    int code = check_exclusive(c, out, "color", "no-color");
    if (!code)
        code = check_exclusive(c, out, "ip", "guess-external-ip");
    return code ? code : check_count(c, out);
}

/* ---- values ---- */

bool option_given(const arguments *a, const char *name)
{
    for (int i = 0; i < a->option_count; i++)
        if (strcmp(a->options[i].spec->name, name) == 0)
            return true;
    return false;
}

static const char *preset_in(const option_spec *s, const char *name)
{
    for (; s && s->name; s++)
        if (strcmp(s->name, name) == 0)
            return s->preset;
    return NULL;
}

const char *option_value(const arguments *a, const char *name)
{
    for (int i = a->option_count; i-- > 0;)
        if (strcmp(a->options[i].spec->name, name) == 0)
            return a->options[i].value;
    const char *preset = preset_in(a->command->options, name);
    return preset ? preset : preset_in(common_options, name);
}

bool option_number(const arguments *a, const char *name, double min, double max, double *out)
{
    const char *text = option_value(a, name);
    char *end;
    if (!text)
        return true;
    double n = strtod(text, &end);
    if (end != text && !*end && n >= min && n <= max) {
        *out = n;
        return true;
    }
    fail_with(EXIT_USAGE, "--%s needs a number from %g to %g, not '%s'", name, min, max, text);
    return false;
}

bool option_integer(const arguments *a, const char *name, long min, long max, long *out)
{
    const char *text = option_value(a, name);
    char *end;
    if (!text)
        return true;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (end != text && !*end && !errno && n >= min && n <= max) {
        *out = n;
        return true;
    }
    fail_with(EXIT_USAGE, "--%s needs a whole number from %ld to %ld, not '%s'", name, min, max, text);
    return false;
}
