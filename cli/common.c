/* common.c: errors and output of all commands. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

int fail_with(int code, const char *format, ...)
{
    va_list args;
    fflush(stdout);
    fputs("lymph: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return code;
}

int fail_call(lymph_ctx *ctx, lymph_status st, const char *service)
{
    const char *text = lymph_error_message(ctx);
    switch (st) {
    case LYMPH_ELOOKUP:
        return fail_with(EXIT_FAILED, "no service named '%s' is registered; `lymph discover` shows what there is", service);
    case LYMPH_EUNREACHABLE:
        return fail_with(EXIT_FAILED, "%s; `lymph discover %s` shows what is registered", text, service);
    case LYMPH_ETIMEDOUT:
        return fail_with(EXIT_FAILED, "%s: the service is not available or busy; --timeout gives it longer", text);
    case LYMPH_ENACK:
        return fail_with(EXIT_FAILED, "%s; `lymph inspect %s` shows its methods, its log tells why", text, service);
    case LYMPH_EINVAL:
        return fail_with(EXIT_WRONG_USAGE, "%s", text);
    default:
        return fail_with(EXIT_FAILED, "%s", text);
    }
}

lymph_ctx *open_lymph(const arguments *a, lymph_options *more)
{
    lymph_options none = {0}, *o = more ? more : &none;
    o->config = option(a, "--config");
    o->vars = option(a, "--vars");
    o->log_file = option(a, "--logfile");
    o->log_level = option(a, "--loglevel");
    o->ip = option(a, "--ip");
    o->guess_ip = option(a, "--guess-external-ip") != NULL;
    lymph_ctx *ctx = lymph_open(o);
    if (!ctx) {
        fail_with(EXIT_FAILED, "out of memory");
    } else if (lymph_error_status(ctx)) {
        fail_with(EXIT_FAILED, "%s", lymph_error_message(ctx));
        lymph_close(ctx);
        ctx = NULL;
    }
    return ctx;
}

bool parse_json(lymph_ctx *ctx, const char *what, const char *text, size_t size, lymph_value *out)
{
    if (!lymph_json_parse(ctx, text, size, out))
        return true;
    fail_with(EXIT_WRONG_USAGE, "%s: %s", what, lymph_error_message(ctx));
    return false;
}

bool wants_color(const arguments *a)
{
    return !option(a, "--no-color") && (option(a, "--color") || isatty(STDOUT_FILENO));
}

int finish_output(void)
{
    return fflush(stdout) || ferror(stdout) ? fail_with(EXIT_FAILED, "cannot write to standard output") : EXIT_OK;
}

/* ---- "did you mean" ---- */

#define WORD_MAX 40

static size_t distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1], size_a = strlen(a), size_b = strlen(b);
    if (size_a > WORD_MAX || size_b > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= size_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= size_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= size_b; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[size_b];
}

const char *nearest(const char *word, const char *const *known)
{
    const char *best = NULL;
    size_t limit = strlen(word) / 3 + 2;
    for (; *known; known++) {
        size_t d = distance(word, *known);
        if (d < limit) {
            best = *known;
            limit = d;
        }
    }
    return best;
}
