/* cli.h: what a command is, and what all of them share. A command is one file with one `const command`. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#include <lymph/lymph.h>

/* Exit statuses. What ends lymph by a signal (Ctrl-C, a reader that is gone) gives 128 and the signal's number. */
enum {
    EXIT_OK,
    EXIT_FAILED,
    EXIT_USAGE,
    EXIT_ABSENT,
    EXIT_TIMEOUT,
    EXIT_REFUSED,
    EXIT_ERROR,
};

/* An option, "--timeout=<seconds>, -t": the table that both the parser and the help go by. */
typedef struct option_spec {
    const char *name;   /* "timeout" */
    char letter;        /* 't', or 0 */
    const char *value;  /* "seconds"; NULL: a flag */
    const char *preset; /* its value when it is not given, or NULL */
    const char *help;
} option_spec;

typedef struct argument_spec {
    const char *name; /* "<params>" */
    const char *help;
} argument_spec;

typedef struct arguments arguments;

typedef struct command {
    const char *name;
    const char *summary;
    const char *usage;              /* behind "lymph " */
    const char *text;               /* what else there is to say, or NULL */
    int min, max;                   /* arguments; max < 0: any number */
    const argument_spec *arguments; /* ends with name NULL; may be NULL */
    const option_spec *options;     /* likewise; the common ones come by themselves */
    const char *examples;
    unsigned exits; /* bits of the exit statuses from EXIT_ABSENT on that it can have */
    int (*run)(const arguments *a);
} command;

extern const command *const commands[]; /* by name, ends with NULL */
const command *command_find(const char *name);
int unknown_command(const char *name); /* tells; EXIT_USAGE */

/* ---- options.c ---- */

#define ARGUMENTS_MAX 256

/* A command line taken apart. */
struct arguments {
    const command *command;
    const char *positional[ARGUMENTS_MAX];
    int count;
    struct {
        const option_spec *spec;
        const char *value; /* "" for a flag */
    } options[ARGUMENTS_MAX];
    int option_count;
};

extern const option_spec common_options[];

/* EXIT_OK, or EXIT_USAGE and told. `argv` begins with the command's name. */
int arguments_parse(const command *c, int argc, char **argv, arguments *out);
bool option_given(const arguments *a, const char *name);
/* The value that was given last, else the preset, else NULL. */
const char *option_value(const arguments *a, const char *name);
/* False, and told: the value is no number of this range. Without a value `out` stays as it is. */
bool option_number(const arguments *a, const char *name, double min, double max, double *out);
bool option_integer(const arguments *a, const char *name, long min, long max, long *out);

/* ---- help.c ---- */

int print_help(const command *c);
int print_overview(void);

/* ---- open.c ---- */

/* Opens a container with the common options. NULL, and told. */
lymph_ctx *open_lymph(const arguments *a, lymph_options *more);
/* A JSON text from the command line. False, and told: what is wrong with it and where. */
bool parse_json(lymph_ctx *ctx, const char *what, const char *text, size_t size, lymph_value *out);

/* ---- output.c ---- */

#define COLOR_NAME      "\033[31m"
#define COLOR_PARAMETER "\033[33m"
#define COLOR_TITLE     "\033[1m"
#define COLOR_OFF       "\033(B\033[m"
bool wants_color(const arguments *a);
/* As printf, with control characters escaped, also a newline: for what comes from peers. So do all below. */
void print_safe(const char *format, ...) LYMPH_PRINTF(1, 2);
/* The text in this colour, or as it is. */
void print_colored(bool color, const char *code, const char *format, ...) LYMPH_PRINTF(3, 4);
/* The text with its blanks, broken at them into lines of at most `width` columns. The first line begins at `column`,
 * the others are indented by `indent`. */
void print_wrapped(const char *text, size_t column, size_t indent, size_t width);

/* Ends the output: EXIT_OK, or EXIT_FAILED and told if it could not be written. */
int finish_output(void);
/* "lymph: text" on standard error; returns `code`. */
int fail_with(int code, const char *format, ...) LYMPH_PRINTF(2, 3);

#endif
