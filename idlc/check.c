/* check.c: declarations: every name is known before anything is looked into. */
#include "check.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

#define EVENT_MAX 150 /* AMQP allows 255 for the name of a queue, which holds an interface's name and the event's */

static const char *const builtin_names[] = {"bool",   "int8",     "int16",  "int32",   "int64",   "uint8",
                                            "uint16", "uint32",   "uint64", "float32", "float64", "string",
                                            "bytes",  "datetime", "date",   "time",    "decimal", "uuid",
                                            "any",    "list",     "set",    "map",     "void"};

static bool is_builtin(const char *name)
{
    for (size_t i = 0; i < sizeof builtin_names / sizeof *builtin_names; i++)
        if (strcmp(builtin_names[i], name) == 0)
            return true;
    return false;
}

/* ---- declaring ---- */

static void declare(checker *c, table *names, scope_file *f, const ast_decl *d)
{
    symbol *s = arena_alloc(c->arena, sizeof *s);
    s->decl = d;
    s->file = f;
    if (d->kind == DECL_EVENT && strlen(d->name.text) > EVENT_MAX) {
        diag_error(c->diag, d->name.at, "the name of an event has at most %d characters", EVENT_MAX);
        return;
    }
    if (names == &c->types && is_builtin(d->name.text)) {
        diag_error(c->diag, d->name.at, "'%s' is a built-in type", d->name.text);
        return;
    }
    const symbol *other = table_put(c->arena, names, d->name.text, s);
    if (other) {
        diag_error(c->diag, d->name.at, "'%s' is declared twice", d->name.text);
        diag_note(c->diag, other->decl->name.at, "the previous declaration is here");
        return;
    }
    if (d->kind == DECL_STRUCT || d->kind == DECL_ERROR || d->kind == DECL_EVENT) {
        s->record = arena_alloc(c->arena, sizeof *s->record);
        *s->record = (model_record){
            .kind = d->kind == DECL_STRUCT  ? RECORD_STRUCT
                    : d->kind == DECL_ERROR ? RECORD_ERROR
                                            : RECORD_EVENT,
            .doc = d->doc,
            .name = d->name.text,
            .unit = f->unit,
            .at = d->name.at,
        };
        list_add(c->arena, &f->unit->records, s->record);
    }
    if (d->kind == DECL_ENUM) {
        s->enumeration = arena_alloc(c->arena, sizeof *s->enumeration);
        *s->enumeration = (model_enum){
            .doc = d->doc, .name = d->name.text, .by_number = d->by_number, .unit = f->unit, .at = d->name.at};
        list_add(c->arena, &f->unit->enums, s->enumeration);
    }
    if (d->kind == DECL_STRUCT || d->kind == DECL_ENUM)
        list_add(c->arena, &c->type_names, (void *)d->name.text);
    if (d->kind == DECL_ERROR)
        list_add(c->arena, &c->error_names, (void *)d->name.text);
    if (d->kind == DECL_EVENT)
        list_add(c->arena, &c->event_names, (void *)d->name.text);
}

static void declare_all(checker *c, scope_file *f)
{
    for (size_t i = 0; i < f->tree->decls.count; i++) {
        const ast_decl *d = f->tree->decls.items[i];
        switch (d->kind) {
        case DECL_IMPORT:
        case DECL_NAMESPACE:
            break;
        case DECL_EVENT:
            declare(c, &c->events, f, d);
            break;
        case DECL_INTERFACE:
            declare(c, &c->interfaces, f, d);
            break;
        default:
            declare(c, &c->types, f, d);
        }
    }
}

/* ---- using ---- */

static bool is_visible(const checker *c, const symbol *s)
{
    if (s->file == c->file)
        return true;
    for (size_t i = 0; i < c->file->imports.count; i++)
        if (c->file->imports.items[i] == s->file)
            return true;
    return false;
}

const symbol *check_symbol(checker *c, const table *symbols, const ast_name *name, const char *what, const list *names)
{
    const symbol *s = table_get(symbols, name->text);
    if (!s) {
        diag_error(c->diag, name->at, "unknown %s '%s'", what, name->text);
        diag_suggest(c->diag, name->text, (const char *const *)names->items, names->count);
        return NULL;
    }
    if (!is_visible(c, s)) {
        diag_error(c->diag, name->at, "'%s' is declared in a file that this one does not import", name->text);
        diag_note(c->diag, s->decl->name.at, "it is declared here");
        diag_hint(c->diag, "import \"%s\";", file_base(s->file->path));
        return NULL;
    }
    return s;
}

/* ---- enums and constants ---- */

/* A value's number; `before` is that of the value before it. False: no C enum can hold it (the smallest number stands
 * for what is not recognized). */
static bool take_number(const ast_value *v, int64_t before, int64_t *number)
{
    errno = 0;
    *number = v->number ? strtoll(v->number->text, NULL, check_base(v->number->text)) : before + 1;
    return !errno && *number > INT32_MIN && *number <= INT32_MAX;
}

static void check_enum(checker *c, const ast_decl *d, model_enum *e)
{
    table names = {0}, numbers = {0};
    int64_t number = -1;
    if (!d->items.count)
        diag_error(c->diag, d->name.at, "an enum has at least one value");
    for (size_t i = 0; i < d->items.count; i++) {
        const ast_value *v = d->items.items[i];
        span at = v->number ? v->number->at : v->name.at;
        if (!take_number(v, number, &number)) {
            diag_error(c->diag, at, "the number of '%s' is not between -2147483647 and 2147483647", v->name.text);
            return;
        }
        model_value *m = arena_alloc(c->arena, sizeof *m);
        *m = (model_value){.doc = v->doc, .name = v->name.text, .number = (int32_t)number, .at = v->name.at};
        const model_value *namesake = table_put(c->arena, &names, m->name, m);
        const model_value *equal = table_put(c->arena, &numbers, arena_printf(c->arena, "%" PRId64, number), m);
        if (namesake) {
            diag_error(c->diag, m->at, "'%s' has the name of another value", m->name);
            diag_note(c->diag, namesake->at, "the other one is here");
        } else if (equal) {
            diag_error(c->diag, at, "'%s' has the number of another value", m->name);
            diag_note(c->diag, equal->at, "the other one is here");
        }
        list_add(c->arena, &e->values, m);
    }
}

static void check_const(checker *c, scope_file *f, const ast_decl *d)
{
    const model_type *type = check_type(c, d->type);
    if (!type)
        return;
    if (type->kind > KIND_STRING) {
        diag_error(c->diag, d->type->at, "a constant is a bool, a number or a string");
        return;
    }
    for (const char *p = d->name.text; *p; p++) {
        if (islower((unsigned char)*p)) {
            diag_error(c->diag, d->name.at, "the name of a constant is written in capitals");
            diag_hint(c->diag, "it becomes a macro in C");
            break;
        }
    }
    model_const *m = arena_alloc(c->arena, sizeof *m);
    *m = (model_const){.doc = d->doc, .name = d->name.text, .type = type, .unit = f->unit, .at = d->name.at};
    m->value = check_literal(c, type, d->literal);
    list_add(c->arena, &f->unit->consts, m);
}

/* What an `http` answers with that raises the error. */
static void check_status(checker *c, const ast_decl *d, model_record *r)
{
    option_spec specs[] = {{"status", OPTION_COUNT, &r->status}};
    check_options(c, &d->options, specs, 1, "an error");
    if (r->status && (r->status < 400 || r->status > 599))
        diag_error(c->diag, d->name.at, "the status of an error is one of 400 to 599");
}

/* ---- structs that hold themselves, or too much ---- */

static bool find_cycle(checker *c, model_record *r, model_record **path, size_t depth)
{
    if (r->visit == 2)
        return false;
    if (r->visit == 1) {
        size_t first = depth - 1;
        while (path[first] != r)
            first--;
        const char *text = r->name;
        for (size_t i = first + 1; i < depth; i++)
            text = arena_printf(c->arena, "%s -> %s", text, path[i]->name);
        diag_error(c->diag, r->at, "struct '%s' would hold itself: %s -> %s", r->name, text, r->name);
        diag_hint(c->diag, "make one of these fields optional ('?') or a list");
        return true;
    }
    if (depth == 64) {
        diag_error(c->diag, r->at, "structs are nested deeper than 64 levels");
        return true;
    }
    r->visit = 1;
    path[depth] = r;
    bool found = false;
    for (size_t i = 0; i < r->fields.count && !found; i++) {
        const model_field *field = r->fields.items[i];
        if (field->type && field->type->kind == KIND_STRUCT)
            found = find_cycle(c, (model_record *)field->type->record, path, depth + 1);
    }
    if (!found)
        check_size(c, r);
    r->visit = 2;
    return found;
}

/* Once all records are measured. */
static void measure_params(checker *c, const model_interface *i)
{
    for (size_t h = 0; h < i->handlers.count; h++)
        if (((const model_handler *)i->handlers.items[h])->kind == HANDLER_RPC)
            check_size(c, ((model_handler *)i->handlers.items[h])->params);
}

/* ---- all ---- */

static void define(checker *c, scope_file *f, const ast_decl *d)
{
    symbol *s = table_get(d->kind == DECL_EVENT ? &c->events : &c->types, d->name.text);
    c->file = f;
    if (d->kind == DECL_INTERFACE) {
        check_interface(c, f, d);
        return;
    }
    if (!s || s->decl != d)
        return; /* a second declaration of the name, or none */
    switch (d->kind) {
    case DECL_CONST:
        check_const(c, f, d);
        break;
    case DECL_ENUM:
        check_enum(c, d, s->enumeration);
        break;
    default:
        check_fields(c, &d->items, s->record);
        if (d->kind == DECL_ERROR)
            check_status(c, d, s->record);
    }
}

void check(scope *s)
{
    checker c = {.scope = s, .arena = s->arena, .diag = s->diag};
    for (size_t i = 0; i < sizeof builtin_names / sizeof *builtin_names; i++)
        list_add(c.arena, &c.type_names, (void *)builtin_names[i]);
    for (size_t i = 0; i < s->files.count; i++)
        declare_all(&c, s->files.items[i]);
    /* Enums first: defaults of fields name their values. */
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < s->files.count; i++) {
            scope_file *f = s->files.items[i];
            for (size_t j = 0; j < f->tree->decls.count; j++) {
                const ast_decl *d = f->tree->decls.items[j];
                int turn = d->kind == DECL_ENUM ? 0 : d->kind == DECL_INTERFACE ? 2 : d->kind < DECL_CONST ? -1 : 1;
                if (turn == round)
                    define(&c, f, d);
            }
        }
    }
    for (size_t i = 0; i < s->files.count; i++) {
        const model_unit *u = ((scope_file *)s->files.items[i])->unit;
        model_record *path[64];
        for (size_t j = 0; j < u->records.count; j++)
            if (find_cycle(&c, u->records.items[j], path, 0))
                break;
    }
    for (size_t i = 0; i < s->files.count; i++) {
        const model_unit *u = ((scope_file *)s->files.items[i])->unit;
        for (size_t j = 0; j < u->interfaces.count; j++)
            measure_params(&c, u->interfaces.items[j]);
    }
}
