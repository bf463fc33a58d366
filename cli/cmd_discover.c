#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "explain.h"
#include "pprint.h"
#include "pyrepr.h"

typedef struct service {
    const char *name;
    lymph_instance_list instances;
} service;

static const char *version_of(const lymph_instance *i)
{
    return i->version ? i->version : "None";
}

static int by_identity(const void *a, const void *b)
{
    const lymph_instance *x = a, *y = b;
    int order = strcmp(x->identity, y->identity);
    return order ? order : strverscmp(version_of(x), version_of(y));
}

static int by_version(const void *a, const void *b)
{
    const lymph_instance *x = a, *y = b;
    int order = strverscmp(version_of(x), version_of(y));
    return order ? order : by_identity(a, b);
}

static void print_fields(lymph_ctx *ctx, const lymph_value *fields)
{
    const lymph_entry *sorted = fields->kind == LYMPH_VALUE_MAP ? sorted_entries(ctx, fields) : NULL;
    for (uint32_t i = 0; sorted && i < fields->size; i++) {
        const char *key = lymph_text(sorted[i].key), *text = pprint_line(ctx, &sorted[i].value);
        if (strcmp(key, "endpoint") == 0)
            continue;
        print_safe("   %s: %s", key, text ? text : "?");
        puts("");
    }
}

static void print_instances(lymph_ctx *ctx, const arguments *a, const lymph_instance *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const lymph_instance *in = &items[i];
        /* A dash of three bytes takes the width of one character. */
        print_safe("[%.10s]  %-*s %s", in->identity, in->version ? 12 : 14, in->version ? in->version : "\xe2\x80\x93",
                   in->endpoint);
        puts("");
        if (option_given(a, "full"))
            print_fields(ctx, &in->fields);
    }
    puts("");
}

static void print_heading(const arguments *a, const char *name, const char *version, size_t count)
{
    print_colored(wants_color(a), COLOR_NAME, "%s%s%s", name, version ? "@" : "", version ? version : "");
    printf(" [%zu]\n", count);
}

static void print_service(lymph_ctx *ctx, const arguments *a, const service *s, bool instances)
{
    lymph_instance *items = (lymph_instance *)s->instances.items;
    size_t count = s->instances.count;
    bool versions = option_given(a, "versions");
    if (count)
        qsort(items, count, sizeof *items, versions ? by_version : by_identity);
    if (!versions || !count) {
        print_heading(a, s->name, NULL, count);
        if (instances)
            print_instances(ctx, a, items, count);
        return;
    }
    for (size_t i = 0, n; i < count; i += n) {
        for (n = 1; i + n < count && strcmp(version_of(&items[i]), version_of(&items[i + n])) == 0; n++)
            ;
        print_heading(a, s->name, version_of(&items[i]), n);
        if (instances)
            print_instances(ctx, a, items + i, n);
    }
}

static int print_json(lymph_ctx *ctx, const service *services, size_t count)
{
    lymph_entry *entries = lymph_alloc_array(ctx, count, sizeof *entries);
    const char *text;
    for (size_t i = 0; entries && i < count; i++) {
        const lymph_instance_list *l = &services[i].instances;
        lymph_value *rows = lymph_alloc_array(ctx, l->count, sizeof *rows);
        if (!rows)
            return fail_with(EXIT_FAILED, "out of memory");
        for (size_t j = 0; j < l->count; j++)
            rows[j] = l->items[j].fields;
        entries[i] = (lymph_entry){lymph_string(services[i].name), lymph_list(rows, (uint32_t)l->count)};
    }
    if (!entries || lymph_json_print(ctx, lymph_map(entries, (uint32_t)count), LYMPH_JSON_ASCII, &text))
        return fail_with(EXIT_FAILED, "%s", lymph_error_message(ctx));
    puts(text);
    return finish_output();
}

/* The services asked for; how many they are. After an error, which is told, `code` is its exit status. */
static size_t collect(lymph_ctx *ctx, const arguments *a, service **out, int *code)
{
    lymph_string_list names = {a->positional, 1};
    lymph_status st = a->count ? LYMPH_OK : lymph_services(ctx, &names);
    service *services = st ? NULL : lymph_alloc_array(ctx, names.count, sizeof *services);
    size_t count = 0;
    if (!st && !services)
        st = lymph_fail(ctx, LYMPH_ENOMEM, "out of memory");
    for (size_t i = 0; i < names.count && !st; i++) {
        service *s = &services[count];
        s->name = names.items[i];
        st = lymph_lookup(ctx, s->name, &s->instances);
        if (st == LYMPH_ELOOKUP && !a->count) {
            st = LYMPH_OK; /* it went away since the names were listed */
            continue;
        }
        if (!st && (s->instances.count || option_given(a, "all")))
            count++;
    }
    if (st) {
        *code = explain(ctx, st, &(asked){.address = a->count ? a->positional[0] : NULL});
        return 0;
    }
    *out = services;
    return count;
}

/* Whoever expected some may look in another place than he thinks. */
static void tell_place(lymph_ctx *ctx)
{
    const char *place;
    if (!lymph_cluster(ctx, &place))
        fail_with(EXIT_OK, "looked in %s", place);
}

static int run(const arguments *a)
{
    if (a->count && strchr(a->positional[0], '@'))
        return fail_with(EXIT_USAGE, "discover takes the name of a service without a version, not '%s'",
                         a->positional[0]);
    lymph_ctx *ctx = open_lymph(a, NULL);
    service *services = NULL;
    int code = EXIT_OK;
    if (!ctx)
        return EXIT_FAILED;
    if (option_given(a, "only-running"))
        fputs("lymph: --only-running is the default and can be left out\n", stderr);
    size_t count = collect(ctx, a, &services, &code);
    if (!code && option_given(a, "json")) {
        code = print_json(ctx, services, count);
    } else if (!code) {
        bool instances = option_given(a, "instances") || option_given(a, "full") || a->count;
        for (size_t i = 0; i < count; i++)
            print_service(ctx, a, &services[i], instances);
        if (!count)
            puts("No registered services found");
        code = finish_output();
    }
    if (!code && !count)
        tell_place(ctx);
    lymph_close(ctx);
    return code;
}

static const argument_spec argument_specs[] = {
    {"<name>", "Only this service, with its instances."},
    {0},
};

static const option_spec option_specs[] = {
    {"instances", 0, NULL, NULL, "Show the instances of each service: identity, version, endpoint."},
    {"full", 0, NULL, NULL, "Show all that the instances publish."},
    {"versions", 0, NULL, NULL, "Show each version of a service by itself."},
    {"all", 0, NULL, NULL, "Show services without instances, too."},
    {"json", 0, NULL, NULL, "Print JSON: for each service a list of what its instances publish."},
    {"only-running", 0, NULL, NULL, "Has become the default and does nothing."},
    {0},
};

const command cmd_discover = {
    .name = "discover",
    .summary = "Shows the services that are registered",
    .usage = "discover [<name>] [options]",
    .max = 1,
    .arguments = argument_specs,
    .options = option_specs,
    .examples = "  $ lymph discover\n"
                "  Greeting [2]\n"
                "  lymph [2]\n"
                "  $ lymph discover Greeting\n"
                "  Greeting [2]\n"
                "  [0b7e2e50a0]  1.2.3        tcp://127.0.0.1:40001\n"
                "  [f3a9c1d2b4]  1.2.3        tcp://127.0.0.1:40002\n",
    .exits = 1u << EXIT_ABSENT,
    .run = run,
};
