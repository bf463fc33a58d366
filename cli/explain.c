#include "explain.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "describe.h"

#define INSPECT_SECONDS 1.0 /* a failure is told soon, with or without the instance's help */

/* ---- names ---- */

/* "Greeting" of "Greeting.greet@1.2". */
static const char *service_of(lymph_ctx *ctx, const asked *a)
{
    if (a->address)
        return lymph_printf(ctx, "%.*s", (int)strcspn(a->address, "@"), a->address);
    int size = (int)strcspn(a->subject ? a->subject : "", "@");
    const char *dot = a->subject ? memrchr(a->subject, '.', (size_t)size) : NULL;
    return lymph_printf(ctx, "%.*s", dot ? (int)(dot - a->subject) : size, a->subject ? a->subject : "");
}

static const char *version_of(const asked *a)
{
    const char *at = strchr(a->address ? a->address : a->subject ? a->subject : "", '@');
    return at ? at + 1 : NULL;
}

const char *asked_address(lymph_ctx *ctx, const asked *a)
{
    const char *version = version_of(a), *service = service_of(ctx, a);
    return a->address ? a->address : version ? lymph_printf(ctx, "%s@%s", service, version) : service;
}

/* "a, b, c" in the arena. */
static const char *join(lymph_ctx *ctx, const char *const *names)
{
    const char *all = "";
    for (; *names && all; names++)
        all = lymph_printf(ctx, "%s%s%s", all, *all ? ", " : "", *names);
    return all ? all : "";
}

/* ---- no such service, no instance ---- */

static int tell_unknown(lymph_ctx *ctx, const char *service)
{
    lymph_string_list names = {0};
    lymph_status st = lymph_services(ctx, &names);
    const char *place = NULL;
    if (!st && !names.count && !lymph_cluster(ctx, &place))
        return fail_with(EXIT_ABSENT,
                         "no service named '%s' is registered, nor any other, in %s; start one with `lymph instance`, "
                         "with the same configuration",
                         service, place);
    const char **known = lymph_alloc_array(ctx, names.count + 1, sizeof *known);
    if (known)
        memcpy(known, names.items, names.count * sizeof *known);
    const char *near = known ? lymph_suggest(service, known) : NULL;
    if (near)
        return fail_with(EXIT_ABSENT, "no service named '%s' is registered; did you mean '%s'?", service, near);
    return fail_with(EXIT_ABSENT, "no service named '%s' is registered; `lymph discover` shows what there is", service);
}

static int tell_unreachable(lymph_ctx *ctx, const char *text, const char *service, const char *version)
{
    lymph_instance_list all = {0};
    if (strstr(service, "://"))
        return fail_with(EXIT_ABSENT, "%s; is an instance running there?", text);
    if (lymph_lookup(ctx, service, &all) || !all.count)
        return fail_with(EXIT_ABSENT, "%s; start one with `lymph instance`", text);
    if (!version)
        return fail_with(EXIT_ABSENT, "%s; `lymph discover %s` shows them", text, service);
    const char **versions = lymph_alloc_array(ctx, all.count + 1, sizeof *versions);
    size_t count = 0;
    for (size_t i = 0; versions && i < all.count; i++) {
        const char *v = all.items[i].version ? all.items[i].version : "no version";
        bool seen = false;
        for (size_t j = 0; j < count && !seen; j++)
            seen = strcmp(versions[j], v) == 0;
        if (!seen)
            versions[count++] = v;
    }
    return fail_with(EXIT_ABSENT, "%s; registered: %s", text, versions ? join(ctx, versions) : "");
}

/* ---- refused ---- */

static const method *find_method(const description *d, const char *subject, size_t size)
{
    for (size_t i = 0; i < d->count; i++)
        if (strlen(d->methods[i].name) == size && memcmp(d->methods[i].name, subject, size) == 0)
            return &d->methods[i];
    return NULL;
}

/* The names of what stands behind `prefix` ("Greeting.") in the methods' names, NULL-terminated. */
static const char **names_behind(lymph_ctx *ctx, const description *d, const char *prefix, size_t size)
{
    const char **names = lymph_alloc_array(ctx, d->count + 1, sizeof *names);
    size_t count = 0;
    for (size_t i = 0; names && i < d->count; i++)
        if (strncmp(d->methods[i].name, prefix, size) == 0 && !strchr(d->methods[i].name + size, '.'))
            names[count++] = d->methods[i].name + size;
    return names;
}

static const char **names_of(lymph_ctx *ctx, const method *m)
{
    const char **names = lymph_alloc_array(ctx, (m->params ? m->params->size : 0) + 1, sizeof *names);
    size_t count = 0;
    for (uint32_t i = 0; names && m->params && i < m->params->size; i++) {
        const char *name = lymph_text(m->params->as.items[i]);
        if (name)
            names[count++] = name;
    }
    return names;
}

static int tell_no_method(lymph_ctx *ctx, const description *d, const char *subject, size_t size)
{
    const char *dot = memrchr(subject, '.', size);
    size_t service = (size_t)(dot - subject);
    const char *wanted = lymph_printf(ctx, "%.*s", (int)(size - service - 1), dot + 1);
    const char **names = names_behind(ctx, d, subject, service + 1);
    if (!names || !wanted)
        return fail_with(EXIT_FAILED, "out of memory");
    if (!*names)
        return fail_with(EXIT_REFUSED, "the instance serves no interface '%.*s'", (int)service, subject);
    const char *near = lymph_suggest(wanted, names);
    if (near)
        return fail_with(EXIT_REFUSED, "%.*s has no method '%s'; did you mean '%s'?", (int)service, subject, wanted,
                         near);
    return fail_with(EXIT_REFUSED, "%.*s has no method '%s'; it has %s", (int)service, subject, wanted,
                     join(ctx, names));
}

static int tell_wrong_params(lymph_ctx *ctx, const method *m, lymph_value given)
{
    const char **names = names_of(ctx, m), *all = names ? join(ctx, names) : "";
    for (uint32_t i = 0; names && given.kind == LYMPH_VALUE_MAP && i < given.size; i++) {
        const char *key = lymph_text(given.as.entries[i].key), *const *n = names;
        while (key && *n && strcmp(*n, key) != 0)
            n++;
        if (!key || *n)
            continue;
        const char *near = lymph_suggest(key, names);
        if (near)
            return fail_with(EXIT_REFUSED, "%s(%s) has no parameter '%s'; did you mean '%s'?", m->name, all, key, near);
        return fail_with(EXIT_REFUSED, "%s(%s) has no parameter '%s'", m->name, all, key);
    }
    return fail_with(EXIT_REFUSED,
                     "%s(%s) refused the request: a parameter is missing or of the wrong type, or its handler failed; "
                     "the instance's log tells",
                     m->name, all);
}

static int tell_refused(lymph_ctx *ctx, const char *text, const asked *a)
{
    description d;
    size_t size = strcspn(a->subject ? a->subject : "", "@");
    if (!size || describe(ctx, asked_address(ctx, a), INSPECT_SECONDS, &d))
        return fail_with(EXIT_REFUSED, "%s; its log tells", text);
    const method *m = find_method(&d, a->subject, size);
    return m ? tell_wrong_params(ctx, m, a->params) : tell_no_method(ctx, &d, a->subject, size);
}

/* ---- all ---- */

int explain(lymph_ctx *ctx, lymph_status st, const asked *a)
{
    const char *text = lymph_strdup(ctx, lymph_error_message(ctx)), *service = service_of(ctx, a);
    if (!text || !service)
        return fail_with(EXIT_FAILED, "out of memory");
    switch (st) {
    case LYMPH_ELOOKUP:
        return tell_unknown(ctx, service);
    case LYMPH_EUNREACHABLE:
        return tell_unreachable(ctx, text, service, version_of(a));
    case LYMPH_ETIMEDOUT:
        return fail_with(EXIT_TIMEOUT, "%s; it is busy or gone%s", text,
                         a->subject ? ", or needs longer: --timeout=<seconds>" : "");
    case LYMPH_ENACK:
        return tell_refused(ctx, text, a);
    case LYMPH_EREMOTE:
        return fail_with(EXIT_ERROR, "%s", text);
    case LYMPH_EINVAL:
        return fail_with(EXIT_USAGE, "%s", text);
    default:
        return fail_with(EXIT_FAILED, "%s", text);
    }
}
