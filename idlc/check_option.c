/* check_option.c: what stands in [...]. */
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define DURATION_MAX (1000ULL * 3600 * 1000) /* in ms */

static const option_spec *find(const option_spec *specs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(specs[i].name, name) == 0)
            return &specs[i];
    return NULL;
}

static void unknown(checker *c, const ast_option *o, const option_spec *specs, size_t count, const char *what)
{
    list names = {0};
    for (size_t i = 0; i < count; i++)
        list_add(c->arena, &names, (void *)specs[i].name);
    diag_error(c->diag, o->name.at, "%s has no option '%s'", what, o->name.text);
    diag_suggest(c->diag, o->name.text, (const char *const *)names.items, names.count);
}

static bool take_duration(const char *text, uint32_t *out)
{
    static const struct {
        const char *unit;
        unsigned long long ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    char *unit;
    unsigned long long n = strtoull(text, &unit, 10);
    for (size_t i = 0; i < 4; i++) {
        if (strcmp(units[i].unit, unit) == 0 && n && n <= DURATION_MAX / units[i].ms) {
            *out = (uint32_t)(n * units[i].ms);
            return true;
        }
    }
    return false;
}

/* False: the value does not fit; `expected` says what would. */
static bool take_value(const option_spec *spec, const ast_option *o, const char **expected)
{
    static const char *const kinds[] = {"no value",
                                        "a text in quotes",
                                        "an integer of 0 to 1000",
                                        "a duration of 1ms to 1000h, such as 500ms, 5s or 2m",
                                        "a name",
                                        "a number",
                                        ""};
    const ast_literal *v = o->value;
    *expected = kinds[spec->kind];
    if (o->upper)
        return false;
    switch (spec->kind) {
    case OPTION_FLAG:
        *(bool *)spec->out = true;
        return !v;
    case OPTION_TEXT:
        if (!v || v->kind != LITERAL_STRING)
            return false;
        *(const char **)spec->out = v->text;
        return true;
    case OPTION_NAME:
        if (!v || v->kind != LITERAL_NAME)
            return false;
        *(const char **)spec->out = v->text;
        return true;
    case OPTION_COUNT: {
        unsigned long n =
            v && v->kind == LITERAL_INT && v->text[0] != '-' ? strtoul(v->text, NULL, check_base(v->text)) : 1001;
        *(uint32_t *)spec->out = (uint32_t)n;
        return n <= 1000;
    }
    case OPTION_NUMBER:
        *(const ast_literal **)spec->out = v;
        return v && (v->kind == LITERAL_INT || v->kind == LITERAL_FLOAT);
    case OPTION_DURATION:
        return v && v->kind == LITERAL_DURATION && take_duration(v->text, spec->out);
    default:
        return true;
    }
}

void check_options(checker *c, const list *options, const option_spec *specs, size_t count, const char *what)
{
    table seen = {0};
    for (size_t i = 0; i < options->count; i++) {
        ast_option *o = options->items[i];
        const option_spec *spec = find(specs, count, o->name.text);
        const ast_option *other = table_put(c->arena, &seen, o->name.text, o);
        if (other) {
            diag_error(c->diag, o->name.at, "option '%s' is there twice", o->name.text);
            diag_note(c->diag, other->name.at, "the first one is here");
        }
        if (!spec) {
            unknown(c, o, specs, count, what);
            continue;
        }
        if (spec->kind == OPTION_LATER) {
            diag_error(c->diag, o->name.at, "option '%s' is not supported by this version of lymphc", o->name.text);
            continue;
        }
        const char *expected;
        if (!take_value(spec, o, &expected))
            diag_error(c->diag, o->value ? o->value->at : o->name.at, "option '%s' takes %s", o->name.text, expected);
    }
}
