#include "cnames.h"

#include <ctype.h>
#include <string.h>

#include "reserved.h"

/* Parameters of generated functions beside the user's own. */
static const char *const own_parameters[] = {"ctx", "result", "future", "params"};

static bool among(const char *name, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], name) == 0)
            return true;
    return false;
}

/* With a '_' behind it if `taken`. */
static const char *escape(arena *a, const char *name, bool taken)
{
    return taken ? arena_printf(a, "%s_", name) : name;
}

static const char *global(arena *a, const char *name)
{
    return escape(a, name, reserved_global(name));
}

/* In C++ a member cannot have the name of a type that its struct uses. */
static bool is_used(arena *a, const model_type *t, const char *name)
{
    while (t && t->kind == KIND_OPTIONAL)
        t = t->element;
    return t && t->kind >= KIND_ENUM && strcmp(cname_type(a, t), name) == 0;
}

static bool is_used_in(arena *a, const model_record *r, const char *name)
{
    for (size_t i = 0; i < r->fields.count; i++)
        if (is_used(a, ((const model_field *)r->fields.items[i])->type, name))
            return true;
    return false;
}

const char *cname_handler(arena *a, const model_interface *f, const char *name)
{
    bool taken = reserved_word(name);
    for (size_t i = 0; i < f->methods.count && !taken; i++) {
        const model_method *m = f->methods.items[i];
        taken = is_used(a, m->result, name) || is_used_in(a, m->params, name);
    }
    for (size_t i = 0; i < f->subscriptions.count && !taken; i++) {
        const model_subscription *s = f->subscriptions.items[i];
        taken = s->event && strcmp(cname_record(a, s->event), name) == 0;
    }
    return escape(a, name, taken);
}

const char *cname_field(arena *a, const model_record *r, const char *name)
{
    bool taken = reserved_word(name);
    if (r->kind == RECORD_PARAMS) /* a parameter shadows what has its name at file scope */
        taken = taken || among(name, own_parameters, sizeof own_parameters / sizeof *own_parameters) ||
                table_get(&r->unit->c_names, name);
    else
        taken = taken || is_used_in(a, r, name);
    return escape(a, name, taken);
}

/* OutOfStock -> out_of_stock, HTTPServer -> http_server, shop.order -> shop_order. */
static char *snake(arena *a, const char *name)
{
    char *out = arena_alloc(a, 2 * strlen(name) + 1);
    size_t n = 0;
    for (size_t i = 0; name[i]; i++) {
        unsigned char c = (unsigned char)name[i], before = i ? (unsigned char)name[i - 1] : '_', after = (unsigned char)name[i + 1];
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
    return u->name_space[0] ? arena_printf(a, "%s_%s", u->name_space, name) : name;
}

const char *cname_record(arena *a, const model_record *r)
{
    return global(a, in_namespace(a, r->unit, undotted(a, r->name)));
}

const char *cname_record_fn(arena *a, const model_record *r)
{
    return snake(a, in_namespace(a, r->unit, r->name));
}

const char *cname_enum(arena *a, const model_enum *e)
{
    return global(a, in_namespace(a, e->unit, e->name));
}

const char *cname_enum_fn(arena *a, const model_enum *e)
{
    return snake(a, in_namespace(a, e->unit, e->name));
}

const char *cname_value(arena *a, const model_enum *e, const char *value)
{
    return upper(arena_printf(a, "%s_%s", cname_enum_fn(a, e), value));
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
    return i->prefix ? i->prefix : snake(a, i->name);
}

const char *cname_method(arena *a, const model_interface *i, const model_method *m)
{
    return global(a, arena_printf(a, "%s_%s", cname_interface(a, i), m->name));
}

const char *cname_guard(arena *a, const char *file)
{
    char *out = upper(arena_printf(a, "%s_H", file));
    for (char *p = out; *p; p++)
        if (!isalnum((unsigned char)*p))
            *p = '_';
    return isdigit((unsigned char)*out) ? arena_printf(a, "H_%s", out) : out;
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
        return cname_enum(a, t->enumeration);
    case KIND_STRUCT:
        return cname_record(a, t->record);
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
    return arena_printf(a, "%s%s", is_builtin(t) ? "lymph_" : "", cname_stem(a, t));
}

const char *cname_type(arena *a, const model_type *t)
{
    switch (t->kind) {
    case KIND_ENUM:
    case KIND_STRUCT:
        return cname_stem(a, t);
    case KIND_LIST:
    case KIND_SET:
    case KIND_MAP:
        return container(a, t);
    case KIND_OPTIONAL:
        return t->element->kind == KIND_STRING ? "const char *" : arena_printf(a, "const %s", cname_declare(a, cname_type(a, t->element), "*"));
    default:
        return scalars[t->kind].type;
    }
}

const char *cname_entry(arena *a, const model_type *map)
{
    return arena_printf(a, "%s_entry", container(a, map));
}

const char *cname_declare(arena *a, const char *type, const char *name)
{
    return arena_printf(a, type[strlen(type) - 1] == '*' ? "%s%s" : "%s %s", type, name);
}

bool cname_is_predefined(const model_type *t)
{
    return (t->kind == KIND_LIST || t->kind == KIND_SET) && t->element->kind <= KIND_ANY;
}

const char *cname_descriptor(arena *a, const model_type *t)
{
    switch (t->kind) {
    case KIND_ENUM:
    case KIND_STRUCT:
        return arena_printf(a, "%s_type", cname_stem(a, t));
    case KIND_LIST:
        return arena_printf(a, "list_of_%s", cname_descriptor(a, t->element));
    case KIND_SET:
        return arena_printf(a, "set_of_%s", cname_descriptor(a, t->element));
    case KIND_MAP:
        return arena_printf(a, "map_of_%s_%s", cname_descriptor(a, t->key), cname_descriptor(a, t->element));
    case KIND_OPTIONAL:
        return arena_printf(a, "optional_%s", cname_descriptor(a, t->element));
    default:
        return arena_printf(a, "lymph_type_%s", t->kind == KIND_ANY ? "any" : scalars[t->kind].stem);
    }
}
