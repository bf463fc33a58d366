#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "cli.h"
#include "pprint.h"

#define STDIN_MAX (16u << 20)

static const option_spec options[] = {
    {"--timeout", NULL, "seconds", "How long to wait for the answer. [default: 2.0]"},
    {"--address", NULL, "address", "Send it to this endpoint, or to an instance of this service."},
    {"--trace-id", NULL, "id", "Send it with this trace id."},
    {"--json", NULL, NULL, "Print JSON."},
    {"-N", NULL, "number", "Send it this often and print statistics. [default: 1]"},
    {"-C", NULL, "concurrency", "Have this many requests under way at once. [default: 1]"},
    {"--dump-headers", "-D", NULL, "Print the answer's headers, too."},
    {"--ip", NULL, "address", "Use this address for all sockets."},
    {"--guess-external-ip", "-g", NULL, "Use this machine's outward address for all sockets."},
    {NULL, NULL, NULL, NULL},
};

static bool read_number(const arguments *a, const char *name, double min, double max, bool whole, double *out)
{
    const char *text = option(a, name);
    char *end;
    if (!text)
        return true;
    double n = strtod(text, &end);
    if (end == text || *end || !(n >= min && n <= max) || (whole && n != (double)(long)n)) {
        fail_with(EXIT_WRONG_USAGE, "%s needs a%s number of %g to %g, not '%s'", name, whole ? " whole" : "", min, max, text);
        return false;
    }
    *out = n;
    return true;
}

static char *read_stdin(size_t *size)
{
    char *text = malloc(STDIN_MAX + 1);
    *size = text ? fread(text, 1, STDIN_MAX + 1, stdin) : 0;
    if (*size > STDIN_MAX) {
        free(text);
        return NULL;
    }
    return text;
}

static bool read_params(lymph_ctx *ctx, const arguments *a, lymph_value *out)
{
    const char *given = a->positional[a->count - 1];
    if (strcmp(given, "-") != 0)
        return parse_json(ctx, "the parameters", a->positional[1], strlen(a->positional[1]), out);
    size_t size;
    char *text = read_stdin(&size);
    if (!text) {
        fail_with(EXIT_WRONG_USAGE, "the parameters on standard input are larger than %u MiB", STDIN_MAX >> 20);
        return false;
    }
    bool ok = parse_json(ctx, "the parameters", text, size, out);
    free(text);
    return ok;
}

static void print_headers(lymph_ctx *ctx)
{
    lymph_value headers = lymph_reply_headers(ctx);
    for (uint32_t i = 0; headers.kind == LYMPH_VALUE_MAP && i < headers.size; i++) {
        const char *key = lymph_text(headers.as.entries[i].key), *value = pprint_line(ctx, &headers.as.entries[i].value);
        printf("%s: %s\n", key ? key : "?", value ? value : "?");
    }
    puts("");
}

static int print_result(lymph_ctx *ctx, const arguments *a, const lymph_value *result)
{
    const char *text;
    if (option(a, "--dump-headers"))
        print_headers(ctx);
    if (!option(a, "--json")) {
        text = pprint(ctx, result);
        if (!text)
            return fail_with(EXIT_FAILED, "out of memory");
    } else if (lymph_json_print(ctx, *result, 0, &text)) {
        return fail_with(EXIT_FAILED, "%s", lymph_error_message(ctx));
    }
    puts(text);
    return finish_output();
}

static int run_with(lymph_ctx *ctx, const arguments *a, double timeout, long number, long concurrency)
{
    lymph_value params, result;
    if (!read_params(ctx, a, &params))
        return EXIT_WRONG_USAGE;
    const char *subject = a->positional[0];
    if (!strchr(subject, '.'))
        return fail_with(EXIT_WRONG_USAGE, "'%s' is not of the form Service.method", subject);
    const char *address = option(a, "--address");
    const char *dot = strrchr(subject, '.'), *at = strchr(subject, '@');
    while (at && dot > at) /* the dots of a version */
        for (dot--; *dot != '.'; dot--)
            ;
    const char *service = address ? address : lymph_printf(ctx, "%.*s", (int)(dot - subject), subject);
    lymph_ctx *c = lymph_with(ctx, .timeout = timeout, .address = address, .trace_id = option(a, "--trace-id"));
    if (option(a, "-N") || option(a, "-C"))
        return bench(c, subject, params, service, number, concurrency);
    lymph_status st = lymph_request(c, subject, params, &result);
    return st ? fail_call(ctx, st, service) : print_result(ctx, a, &result);
}

static int run(const arguments *a)
{
    double timeout = 2, number = 1, concurrency = 1;
    if (!read_number(a, "--timeout", 0.001, 1e6, false, &timeout) || !read_number(a, "-N", 1, 1e8, true, &number) ||
        !read_number(a, "-C", 1, 1e4, true, &concurrency))
        return EXIT_WRONG_USAGE;
    lymph_ctx *ctx = open_lymph(a, NULL);
    if (!ctx)
        return EXIT_FAILED;
    int code = run_with(ctx, a, timeout, (long)number, (long)concurrency);
    lymph_close(ctx);
    return code;
}

const command cmd_request = {
    .name = "request",
    .summary = "Sends one request to a service and prints the answer",
    .usage = "request <Service.method> <params> [options]",
    .text = "The parameters are a JSON object; '-' reads it from standard input. Service.method@1.2 asks for an\n"
            "instance that is compatible with version 1.2.\n",
    .min = 2,
    .max = 3,
    .options = options,
    .run = run,
};
