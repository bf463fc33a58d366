#include "cnames.h"

#include <ctype.h>
#include <string.h>

#include "reserved.h"

const char *const cname_record_ends[] = {"_record", "_fields", NULL};
const char *const cname_struct_ends[] = {"_type", NULL};
const char *const cname_record_fn_ends[] = {"_copy", "_to_json", "_from_json", NULL};
const char *const cname_error_fn_ends[] = {"_raise", "_caught", NULL};
const char *const cname_event_fn_ends[] = {"_emit", NULL};
const char *const cname_enum_ends[] = {"_type", "_enum", "_values", NULL};
const char *const cname_enum_fn_ends[] = {"_name", "_from_name", NULL};
const char *const cname_method_ends[] = {"_defer",  "_await",  "_future", "_params", "_record",
                                         "_fields", "_invoke", "_raises", NULL};
const char *const cname_route_ends[] = {"_params", "_record", "_fields", "_invoke", "_raises", "_sources", NULL};
const char *const cname_subscription_ends[] = {"_handle", NULL};
const char *const cname_interface_ends[] = {
    "_interface", "_interface_methods", "_interface_emits", "_interface_subscriptions", "_interface_routes", NULL};

/* `name` with `ending` behind it instead of any '_'. */
static char *put_behind(arena *a, const char *name, const char *ending)
{
    size_t size = strlen(name);
    while (size && name[size - 1] == '_')
        size--;
    return arena_printf(a, "%.*s%s", (int)size, name, ending);
}

/* With a '_' behind it where it means something else; libevent has names with and without one. */
static const char *global(arena *a, const char *name)
{
    if (reserved_global(name))
        name = put_behind(a, name, "_");
    return reserved_global(name) ? arena_printf(a, "%s2", name) : name;
}

bool cname_is_runtime(const char *name)
{
    return strncmp(name, "lymph_", 6) == 0 || strncmp(name, "LYMPH_", 6) == 0;
}

const char *cname_begin(arena *a, const char *name)
{
    return put_behind(a, name, "");
}

const char *cname_with(arena *a, const char *name, const char *ending)
{
    return global(a, put_behind(a, name, ending));
}

/* OutOfStock -> out_of_stock, HTTPServer -> http_server, shop.order -> shop_order. */
static char *snake(arena *a, const char *name)
{
    char *out = arena_alloc(a, 2 * strlen(name) + 1);
    size_t n = 0;
    for (size_t i = 0; name[i]; i++) {
        unsigned char c = (unsigned char)name[i], before = i ? (unsigned char)name[i - 1] : '_',
                      after = (unsigned char)name[i + 1];
        if (isupper(c) && (islower(before) || isdigit(before) || (isupper(before) && islower(after))))
            out[n++] = '_';
        out[n++] = c == '.' ? '_' : (char)tolower(c);
    }
    return out;
}

static char *upper(char *text)
{
    for (char *p = text; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    return text;
}

static char *undotted(arena *a, const char *name)
{
    char *out = arena_strndup(a, name, strlen(name));
    for (char *p = out; *p; p++)
        if (*p == '.')
            *p = '_';
    return out;
}

static const char *in_namespace(arena *a, const model_unit *u, const char *name)
{
    return u->name_space[0] ? arena_printf(a, "%s_%s", cname_begin(a, u->name_space), name) : name;
}

const char *cname_record(arena *a, const model_record *r)
{
    return global(a, in_namespace(a, r->unit, undotted(a, r->name)));
}

const char *cname_record_fn(arena *a, const model_record *r)
{
    return cname_begin(a, snake(a, in_namespace(a, r->unit, r->name)));
}

const char *cname_enum(arena *a, const model_enum *e)
{
    return global(a, in_namespace(a, e->unit, e->name));
}

const char *cname_enum_fn(arena *a, const model_enum *e)
{
    return cname_begin(a, snake(a, in_namespace(a, e->unit, e->name)));
}

const char *cname_value(arena *a, const model_enum *e, const char *value)
{
    return global(a, upper(arena_printf(a, "%s_%s", cname_enum_fn(a, e), value)));
}

const char *cname_unrecognized(arena *a, const model_enum *e)
{
    return cname_value(a, e, "UNRECOGNIZED");
}

const char *cname_const(arena *a, const model_const *c)
{
    return global(a, in_namespace(a, c->unit, c->name));
}

const char *cname_interface(arena *a, const model_interface *i)
{
    return cname_begin(a, i->prefix ? i->prefix : snake(a, i->name));
}

const char *cname_table(arena *a, const model_interface *i)
{
    return global(a, i->name);
}

const char *cname_interface_descriptor(arena *a, const model_interface *i)
{
    return cname_with(a, i->name, "_descriptor");
}

const char *cname_method(arena *a, const model_interface *i, const model_handler *h)
{
    return global(a, arena_printf(a, "%s_%s", cname_interface(a, i), snake(a, h->name)));
}

const char *cname_preset(arena *a, const char *owner, const model_field *f)
{
    return cname_with(a, arena_printf(a, "%s_%s", cname_begin(a, owner), f->name), "_preset");
}

const char *cname_defaults_object(arena *a, const model_record *r)
{
    return cname_with(a, cname_record_fn(a, r), "_defaults");
}

const char *cname_defaults(arena *a, const model_record *r)
{
    return global(a, upper(put_behind(a, cname_record_fn(a, r), "_defaults")));
}

const char *cname_default(arena *a, const char *method, const model_field *f)
{
    const char *begin = arena_printf(a, "%s_%s", cname_begin(a, method), f->name);
    return global(a, upper(put_behind(a, begin, "_default")));
}

/* ---- types ---- */

static const struct {
    const char *stem, *type;
} scalars[] = {
    [KIND_BOOL] = {"bool", "bool"},
    [KIND_INT8] = {"int8", "int8_t"},
    [KIND_INT16] = {"int16", "int16_t"},
    [KIND_INT32] = {"int32", "int32_t"},
    [KIND_INT64] = {"int64", "int64_t"},
    [KIND_UINT8] = {"uint8", "uint8_t"},
    [KIND_UINT16] = {"uint16", "uint16_t"},
    [KIND_UINT32] = {"uint32", "uint32_t"},
    [KIND_UINT64] = {"uint64", "uint64_t"},
    [KIND_FLOAT32] = {"float32", "float"},
    [KIND_FLOAT64] = {"float64", "double"},
    [KIND_STRING] = {"string", "const char *"},
    [KIND_BYTES] = {"bytes", "lymph_bytes"},
    [KIND_DATETIME] = {"datetime", "lymph_datetime"},
    [KIND_DATE] = {"date", "lymph_date"},
    [KIND_TIME] = {"time", "lymph_time"},
    [KIND_DECIMAL] = {"decimal", "lymph_decimal"},
    [KIND_UUID] = {"uuid", "lymph_uuid"},
    [KIND_ANY] = {"value", "lymph_value"},
    [KIND_EVENT] = {"event", "lymph_event"},
};

/* True if no name of the user's is in the type: then its C type belongs to the lymph_ names. */
static bool is_builtin(const model_type *t)
{
    if (t->kind <= KIND_ANY)
        return true;
    if (t->kind == KIND_ENUM || t->kind == KIND_STRUCT)
        return false;
    return is_builtin(t->element) && (!t->key || is_builtin(t->key));
}

const char *cname_stem(arena *a, const model_type *t)
{
    switch (t->kind) {
    case KIND_ENUM:
        return cname_begin(a, cname_enum(a, t->enumeration));
    case KIND_STRUCT:
        return cname_begin(a, cname_record(a, t->record));
    case KIND_LIST:
    case KIND_SET: /* the same in C */
        return arena_printf(a, "%s_list", cname_stem(a, t->element));
    case KIND_MAP:
        return arena_printf(a, "%s_%s_map", cname_stem(a, t->key), cname_stem(a, t->element));
    case KIND_OPTIONAL:
        return arena_printf(a, "optional_%s", cname_stem(a, t->element));
    default:
        return scalars[t->kind].stem;
    }
}

static const char *container(arena *a, const model_type *t)
{
    return is_builtin(t) ? arena_printf(a, "lymph_%s", cname_stem(a, t)) : global(a, cname_stem(a, t));
}

const char *cname_type(arena *a, const model_type *t)
{
    switch (t->kind) {
    case KIND_ENUM:
        return cname_enum(a, t->enumeration);
    case KIND_STRUCT:
        return cname_record(a, t->record);
    case KIND_LIST:
    case KIND_SET:
    case KIND_MAP:
        return container(a, t);
    case KIND_OPTIONAL:
        return t->element->kind == KIND_STRING
                   ? "const char *"
                   : arena_printf(a, "const %s", cname_declare(a, cname_type(a, t->element), "*"));
    default:
        return scalars[t->kind].type;
    }
}

const char *cname_entry(arena *a, const model_type *map)
{
    return cname_with(a, container(a, map), "_entry");
}

const char *cname_declare(arena *a, const char *type, const char *name)
{
    return arena_printf(a, type[strlen(type) - 1] == '*' ? "%s%s" : "%s %s", type, name);
}

bool cname_is_predefined(const model_type *t)
{
    return (t->kind == KIND_LIST || t->kind == KIND_SET) && t->element->kind <= KIND_ANY;
}

/* "list_of_Item": unlike a stem it tells sets from lists. */
static const char *description(arena *a, const model_type *t)
{
    switch (t->kind) {
    case KIND_LIST:
        return arena_printf(a, "list_of_%s", description(a, t->element));
    case KIND_SET:
        return arena_printf(a, "set_of_%s", description(a, t->element));
    case KIND_MAP:
        return arena_printf(a, "map_of_%s_%s", description(a, t->key), description(a, t->element));
    case KIND_OPTIONAL:
        return arena_printf(a, "optional_%s", description(a, t->element));
    case KIND_ANY:
        return "any";
    default:
        return cname_stem(a, t);
    }
}

const char *cname_descriptor(arena *a, const model_type *t)
{
    return t->kind <= KIND_ANY ? arena_printf(a, "lymph_type_%s", description(a, t))
                               : cname_with(a, description(a, t), "_type");
}

/* ---- members ---- */

/* In C++ a member cannot have the name of a type that its struct uses: adds the name of `t`. */
static void add_used(arena *a, table *used, const model_type *t)
{
    while (t && t->kind == KIND_OPTIONAL)
        t = t->element;
    if (t && t->kind >= KIND_ENUM)
        table_put(a, used, cname_type(a, t), (void *)t);
}

static void add_used_in(arena *a, table *used, const model_record *r)
{
    for (size_t i = 0; i < r->fields.count; i++)
        add_used(a, used, ((const model_field *)r->fields.items[i])->type);
}

/* `taken`: names that mean something else where this one is declared. */
static const char *member(arena *a, const char *name, const table *taken)
{
    if (reserved_word(name) || cname_is_runtime(name) || table_get(taken, name))
        name = put_behind(a, name, "_");
    while (reserved_word(name) || table_get(taken, name)) /* the '_' made it another one of them */
        name = arena_printf(a, "%s2", name);
    return name;
}

static void set_fields(arena *a, const model_record *r, const table *taken)
{
    for (size_t i = 0; i < r->fields.count; i++) {
        model_field *f = r->fields.items[i];
        f->c_name = member(a, f->name, taken);
    }
}

/* A parameter would hide what has its name at file scope. */
static void set_handlers(arena *a, const model_interface *f, const table *at_file_scope)
{
    table used = {0};
    for (size_t i = 0; i < f->handlers.count; i++) {
        const model_handler *h = f->handlers.items[i];
        add_used(a, &used, h->result);
        add_used_in(a, &used, h->params);
    }
    for (size_t i = 0; i < f->handlers.count; i++) {
        model_handler *h = f->handlers.items[i];
        h->c_name = member(a, h->name, &used);
        set_fields(a, h->params, at_file_scope);
    }
}

static void set_records(arena *a, const model_unit *u)
{
    for (size_t i = 0; i < u->records.count; i++) {
        const model_record *r = u->records.items[i];
        table used = {0};
        add_used_in(a, &used, r);
        set_fields(a, r, &used);
    }
}

void cnames_set_members(arena *a, model_unit *u)
{
    set_records(a, u);
    for (size_t i = 0; i < u->imports.count; i++)
        set_records(a, u->imports.items[i]);
    for (size_t i = 0; i < u->interfaces.count; i++)
        set_handlers(a, u->interfaces.items[i], &u->c_names);
}
