#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define WIDTH 70 /* of the help texts */

typedef struct method {
    const char *name, *help;
    const lymph_value *params;
} method;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const method *)a)->name, ((const method *)b)->name);
}

/* The text with its white space as it is, broken at blanks into lines of at most WIDTH. */
static void print_wrapped(const char *text)
{
    fputs("\t ", stdout);
    size_t column = 0;
    while (*text) {
        size_t blanks = strspn(text, " \t\n"), word = strcspn(text + blanks, " \t\n");
        if (column && column + blanks + word > WIDTH) {
            fputs("\n    ", stdout);
            column = 4;
        } else {
            printf("%*s", column ? (int)blanks : 0, "");
            column += column ? blanks : 0;
        }
        printf("%.*s", (int)word, text + blanks);
        column += word;
        text += blanks + word;
    }
    fputs("\n\n", stdout);
}

static void print_method(const arguments *a, const method *m)
{
    bool color = wants_color(a);
    printf("rpc %s%s%s(", color ? COLOR_NAME : "", m->name, color ? COLOR_OFF : "");
    for (uint32_t i = 0; m->params && i < m->params->size; i++) {
        const char *name = lymph_text(m->params->as.items[i]);
        printf("%s%s", i ? ", " : "", name ? name : "?");
    }
    puts(")");
    print_wrapped(m->help);
}

static int print_methods(lymph_ctx *ctx, const arguments *a, lymph_value description)
{
    const lymph_value *list = lymph_get(description, "methods");
    if (!list || list->kind != LYMPH_VALUE_LIST)
        return fail_with(EXIT_FAILED, "%s answered with something that is no description", a->positional[0]);
    method *methods = lymph_alloc_array(ctx, list->size, sizeof *methods);
    size_t count = 0;
    for (uint32_t i = 0; methods && i < list->size; i++) {
        const lymph_value *name = lymph_get(list->as.items[i], "name"), *help = lymph_get(list->as.items[i], "help");
        const lymph_value *params = lymph_get(list->as.items[i], "params");
        if (!name || !lymph_text(*name))
            continue;
        methods[count++] = (method){
            .name = lymph_text(*name),
            .help = help && lymph_text(*help) ? lymph_text(*help) : "",
            .params = params && params->kind == LYMPH_VALUE_LIST ? params : NULL,
        };
    }
    if (count)
        qsort(methods, count, sizeof *methods, by_name);
    printf("RPC interface of %s\n\n", a->positional[0]);
    for (size_t i = 0; i < count; i++)
        print_method(a, &methods[i]);
    return finish_output();
}

static int run(const arguments *a)
{
    lymph_ctx *ctx = open_lymph(a, NULL);
    if (!ctx)
        return EXIT_FAILED;
    lymph_value description;
    lymph_status st = lymph_request(lymph_with(ctx, .address = a->positional[0], .timeout = 5), "lymph.inspect", lymph_map(NULL, 0), &description);
    int code = st ? fail_call(ctx, st, a->positional[0]) : print_methods(ctx, a, description);
    lymph_close(ctx);
    return code;
}

const command cmd_inspect = {
    .name = "inspect",
    .summary = "Describes the methods that a service offers",
    .usage = "inspect <address> [options]",
    .text = "The address is a service's name, perhaps with a version (Greeting@1.2), or an endpoint\n(tcp://127.0.0.1:40001).\n",
    .min = 1,
    .max = 1,
    .options = address_options,
    .run = run,
};
