/* cli.h: what the commands share: the command line, errors, output. A command is one file with one `const command`. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#include <lymph/lymph.h>

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_WRONG_USAGE = 2 };

/* An option of a command: "--timeout=<seconds>", or a flag. */
typedef struct option_spec {
    const char *name;   /* "--timeout" */
    const char *letter; /* "-t", or NULL */
    const char *value;  /* "seconds"; NULL: a flag */
    const char *help;
} option_spec;

#define OPTIONS_MAX 24
#define VALUES_MAX 64

/* A command line taken apart. */
typedef struct arguments {
    const char *positional[VALUES_MAX];
    int count;
    struct {
        const char *name; /* of the option_spec */
        const char *value;
    } options[VALUES_MAX];
    int option_count;
} arguments;

typedef struct command {
    const char *name;
    const char *summary;
    const char *usage; /* behind "lymph " */
    const char *text;  /* more help, or "" */
    int min, max;      /* positional arguments; max < 0: any number */
    const option_spec *options; /* ends with name NULL; the common ones come by themselves */
    int (*run)(const arguments *a);
} command;

extern const command *const commands[]; /* by name, ends with NULL */
const command *command_find(const char *name);

/* The value of an option given last; NULL if it was not given. A flag's value is "". */
const char *option(const arguments *a, const char *name);
/* False, and told on standard error: wrong usage. */
bool arguments_parse(const command *c, int argc, char **argv, arguments *out);
void print_help(const command *c);
void print_overview(void);

extern const option_spec address_options[]; /* --ip, --guess-external-ip */

/* Opens a container with the common options. NULL, and told: memory is out or the options contradict. */
lymph_ctx *open_lymph(const arguments *a, lymph_options *more);

/* "lymph: text", in one line on standard error; both return `code`. */
int fail_with(int code, const char *format, ...) LYMPH_PRINTF(2, 3);
/* What a failed operation on a service means, and what to do. */
int fail_call(lymph_ctx *ctx, lymph_status st, const char *service);

/* A JSON text from the command line; tells what is wrong with it. */
bool parse_json(lymph_ctx *ctx, const char *what, const char *text, size_t size, lymph_value *out);

bool wants_color(const arguments *a);
#define COLOR_NAME "\033[31m"
#define COLOR_OFF "\033(B\033[m"

/* Ends the output: 0, or 1 and told if it could not be written. */
int finish_output(void);

const char *nearest(const char *word, const char *const *known);

#endif
