/* check_type.c: types, fields and their defaults. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define FIELDS_MAX 1000
#define STRING_MAX 3000 /* C99 promises 4095 characters in a literal, the quotes and escapes of the source aside */

static const struct {
    const char *name;
    model_kind kind;
} scalars[] = {
    {"bool", KIND_BOOL},       {"int8", KIND_INT8},         {"int16", KIND_INT16},     {"int32", KIND_INT32},
    {"int64", KIND_INT64},     {"uint8", KIND_UINT8},       {"uint16", KIND_UINT16},   {"uint32", KIND_UINT32},
    {"uint64", KIND_UINT64},   {"float32", KIND_FLOAT32},   {"float64", KIND_FLOAT64}, {"string", KIND_STRING},
    {"bytes", KIND_BYTES},     {"datetime", KIND_DATETIME}, {"date", KIND_DATE},       {"time", KIND_TIME},
    {"decimal", KIND_DECIMAL}, {"uuid", KIND_UUID},         {"any", KIND_ANY},
};

static const struct {
    const char *name;
    model_kind kind;
    size_t args;
} containers[] = {{"list", KIND_LIST, 1}, {"set", KIND_SET, 1}, {"map", KIND_MAP, 2}};

static model_type *new_type(checker *c, model_kind kind, span at)
{
    model_type *t = arena_alloc(c->arena, sizeof *t);
    t->kind = kind;
    t->at = at;
    return t;
}

static bool can_be_key(model_kind kind)
{
    return kind <= KIND_UINT64 || kind == KIND_STRING || kind == KIND_ENUM;
}

static bool can_be_in_set(model_kind kind)
{
    return kind < KIND_ANY || kind == KIND_ENUM;
}

static const model_type *check_container(checker *c, const ast_type *t, model_kind kind, size_t args)
{
    if (t->args.count != args) {
        diag_error(c->diag, t->at, "'%s' takes %zu type%s in '<…>'", t->name.text, args, args == 1 ? "" : "s");
        return NULL;
    }
    model_type *m = new_type(c, kind, t->at);
    if (kind == KIND_MAP) {
        const ast_type *key = t->args.items[0];
        m->key = check_type(c, key);
        if (m->key && !can_be_key(m->key->kind)) {
            diag_error(c->diag, key->at, "a map's key is a string, an integer, a bool or an enum");
            return NULL;
        }
        if (!m->key)
            return NULL;
    }
    const ast_type *element = t->args.items[args - 1];
    m->element = check_type(c, element);
    if (m->element && kind == KIND_SET && !can_be_in_set(m->element->kind)) {
        diag_error(c->diag, element->at,
                   "a set holds values that compare as a whole: no containers, structs, 'any' or optional ones");
        return NULL;
    }
    return m->element ? m : NULL;
}

static const model_type *check_named(checker *c, const ast_type *t)
{
    if (strcmp(t->name.text, "void") == 0) {
        diag_error(c->diag, t->name.at, "'void' stands only for the result of an rpc that has none");
        return NULL;
    }
    const symbol *s = check_symbol(c, &c->types, &t->name, "type", &c->type_names);
    if (!s)
        return NULL;
    if (s->record && s->record->kind == RECORD_STRUCT) {
        model_type *m = new_type(c, KIND_STRUCT, t->at);
        m->record = s->record;
        return m;
    }
    if (s->enumeration) {
        model_type *m = new_type(c, KIND_ENUM, t->at);
        m->enumeration = s->enumeration;
        return m;
    }
    diag_error(c->diag, t->name.at, "'%s' is no type", t->name.text);
    diag_note(c->diag, s->decl->name.at, "it is declared here");
    return NULL;
}

static const model_type *check_plain(checker *c, const ast_type *t)
{
    for (size_t i = 0; i < sizeof containers / sizeof *containers; i++)
        if (strcmp(containers[i].name, t->name.text) == 0)
            return check_container(c, t, containers[i].kind, containers[i].args);
    if (t->args.count) {
        diag_error(c->diag, t->at, "'%s' takes no types in '<…>'", t->name.text);
        return NULL;
    }
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
        if (strcmp(scalars[i].name, t->name.text) == 0)
            return new_type(c, scalars[i].kind, t->at);
    return check_named(c, t);
}

const model_type *check_type(checker *c, const ast_type *t)
{
    const model_type *plain = check_plain(c, t);
    if (!plain || !t->optional)
        return plain;
    model_type *m = new_type(c, KIND_OPTIONAL, t->at);
    m->element = plain;
    return m;
}

/* ---- literals ---- */

static const char *kind_name(model_kind kind)
{
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
        if (scalars[i].kind == kind)
            return scalars[i].name;
    return "this type";
}

int check_base(const char *text)
{
    text += *text == '-';
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
}

static bool fits(model_kind kind, const char *text)
{
    static const int bits[] = {[KIND_INT8] = 8, [KIND_INT16] = 16, [KIND_INT32] = 32, [KIND_INT64] = 64};
    static const int unsigned_bits[] = {[KIND_UINT8] = 8, [KIND_UINT16] = 16, [KIND_UINT32] = 32, [KIND_UINT64] = 64};
    errno = 0;
    if (kind >= KIND_UINT8) {
        unsigned long long n = strtoull(text, NULL, check_base(text));
        return !errno && text[0] != '-' && (unsigned_bits[kind] == 64 || n >> unsigned_bits[kind] == 0);
    }
    long long n = strtoll(text, NULL, check_base(text));
    int shift = bits[kind] - 1;
    return !errno && (shift == 63 || (n >= -(1LL << shift) && n < 1LL << shift));
}

/* Decimal, so that a leading zero does not make an octal number of it in C. */
static const char *integer_text(checker *c, const char *text)
{
    bool negative = text[0] == '-';
    const char *digits = text + negative;
    unsigned long long n = strtoull(digits, NULL, check_base(digits));
    return arena_printf(c->arena, "%s%llu", negative ? "-" : "", n);
}

/* Neither too great nor so small that nothing is left of it. A number below the normal ones is in range for us, though
 * not for errno. */
static bool float_fits(model_kind kind, const char *text)
{
    errno = 0;
    double value = kind == KIND_FLOAT32 ? (double)strtof(text, NULL) : strtod(text, NULL);
    return !errno || (value < 1 && value > -1 && (value < 0 || value > 0));
}

/* With a point or an exponent, so that it is no integer in C. */
static const char *float_text(checker *c, const char *text)
{
    if (check_base(text) == 16)
        return arena_printf(c->arena, "%.1f", strtod(text, NULL));
    return strpbrk(text, ".eE") ? text : arena_printf(c->arena, "%s.0", text);
}

static model_preset check_enum_literal(checker *c, const model_enum *e, const ast_literal *l)
{
    list names = {0};
    for (size_t i = 0; i < e->values.count; i++) {
        const model_value *v = e->values.items[i];
        if ((l->kind == LITERAL_NAME || l->kind == LITERAL_BOOL) && strcmp(v->name, l->text) == 0)
            return (model_preset){PRESET_ENUM, v->name};
        list_add(c->arena, &names, (void *)v->name);
    }
    diag_error(c->diag, l->at, "'%s' is no value of %s", l->text, e->name);
    diag_suggest(c->diag, l->text, (const char *const *)names.items, names.count);
    return (model_preset){PRESET_NONE, NULL};
}

model_preset check_literal(checker *c, const model_type *type, const ast_literal *l)
{
    model_kind kind = type->kind;
    if (kind == KIND_ENUM)
        return check_enum_literal(c, type->enumeration, l);
    if (kind == KIND_BOOL && l->kind == LITERAL_BOOL)
        return (model_preset){PRESET_BOOL, l->text};
    if ((kind == KIND_STRING || kind == KIND_BYTES) && l->kind == LITERAL_STRING) {
        if (strlen(l->text) <= STRING_MAX)
            return (model_preset){kind == KIND_STRING ? PRESET_STRING : PRESET_BYTES, l->text};
        diag_error(c->diag, l->at, "a text of more than %d bytes is too long for some C compilers", STRING_MAX);
        return (model_preset){PRESET_NONE, NULL};
    }
    bool is_float = kind == KIND_FLOAT32 || kind == KIND_FLOAT64, is_integer = kind >= KIND_INT8 && kind <= KIND_UINT64;
    if ((is_float && (l->kind == LITERAL_FLOAT || l->kind == LITERAL_INT)) || (is_integer && l->kind == LITERAL_INT)) {
        if (is_float ? float_fits(kind, l->text) : fits(kind, l->text))
            return (model_preset){PRESET_NUMBER, is_integer ? integer_text(c, l->text) : float_text(c, l->text)};
        diag_error(c->diag, l->at, "%s does not fit into %s", l->text, kind_name(kind));
        return (model_preset){PRESET_NONE, NULL};
    }
    if (kind == KIND_DECIMAL && (l->kind == LITERAL_FLOAT || (l->kind == LITERAL_INT && check_base(l->text) == 10)))
        return (model_preset){PRESET_DECIMAL, l->text};
    if (l->kind == LITERAL_EMPTY && strcmp(l->text, kind == KIND_MAP ? "{}" : "[]") == 0 &&
        (kind == KIND_LIST || kind == KIND_SET || kind == KIND_MAP))
        return (model_preset){PRESET_EMPTY, NULL};
    if (kind == KIND_BYTES)
        diag_error(c->diag, l->at, "the default of bytes is a text: \"\"");
    else if (kind <= KIND_STRING || kind == KIND_DECIMAL)
        diag_error(c->diag, l->at, "this is no %s", kind_name(kind));
    else if (kind == KIND_LIST || kind == KIND_SET || kind == KIND_MAP)
        diag_error(c->diag, l->at, "the default of a %s is empty: %s", kind == KIND_MAP ? "map" : "list or set",
                   kind == KIND_MAP ? "{}" : "[]");
    else
        diag_error(c->diag, l->at, "only bools, numbers, decimals, strings, bytes, enums and containers have defaults");
    return (model_preset){PRESET_NONE, NULL};
}

/* A constant's name stands for its value; where an enum is expected it is one of its names. */
static model_preset check_default(checker *c, const model_type *type, const ast_literal *l)
{
    const symbol *s = l->kind == LITERAL_NAME && type->kind != KIND_ENUM ? table_get(&c->types, l->text) : NULL;
    if (!s || s->decl->kind != DECL_CONST)
        return check_literal(c, type, l);
    const ast_name name = {l->text, l->at};
    if (!check_symbol(c, &c->types, &name, "constant", &c->type_names))
        return (model_preset){PRESET_NONE, NULL};
    ast_literal value = *s->decl->literal;
    value.at = l->at;
    return check_literal(c, type, &value);
}

/* ---- fields ---- */

/* Two keys of an error's body have a meaning of their own. */
static void check_error_field(checker *c, const model_field *field)
{
    const model_type *type = field->type->kind == KIND_OPTIONAL ? field->type->element : field->type;
    if (strcmp(field->name, "type") == 0) {
        diag_error(c->diag, field->at, "'type' is where an error's name is sent");
        diag_hint(c->diag, "give the field another name");
    } else if (strcmp(field->name, "message") == 0 && type->kind != KIND_STRING) {
        diag_error(c->diag, field->type->at, "the 'message' of an error is a string");
    }
}

void check_fields(checker *c, const list *nodes, model_record *record)
{
    table names = {0};
    if (nodes->count > FIELDS_MAX)
        diag_error(c->diag, record->at, "more than %d fields", FIELDS_MAX);
    for (size_t i = 0; i < nodes->count; i++) {
        const ast_field *n = nodes->items[i];
        model_field *field = arena_alloc(c->arena, sizeof *field);
        *field = (model_field){.doc = n->doc, .name = n->name.text, .at = n->name.at};
        const model_field *other = table_put(c->arena, &names, n->name.text, field);
        if (other) {
            diag_error(c->diag, n->name.at, "'%s' is there twice", n->name.text);
            diag_note(c->diag, other->at, "the first one is here");
        }
        const ast_literal *min = NULL, *max = NULL;
        option_spec specs[] = {
            {"sensitive", OPTION_FLAG, &field->sensitive},
            {"deprecated", OPTION_FLAG, &field->deprecated},
            {"min", OPTION_NUMBER, &min},
            {"max", OPTION_NUMBER, &max},
        };
        check_options(c, &n->options, specs, sizeof specs / sizeof *specs,
                      record->kind == RECORD_PARAMS ? "a parameter" : "a field");
        field->type = check_type(c, n->type);
        if (!field->type)
            continue;
        if (record->kind == RECORD_ERROR)
            check_error_field(c, field);
        if (n->preset && field->type->kind == KIND_OPTIONAL)
            diag_error(c->diag, n->preset->at, "an optional %s is absent by default",
                       record->kind == RECORD_PARAMS ? "parameter" : "field");
        else if (n->preset)
            field->preset = check_default(c, field->type, n->preset);
        check_limits(c, field, min, max, n->preset);
        list_add(c->arena, &record->fields, field);
    }
}
