#include "cnames.h"

#include <ctype.h>
#include <string.h>

/* Words that cannot be names in C or C++, and macros of headers that generated code or nearly every program includes. */
static const char *const reserved[] = {
    "alignas", "alignof", "and", "and_eq", "asm", "assert", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char", "char16_t",
    "char32_t", "char8_t", "class", "co_await", "co_return", "co_yield", "compl", "concept", "const", "const_cast", "consteval", "constexpr",
    "constinit", "continue", "decltype", "default", "delete", "do", "double", "dynamic_cast", "else", "enum", "errno", "explicit", "export",
    "extern", "false", "final", "float", "for", "friend", "goto", "if", "import", "inline", "int", "linux", "long", "major", "minor", "module",
    "mutable", "namespace", "new", "noexcept", "not", "not_eq", "nullptr", "offsetof", "operator", "or", "or_eq", "override", "private",
    "protected", "public", "register", "reinterpret_cast", "requires", "restrict", "return", "short", "signed", "sizeof", "static",
    "static_assert", "static_cast", "stderr", "stdin", "stdout", "struct", "switch", "template", "this", "thread_local", "throw", "true",
    "try", "typedef", "typeid", "typename", "typeof", "union", "unix", "unsigned", "using", "va_arg", "virtual", "void", "volatile", "wchar_t",
    "while", "xor", "xor_eq", "NULL", "EOF",
};

/* Parameters of generated functions beside the user's own. */
static const char *const own_parameters[] = {"ctx", "result", "future", "params"};

static bool among(const char *name, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], name) == 0)
            return true;
    return false;
}

static const char *escape(arena *a, const char *name)
{
    return among(name, reserved, sizeof reserved / sizeof *reserved) ? arena_printf(a, "%s_", name) : name;
}

const char *cname_member(arena *a, const char *name)
{
    return escape(a, name);
}

const char *cname_field(arena *a, const model_record *r, const char *name)
{
    bool clash = r->kind == RECORD_PARAMS && among(name, own_parameters, sizeof own_parameters / sizeof *own_parameters);
    return clash ? arena_printf(a, "%s_", name) : escape(a, name);
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
    return escape(a, in_namespace(a, r->unit, undotted(a, r->name)));
}

const char *cname_record_fn(arena *a, const model_record *r)
{
    return snake(a, in_namespace(a, r->unit, r->name));
}

const char *cname_enum(arena *a, const model_enum *e)
{
    return escape(a, in_namespace(a, e->unit, e->name));
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
    return escape(a, in_namespace(a, c->unit, c->name));
}

const char *cname_interface(arena *a, const model_interface *i)
{
    return i->prefix ? i->prefix : snake(a, i->name);
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

/* ---- collisions ---- */

typedef struct taken {
    span at;
} taken;

typedef struct names {
    arena *arena;
    diag *diag;
    table names;
    list units;
} names;

static void take(names *n, const char *name, span at)
{
    taken *t = arena_alloc(n->arena, sizeof *t);
    t->at = at;
    if (strncmp(name, "lymph_", 6) == 0) {
        diag_error(n->diag, at, "this would be '%s' in C, and names that begin with lymph_ belong to the runtime", name);
        diag_hint(n->diag, "an interface can have other C names: interface X [prefix = name]; types, a namespace");
        return;
    }
    const taken *other = table_put(n->arena, &n->names, name, t);
    if (!other)
        return;
    diag_error(n->diag, at, "this would be '%s' in C, a name that is taken", name);
    diag_note(n->diag, other->at, "by this");
    diag_hint(n->diag, "rename one; interfaces can have other C names: interface X [prefix = name]; types, a namespace");
}

static void take_with(names *n, const char *begin, const char *const *ends, size_t count, span at)
{
    for (size_t i = 0; i < count; i++)
        take(n, arena_printf(n->arena, "%s%s", begin, ends[i]), at);
}

static void take_record(names *n, const model_record *r)
{
    static const char *const ends[] = {"", "_record", "_fields"}, *const struct_ends[] = {"_type"};
    static const char *const error_fns[] = {"_copy", "_raise", "_caught"}, *const event_fns[] = {"_copy", "_emit"};
    take_with(n, cname_record(n->arena, r), ends, 3, r->at);
    if (r->kind == RECORD_STRUCT)
        take_with(n, cname_record(n->arena, r), struct_ends, 1, r->at);
    if (r->kind == RECORD_EVENT)
        take_with(n, cname_record_fn(n->arena, r), event_fns, 2, r->at);
    else
        take_with(n, cname_record_fn(n->arena, r), error_fns, r->kind == RECORD_ERROR ? 3 : 1, r->at);
}

static void take_enum(names *n, const model_enum *e)
{
    static const char *const ends[] = {"", "_type", "_enum", "_values"}, *const fns[] = {"_name", "_from_name"};
    take_with(n, cname_enum(n->arena, e), ends, 4, e->at);
    take_with(n, cname_enum_fn(n->arena, e), fns, 2, e->at);
    for (size_t i = 0; i < e->values.count; i++) {
        const model_value *v = e->values.items[i];
        take(n, cname_value(n->arena, e, v->name), v->at);
    }
    take(n, cname_unrecognized(n->arena, e), e->at);
}

static void take_interface(names *n, const model_interface *i)
{
    static const char *const ends[] = {"_interface", "_methods", "_emits", "_subscriptions"};
    static const char *const fns[] = {"", "_defer", "_await", "_future", "_params", "_record", "_fields", "_invoke", "_raises"};
    const char *prefix = cname_interface(n->arena, i);
    take_with(n, prefix, ends, 4, i->at);
    if (!i->prefix) {
        take(n, escape(n->arena, i->name), i->at);
        take(n, arena_printf(n->arena, "%s_descriptor", i->name), i->at);
    }
    for (size_t m = 0; m < i->methods.count; m++) {
        const model_method *method = i->methods.items[m];
        take_with(n, arena_printf(n->arena, "%s_%s", prefix, method->name), fns, 9, method->at);
    }
    for (size_t s = 0; s < i->subscriptions.count; s++) {
        const model_subscription *sub = i->subscriptions.items[s];
        take(n, arena_printf(n->arena, "%s_%s_handle", prefix, sub->name), sub->at);
    }
}

static void take_unit(names *n, const model_unit *u)
{
    for (size_t i = 0; i < n->units.count; i++)
        if (n->units.items[i] == u)
            return;
    list_add(n->arena, &n->units, (void *)u);
    for (size_t i = 0; i < u->imports.count; i++)
        take_unit(n, u->imports.items[i]);
    for (size_t i = 0; i < u->consts.count; i++) {
        const model_const *c = u->consts.items[i];
        take(n, cname_const(n->arena, c), c->at);
    }
    for (size_t i = 0; i < u->enums.count; i++)
        take_enum(n, u->enums.items[i]);
    for (size_t i = 0; i < u->records.count; i++)
        take_record(n, u->records.items[i]);
    for (size_t i = 0; i < u->interfaces.count; i++)
        take_interface(n, u->interfaces.items[i]);
}

void cnames_check(arena *a, diag *d, const model_unit *u)
{
    names n = {.arena = a, .diag = d};
    take_unit(&n, u);
}
