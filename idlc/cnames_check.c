/* cnames_check.c: what would be the same in C is found here, where both places can be shown, not by the C compiler. */
#include <string.h>

#include "cnames.h"
#include "file.h"
#include "order.h"

typedef struct taken {
    const char *what; /* "event 'a.b'" */
    span at;
    const model_type *type; /* a container: another definition of the same type is no clash */
} taken;

typedef struct names {
    arena *arena;
    diag *diag;
    table *names;  /* at file scope: taken */
    table macros;  /* constants: taken */
    list units;    /* seen */
    span reported; /* one report for each declaration is enough, however many names it makes */
} names;

static const char advice[] =
    "rename one of them, or use a namespace; interfaces can have other C names: interface X [prefix = name]";

static bool types_equal(const model_type *a, const model_type *b)
{
    if (!a || !b)
        return a == b;
    /* Lists and sets are one type in C. */
    model_kind kind_a = a->kind == KIND_SET ? KIND_LIST : a->kind, kind_b = b->kind == KIND_SET ? KIND_LIST : b->kind;
    return kind_a == kind_b && a->record == b->record && a->enumeration == b->enumeration &&
           types_equal(a->key, b->key) && types_equal(a->element, b->element);
}

static bool is_reported(names *n, span at)
{
    bool same = n->reported.file == at.file && n->reported.begin == at.begin;
    n->reported = at;
    return same;
}

static void take_any(names *n, const char *name, taken t)
{
    taken *kept = arena_alloc(n->arena, sizeof *kept);
    *kept = t;
    const taken *other = table_put(n->arena, n->names, name, kept);
    if (!other || (t.type && other->type && types_equal(t.type, other->type)) || is_reported(n, t.at))
        return;
    diag_error(n->diag, t.at, "the C name '%s' of %s is taken", name, t.what);
    diag_note(n->diag, other->at, "by %s", other->what);
    diag_hint(n->diag, "%s", advice);
}

static void take(names *n, const char *name, taken t)
{
    if (cname_is_runtime(name)) {
        if (is_reported(n, t.at))
            return;
        diag_error(n->diag, t.at,
                   "the C name of %s would be '%s', and names that begin with %.6s belong to the runtime", t.what, name,
                   name);
        diag_hint(n->diag,
                  "rename it, or use a namespace; interfaces can have other C names: interface X [prefix = name]");
        return;
    }
    take_any(n, name, t);
}

/* Takes `begin` followed by each of `ends`, which a NULL ends. */
static void take_with(names *n, const char *begin, const char *const *ends, taken t)
{
    for (; *ends; ends++)
        take(n, cname_with(n->arena, begin, *ends), t);
}

static void take_macro(names *n, const char *name, taken t)
{
    taken *kept = arena_alloc(n->arena, sizeof *kept);
    *kept = t;
    take(n, name, t);
    table_put(n->arena, &n->macros, name, kept);
}

/* ---- file scope ---- */

static void take_presets(names *n, const char *owner, const model_record *r)
{
    for (size_t i = 0; i < r->fields.count; i++) {
        const model_field *f = r->fields.items[i];
        if (f->preset.kind != PRESET_NONE)
            take(n, cname_preset(n->arena, owner, f),
                 (taken){arena_printf(n->arena, "the default of '%s'", f->name), f->at, NULL});
    }
}

/* What a caller writes instead of the values. */
static void take_defaults(names *n, const model_record *r)
{
    taken t = {arena_printf(n->arena, "the defaults of '%s'", r->name), r->at, NULL};
    if (!model_has_defaults(r))
        return;
    take(n, cname_defaults_object(n->arena, r), t);
    take_macro(n, cname_defaults(n->arena, r), t);
}

static void take_parameter_defaults(names *n, const char *method, const model_record *r)
{
    for (size_t i = 0; i < r->fields.count; i++) {
        const model_field *f = r->fields.items[i];
        if (model_is_written(&f->preset))
            take_macro(n, cname_default(n->arena, method, f),
                       (taken){arena_printf(n->arena, "the default of '%s'", f->name), f->at, NULL});
    }
}

static void take_record(names *n, const model_record *r)
{
    static const char *const words[] = {"struct", "error", "event"};
    taken t = {arena_printf(n->arena, "%s '%s'", words[r->kind], r->name), r->at, NULL};
    const char *name = cname_record(n->arena, r), *fn = cname_record_fn(n->arena, r);
    take(n, name, t);
    take_with(n, name, cname_record_ends, t);
    take_with(n, fn, cname_record_fn_ends, t);
    if (r->kind == RECORD_STRUCT)
        take_with(n, name, cname_struct_ends, t);
    else
        take_with(n, fn, r->kind == RECORD_ERROR ? cname_error_fn_ends : cname_event_fn_ends, t);
    take_presets(n, fn, r);
    take_defaults(n, r);
}

static void take_enum(names *n, const model_enum *e)
{
    taken t = {arena_printf(n->arena, "enum '%s'", e->name), e->at, NULL};
    take(n, cname_enum(n->arena, e), t);
    take_with(n, cname_enum(n->arena, e), cname_enum_ends, t);
    take_with(n, cname_enum_fn(n->arena, e), cname_enum_fn_ends, t);
    take(n, cname_unrecognized(n->arena, e), t);
    for (size_t i = 0; i < e->values.count; i++) {
        const model_value *v = e->values.items[i];
        take(n, cname_value(n->arena, e, v->name), (taken){arena_printf(n->arena, "value '%s'", v->name), v->at, NULL});
    }
}

static void take_handler(names *n, const model_interface *i, const model_handler *h)
{
    const char *name = cname_method(n->arena, i, h);
    taken t = {arena_printf(n->arena, "rpc '%s'", h->params->name), h->at, NULL};
    if (h->kind == HANDLER_ON) {
        t.what = arena_printf(n->arena, "handler '%s'", h->name);
        take_with(n, name, cname_subscription_ends, t);
        return;
    }
    if (h->kind == HANDLER_HTTP) {
        t.what = arena_printf(n->arena, "handler '%s'", h->name);
        take_with(n, name, cname_route_ends, t);
        take_presets(n, name, h->params);
        return;
    }
    take(n, name, t);
    take_with(n, name, cname_method_ends, t);
    take_presets(n, name, h->params);
    take_parameter_defaults(n, name, h->params);
}

static void take_interface(names *n, const model_interface *i)
{
    taken t = {arena_printf(n->arena, "interface '%s'", i->name), i->at, NULL};
    take_with(n, cname_interface(n->arena, i), cname_interface_ends, t);
    take(n, cname_table(n->arena, i), t);
    take_any(n, cname_interface_descriptor(n->arena, i), t); /* also of the built-in interface `lymph` */
    for (size_t h = 0; h < i->handlers.count; h++)
        take_handler(n, i, i->handlers.items[h]);
}

/* Types such as Item_list, and the constants that describe them. */
static void take_containers(names *n, const model_unit *u)
{
    list types = order_types(n->arena, u);
    for (size_t i = 0; i < types.count; i++) {
        const model_type *t = types.items[i];
        const char *name = cname_type(n->arena, t);
        taken what = {t->kind == KIND_MAP    ? "this map"
                      : t->kind == KIND_SET  ? "this set"
                      : t->kind == KIND_LIST ? "this list"
                                             : "this type",
                      t->at, t};
        if (t->kind != KIND_OPTIONAL && !cname_is_runtime(name))
            take_any(n, name, what);
        if (t->kind == KIND_MAP && !cname_is_runtime(name))
            take_any(n, cname_entry(n->arena, t), what);
        /* A list and a set share their C type but not their description, whose names differ. */
        take_any(n, cname_descriptor(n->arena, t), what);
    }
}

static void take_const(names *n, const model_const *c)
{
    take_macro(n, cname_const(n->arena, c), (taken){arena_printf(n->arena, "constant '%s'", c->name), c->at, NULL});
}

/* Parameters and variables of the generated functions: a user's parameter cannot be called so. */
static void take_own(names *n)
{
    static const char *const own[] = {"ctx", "result", "params"};
    static taken generated = {"the generated code", {0}, NULL};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        table_put(n->arena, n->names, own[i], &generated);
}

static bool seen(names *n, const model_unit *u)
{
    for (size_t i = 0; i < n->units.count; i++)
        if (n->units.items[i] == u)
            return true;
    list_add(n->arena, &n->units, (void *)u);
    return false;
}

static void take_unit(names *n, const model_unit *u)
{
    if (seen(n, u))
        return;
    for (size_t i = 0; i < u->imports.count; i++)
        take_unit(n, u->imports.items[i]);
    const char *base = file_base(u->file->path);
    take_any(n, cname_guard(n->arena, u), (taken){arena_printf(n->arena, "file '%s'", base), {u->file, 0, 0}, NULL});
    for (size_t i = 0; i < u->consts.count; i++)
        take_const(n, u->consts.items[i]);
    for (size_t i = 0; i < u->enums.count; i++)
        take_enum(n, u->enums.items[i]);
    for (size_t i = 0; i < u->records.count; i++)
        take_record(n, u->records.items[i]);
    for (size_t i = 0; i < u->interfaces.count; i++)
        take_interface(n, u->interfaces.items[i]);
    take_containers(n, u);
}

/* ---- members ---- */

static void take_member(names *n, table *members, const char *name, taken t)
{
    taken *kept = arena_alloc(n->arena, sizeof *kept);
    *kept = t;
    const taken *other = table_put(n->arena, members, name, kept);
    if (other) {
        diag_error(n->diag, t.at, "the C name '%s' of %s is taken", name, t.what);
        diag_note(n->diag, other->at, "by %s", other->what);
    }
    other = table_get(&n->macros, name);
    if (other) {
        diag_error(n->diag, t.at, "%s is called as a macro of the generated code", t.what);
        diag_note(n->diag, other->at, "for %s", other->what);
    }
}

static void check_record(names *n, const model_record *r)
{
    table members = {0};
    for (size_t i = 0; i < r->fields.count; i++) {
        const model_field *f = r->fields.items[i];
        const char *word = r->kind == RECORD_PARAMS ? "parameter" : "field";
        take_member(n, &members, f->c_name, (taken){arena_printf(n->arena, "%s '%s'", word, f->name), f->at, NULL});
    }
}

static void check_interface(names *n, const model_interface *f)
{
    table members = {0};
    for (size_t i = 0; i < f->handlers.count; i++) {
        const model_handler *h = f->handlers.items[i];
        const char *word = h->kind == HANDLER_RPC ? "rpc" : "handler";
        check_record(n, h->params);
        take_member(n, &members, h->c_name, (taken){arena_printf(n->arena, "%s '%s'", word, h->name), h->at, NULL});
    }
}

void cnames_check(arena *a, diag *d, model_unit *u)
{
    names n = {.arena = a, .diag = d, .names = &u->c_names};
    take_own(&n);
    take_unit(&n, u);
    cnames_set_members(a, u);
    for (size_t i = 0; i < u->records.count; i++)
        check_record(&n, u->records.items[i]);
    for (size_t i = 0; i < u->interfaces.count; i++)
        check_interface(&n, u->interfaces.items[i]);
}
