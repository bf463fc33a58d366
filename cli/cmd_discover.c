#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "pprint.h"

static const option_spec options[] = {
    {"--instances", NULL, NULL, "Show the instances of each service."},
    {"--json", NULL, NULL, "Print JSON."},
    {"--full", NULL, NULL, "Show all that the instances publish."},
    {"--all", NULL, NULL, "Show services without instances, too."},
    {"--versions", NULL, NULL, "Show each version of a service by itself."},
    {"--ip", NULL, "address", "Use this address for all sockets."},
    {"--guess-external-ip", "-g", NULL, "Use this machine's outward address for all sockets."},
    {"--only-running", NULL, NULL, "Has become the default and does nothing."},
    {NULL, NULL, NULL, NULL},
};

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
    return order ? order : strcmp(version_of(x), version_of(y));
}

static int by_version(const void *a, const void *b)
{
    const lymph_instance *x = a, *y = b;
    int order = strcmp(version_of(x), version_of(y));
    return order ? order : by_identity(a, b);
}

static int by_key(const void *a, const void *b)
{
    const lymph_entry *x = a, *y = b;
    const char *p = lymph_text(x->key), *q = lymph_text(y->key);
    return strcmp(p ? p : "", q ? q : "");
}

static void print_fields(lymph_ctx *ctx, const lymph_value *fields)
{
    lymph_entry *sorted = lymph_alloc_array(ctx, fields->size, sizeof *sorted);
    if (!sorted)
        return;
    if (fields->size)
        memcpy(sorted, fields->as.entries, fields->size * sizeof *sorted);
    qsort(sorted, fields->size, sizeof *sorted, by_key);
    for (uint32_t i = 0; i < fields->size; i++) {
        const char *key = lymph_text(sorted[i].key), *text = pprint_line(ctx, &sorted[i].value);
        if (strcmp(key, "endpoint") != 0)
            printf("   %s: %s\n", key, text ? text : "?");
    }
}

static void print_instances(lymph_ctx *ctx, const arguments *a, const lymph_instance *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const lymph_instance *in = &items[i];
        /* A dash of three bytes takes the width of one character. */
        printf("[%.10s]  %-*s %s\n", in->identity, in->version ? 12 : 14, in->version ? in->version : "\xe2\x80\x93", in->endpoint);
        if (option(a, "--full"))
            print_fields(ctx, &in->fields);
    }
    puts("");
}

static void print_heading(const arguments *a, const char *name, const char *version, size_t count)
{
    bool color = wants_color(a);
    printf("%s%s%s%s%s [%zu]\n", color ? COLOR_NAME : "", name, version ? "@" : "", version ? version : "", color ? COLOR_OFF : "", count);
}

static void print_service(lymph_ctx *ctx, const arguments *a, const service *s, bool instances)
{
    lymph_instance *items = (lymph_instance *)s->instances.items;
    size_t count = s->instances.count;
    bool versions = option(a, "--versions") != NULL;
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

/* The services asked for; -1 after an error, which is told. */
static int collect(lymph_ctx *ctx, const arguments *a, service **out)
{
    lymph_string_list names = {a->positional, 1};
    lymph_status st = a->count ? LYMPH_OK : lymph_services(ctx, &names);
    service *services = st ? NULL : lymph_alloc_array(ctx, names.count, sizeof *services);
    int count = 0;
    if (!st && !services)
        st = LYMPH_ENOMEM;
    for (size_t i = 0; i < names.count && !st; i++) {
        service *s = &services[count];
        s->name = names.items[i];
        st = lymph_lookup(ctx, s->name, &s->instances);
        if (st == LYMPH_ELOOKUP && !a->count) {
            st = LYMPH_OK; /* it went away since the names were listed */
            continue;
        }
        if (!st && (s->instances.count || option(a, "--all")))
            count++;
    }
    if (st) {
        fail_call(ctx, st, a->count ? a->positional[0] : "");
        return -1;
    }
    *out = services;
    return count;
}

static int run(const arguments *a)
{
    lymph_ctx *ctx = open_lymph(a, NULL);
    service *services = NULL;
    if (!ctx)
        return EXIT_FAILED;
    if (option(a, "--only-running"))
        fputs("--only-running is the default and can be left out\n", stderr);
    int count = collect(ctx, a, &services), code = EXIT_OK;
    if (count < 0) {
        code = EXIT_FAILED;
    } else if (option(a, "--json")) {
        code = print_json(ctx, services, (size_t)count);
    } else {
        bool instances = option(a, "--instances") || option(a, "--full") || a->count;
        for (int i = 0; i < count; i++)
            print_service(ctx, a, &services[i], instances);
        if (!count)
            puts("No registered services found");
        code = finish_output();
    }
    lymph_close(ctx);
    return code;
}

const command cmd_discover = {
    .name = "discover",
    .summary = "Shows the services that are registered",
    .usage = "discover [<name>] [options]",
    .text = "With a name: this service and its instances.\n",
    .max = 1,
    .options = options,
    .run = run,
};
