#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "cli.h"
#include "explain.h"
#include "pprint.h"

#define STDIN_MAX (16u << 20)

static bool read_stdin(char **text, size_t *size)
{
    *text = malloc(STDIN_MAX + 1);
    *size = *text ? fread(*text, 1, STDIN_MAX + 1, stdin) : 0;
    if (!*text)
        fail_with(EXIT_FAILED, "out of memory");
    else if (ferror(stdin))
        fail_with(EXIT_USAGE, "cannot read the parameters from standard input: %s", strerror(errno));
    else if (*size > STDIN_MAX)
        fail_with(EXIT_USAGE, "the parameters on standard input are larger than %u MiB", STDIN_MAX >> 20);
    else
        return true;
    free(*text);
    return false;
}

static bool read_params(lymph_ctx *ctx, const char *given, lymph_value *out)
{
    bool from_stdin = strcmp(given, "-") == 0;
    char *text = (char *)given;
    size_t size = strlen(given);
    if (from_stdin && !read_stdin(&text, &size))
        return false;
    bool ok = parse_json(ctx, "the parameters", text, size, out);
    if (from_stdin)
        free(text);
    if (ok && out->kind != LYMPH_VALUE_MAP) {
        fail_with(EXIT_USAGE,
                  "the parameters are no JSON object; give them by name: '{\"name\": \"Flynne\"}', or '{}' for none");
        return false;
    }
    return ok;
}

static void print_headers(lymph_ctx *ctx)
{
    lymph_value headers = lymph_reply_headers(ctx);
    for (uint32_t i = 0; headers.kind == LYMPH_VALUE_MAP && i < headers.size; i++) {
        const char *key = lymph_text(headers.as.entries[i].key),
                   *value = pprint_line(ctx, &headers.as.entries[i].value);
        print_safe("%s: %s", key ? key : "?", value ? value : "?");
        puts("");
    }
    puts("");
}

static int print_result(lymph_ctx *ctx, const arguments *a, const lymph_value *result)
{
    const char *text;
    if (option_given(a, "dump-headers"))
        print_headers(ctx);
    if (!option_given(a, "json")) {
        text = pprint(ctx, result);
        if (!text)
            return fail_with(EXIT_FAILED, "out of memory");
    } else if (lymph_json_print(ctx, *result, LYMPH_JSON_ASCII, &text)) {
        return fail_with(EXIT_FAILED, "the answer cannot be printed as JSON: %s", lymph_error_message(ctx));
    }
    puts(text);
    return finish_output();
}

static int send(lymph_ctx *ctx, const arguments *a, double timeout, long number, long concurrency)
{
    asked r = {.subject = a->positional[0], .address = option_value(a, "address")};
    if (!read_params(ctx, a->positional[1], &r.params))
        return EXIT_USAGE;
    lymph_ctx *c = lymph_with(ctx, .timeout = timeout, .address = r.address, .trace_id = option_value(a, "trace-id"));
    if (option_given(a, "number") || option_given(a, "concurrency"))
        return bench(c, &r, number, concurrency);
    lymph_value result;
    lymph_status st = lymph_request(c, r.subject, r.params, &result);
    return st ? explain(ctx, st, &r) : print_result(ctx, a, &result);
}

static int run(const arguments *a)
{
    double timeout;
    long number, concurrency;
    if (!option_number(a, "timeout", 0.001, 86400, &timeout) || !option_integer(a, "number", 1, 10000000, &number) ||
        !option_integer(a, "concurrency", 1, 10000, &concurrency))
        return EXIT_USAGE;
    lymph_ctx *ctx = open_lymph(a, NULL);
    if (!ctx)
        return EXIT_FAILED;
    int code = send(ctx, a, timeout, number, concurrency);
    lymph_close(ctx);
    return code;
}

static const argument_spec argument_specs[] = {
    {"<subject>", "Service.method; Service.method@1.2 goes to an instance that is compatible with version 1.2."},
    {"<params>", "A JSON object with the parameters by name; '-' reads it from standard input."},
    {0},
};

static const option_spec option_specs[] = {
    {"timeout", 0, "seconds", "2.0", "How long to wait for the answer."},
    {"address", 0, "address", NULL,
     "Send it to this endpoint, or to an instance of this service. [default: the subject's service]"},
    {"trace-id", 0, "id", NULL, "Send it with this trace id. [default: a new one]"},
    {"json", 0, NULL, NULL, "Print JSON."},
    {"dump-headers", 'D', NULL, NULL, "Print the answer's headers, too."},
    {"number", 'N', "number", "1", "Send it this often and print statistics instead of the answers."},
    {"concurrency", 'C', "number", "1", "Have this many requests under way at once."},
    {0},
};

const command cmd_request = {
    .name = "request",
    .summary = "Sends a request to a service and prints the answer",
    .usage = "request <subject> <params> [options]",
    .min = 2,
    .max = 2,
    .arguments = argument_specs,
    .options = option_specs,
    .examples = "  $ lymph request Greeting.greet '{\"name\": \"Flynne\"}'\n"
                "  'Hi, Flynne!'\n"
                "  $ lymph request --json --address=tcp://127.0.0.1:40001 lymph.status '{}'\n"
                "  $ lymph request -N 1000 -C 10 Greeting.greet - < params.json\n",
    .exits = 1u << EXIT_ABSENT | 1u << EXIT_TIMEOUT | 1u << EXIT_REFUSED | 1u << EXIT_ERROR,
    .run = run,
};
