/* emit_header.c: the public face: types, proxies, the table of handlers. */
#include <ctype.h>
#include <string.h>

#include "cnames.h"
#include "emit.h"
#include "file.h"
#include "order.h"

/* As a path of C's: relative, and of characters that the name of a file has. */
static bool can_be_included(const char *path)
{
    for (const char *p = path; *p; p++)
        if ((unsigned char)*p < 0x80 && !isalnum((unsigned char)*p) && !strchr("._-+ /", *p))
            return false;
    return path[0] != '/';
}

/* The import's own path is relative to this file or to a folder of -I, and so are the headers if they lie beside their
 * files. */
static void add_imports(data *d, const model_unit *u, bool beside)
{
    list *l = data_list(d, "imports");
    for (size_t i = 0; i < u->imports.count; i++) {
        const char *path = u->import_paths.items[i];
        data_text(data_add(d, l), "import", beside && can_be_included(path) ? path : file_base(path));
    }
}

static void add_consts(arena *a, data *d, const model_unit *u)
{
    list *l = data_list(d, "consts");
    for (size_t i = 0; i < u->consts.count; i++) {
        const model_const *c = u->consts.items[i];
        data *item = data_add(d, l);
        const char *value = emit_preset(a, c->type, &c->value);
        data_text(item, "comment", emit_comment(a, "", c->doc));
        data_text(item, "name", cname_const(a, c));
        data_text(item, "value", value[0] == '-' ? arena_printf(a, "(%s)", value) : value);
    }
}

/* -1, or the smallest number if the user has taken that. */
static const char *unrecognized_number(const model_enum *e)
{
    for (size_t i = 0; i < e->values.count; i++)
        if (((const model_value *)e->values.items[i])->number == -1)
            return "INT32_MIN";
    return "-1";
}

static void add_enums(arena *a, data *d, const model_unit *u)
{
    list *l = data_list(d, "enums");
    for (size_t i = 0; i < u->enums.count; i++) {
        const model_enum *e = u->enums.items[i];
        data *item = data_add(d, l);
        data_text(item, "comment", emit_comment(a, "", e->doc));
        data_text(item, "name", cname_enum(a, e));
        emit_ids(a, item, cname_enum(a, e), cname_enum_ends);
        emit_ids(a, item, cname_enum_fn(a, e), cname_enum_fn_ends);
        data_text(item, "unrecognized", cname_unrecognized(a, e));
        data_text(item, "unrecognized_number", unrecognized_number(e));
        list *values = data_list(item, "values");
        for (size_t j = 0; j < e->values.count; j++) {
            const model_value *v = e->values.items[j];
            data *value = data_add(item, values);
            data_text(value, "comment", emit_comment(a, "    ", v->doc));
            data_text(value, "name", cname_value(a, e, v->name));
            data_text(value, "number", arena_printf(a, "%d", v->number));
        }
    }
}

static void add_containers(arena *a, data *d, const model_unit *u)
{
    list types = order_types(a, u), *l = data_list(d, "containers"), *entries = data_list(d, "entries");
    table seen = {0};
    for (size_t i = 0; i < types.count; i++) {
        const model_type *t = types.items[i];
        if (t->kind == KIND_OPTIONAL || cname_is_predefined(t))
            continue;
        const char *name = cname_type(a, t);
        if (table_put(a, &seen, name, (void *)t))
            continue; /* a list and a set of the same type are one in C */
        data *item = data_add(d, l);
        data_text(item, "name", name);
        data_flag(item, "is_map", t->kind == KIND_MAP);
        if (t->kind != KIND_MAP) {
            const char *element = cname_type(a, t->element);
            bool pointer = element[strlen(element) - 1] == '*';
            data_text(item, "items", arena_printf(a, pointer ? "%sconst *" : "const %s *", element));
            continue;
        }
        data_text(item, "entry", cname_entry(a, t));
        data *entry = data_add(d, entries);
        data_text(entry, "name", cname_entry(a, t));
        data_text(entry, "key", cname_declare(a, cname_type(a, t->key), "key"));
        data_text(entry, "value", cname_declare(a, cname_type(a, t->element), "value"));
    }
}

/* Records that containers and optional values point to are declared before these; the others need not be. */
static table pointed_to(arena *a, const model_unit *u)
{
    table names = {0};
    list types = order_types(a, u);
    for (size_t i = 0; i < types.count; i++) {
        const model_type *element = ((const model_type *)types.items[i])->element;
        if (element->kind == KIND_STRUCT && element->record->unit == u)
            table_put(a, &names, cname_record(a, element->record), (void *)element);
    }
    return names;
}

/* What is sent by name says so: the name in C may differ. */
static const char *record_comment(arena *a, const model_record *r)
{
    if (r->kind == RECORD_STRUCT)
        return r->doc;
    return arena_printf(a, "%s %s%s%s", r->kind == RECORD_ERROR ? "Error" : "Event", r->name, *r->doc ? ": " : ".",
                        r->doc);
}

/* `.quantity = 1`; where there is more than one, each on a line of its own. */
static const char *defaults_text(arena *a, const model_record *r)
{
    buffer b;
    buffer_init(&b, a);
    buffer_add(&b, "");
    size_t count = 0;
    for (size_t i = 0; i < r->fields.count; i++) {
        const model_field *f = r->fields.items[i];
        if (model_is_written(&f->preset))
            buffer_printf(&b, "%s.%s = %s", count++ ? ", \\\n    " : "", f->c_name,
                          emit_preset(a, f->type, &f->preset));
    }
    return count > 1 ? arena_printf(a, "\\\n    %s", b.text) : b.text;
}

/* Parameters have names for their defaults: a call has to write them. */
static void add_parameter_defaults(arena *a, data *d, const char *method, const model_handler *h)
{
    list *l = data_list(d, "parameter_defaults");
    for (size_t i = 0; i < h->params->fields.count; i++) {
        const model_field *f = h->params->fields.items[i];
        if (!model_is_written(&f->preset))
            continue;
        const char *value = emit_preset(a, f->type, &f->preset);
        data *item = data_add(d, l);
        data_text(item, "parameter_default", cname_default(a, method, f));
        data_text(item, "value",
                  arena_printf(a,
                               f->preset.kind == PRESET_DECIMAL ? "((lymph_decimal)%s)"
                               : f->preset.kind == PRESET_BYTES ? "((lymph_bytes)%s)"
                               : *value == '-'                  ? "(%s)"
                                                                : "%s",
                               value));
    }
}

static void add_records(arena *a, data *d, const model_unit *u)
{
    list records = order_records(a, u), *l = data_list(d, "records");
    table forward = pointed_to(a, u);
    data_flag(d, "has_forwards", forward.count > 0);
    for (size_t i = 0; i < records.count; i++) {
        const model_record *r = records.items[i];
        data *item = data_add(d, l);
        data_text(item, "comment", emit_comment(a, "", record_comment(a, r)));
        emit_record(a, item, r);
        data_flag(item, "forward", table_get(&forward, cname_record(a, r)));
        data_text(item, "defaults_text", defaults_text(a, r));
        emit_members(a, item, "members", r);
    }
}

static void add_pointer(arena *a, data *d, const model_handler *h)
{
    list parameters = emit_parameters(a, h, true);
    const char *doc = h->doc;
    if (h->kind == HANDLER_ON && !*doc)
        doc = arena_printf(a, "Events of type %s.", h->pattern);
    if (h->kind == HANDLER_HTTP)
        doc = arena_printf(a, "%s %s%s%s", h->verb, h->path, *doc ? "\n" : "", doc);
    data_text(d, "comment", emit_comment(a, "    ", doc));
    data_text(d, "decl", emit_prototype(a, "    lymph_status", arena_printf(a, "(*%s)", h->c_name), &parameters));
}

static void add_proxy(arena *a, data *d, const model_interface *f, const model_handler *h)
{
    const char *why = h->options.deprecated, *doc = h->doc;
    if (why)
        doc = arena_printf(a, "%s%sDeprecated: %s", doc, *doc ? "\n" : "", why);
    data_text(d, "comment", emit_comment(a, "", doc));
    emit_proxy(a, d, f, h);
    add_parameter_defaults(a, d, cname_method(a, f, h), h);
}

static void add_handlers(arena *a, data *d, const model_interface *f)
{
    list *handlers = data_list(d, "handlers"), *methods = data_list(d, "methods");
    for (size_t i = 0; i < f->handlers.count; i++) {
        const model_handler *h = f->handlers.items[i];
        add_pointer(a, data_add(d, handlers), h);
        if (h->kind == HANDLER_RPC)
            add_proxy(a, data_add(d, methods), f, h);
    }
}

static void add_interfaces(arena *a, data *d, const model_unit *u)
{
    list *l = data_list(d, "interfaces");
    for (size_t i = 0; i < u->interfaces.count; i++) {
        const model_interface *f = u->interfaces.items[i];
        data *item = data_add(d, l);
        const char *title = arena_printf(a, "Interface %s%s%s%s%s", f->name, f->version ? " " : "",
                                         f->version ? f->version : "", *f->doc ? ": " : ".", f->doc);
        data_text(item, "comment", emit_comment(a, "", title));
        emit_interface(a, item, f);
        add_handlers(a, item, f);
    }
}

data *emit_header(arena *a, const model_unit *u, bool beside)
{
    data *d = emit_file(a, u);
    data_text(d, "guard", cname_guard(a, u));
    add_imports(d, u, beside);
    add_consts(a, d, u);
    add_enums(a, d, u);
    add_containers(a, d, u);
    add_records(a, d, u);
    add_interfaces(a, d, u);
    return d;
}
