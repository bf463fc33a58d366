/* emit_skeleton.c: the file that the user fills in, written only once. */
#include "cnames.h"
#include "emit.h"
#include "file.h"
#include "reserved.h"

typedef struct skeleton {
    arena *arena;
    const model_unit *unit;
    table functions; /* names that the file has given to handlers already */
} skeleton;

/* Handlers are called as their members, but for names that mean something else in the file: then the interface's name
 * comes before and "handler" behind. */
static const char *function_name(skeleton *s, const model_interface *f, const char *member)
{
    const char *name = member;
    if (reserved_global(name) || table_get(&s->unit->c_names, name) || table_get(&s->functions, name))
        name = arena_printf(s->arena, "%s_%s_handler", cname_interface(s->arena, f), member);
    while (table_get(&s->unit->c_names, name) || table_put(s->arena, &s->functions, name, (void *)name))
        name = arena_printf(s->arena, "%s_", name);
    return name;
}

/* "out_of_stock_raise(ctx, &(OutOfStock){ .sku = ..., .left = ... })": how a record is raised or emitted. */
static const char *call(arena *a, const model_record *r, const char *verb)
{
    enum { SHOWN = 4 };
    buffer b;
    buffer_init(&b, a);
    buffer_printf(&b, "%s(ctx, &(%s){ ", cname_with(a, cname_record_fn(a, r), verb), cname_record(a, r));
    for (size_t i = 0; i < r->fields.count && i < SHOWN; i++)
        buffer_printf(&b, "%s.%s = ...", i ? ", " : "", ((const model_field *)r->fields.items[i])->c_name);
    buffer_add(&b, !r->fields.count ? "0 })" : r->fields.count > SHOWN ? ", ... })" : " })");
    return b.text;
}

static void add_calls(arena *a, data *d, const char *name, const char *flag, const list *records, const char *verb)
{
    list *l = data_list(d, name);
    for (size_t i = 0; i < records->count; i++)
        data_text(data_add(d, l), "call", call(a, records->items[i], verb));
    data_flag(d, flag, records->count > 0);
}

static void add_handler(skeleton *s, data *item, const model_interface *f, const model_handler *h)
{
    arena *a = s->arena;
    const char *function = function_name(s, f, h->c_name);
    list parameters = emit_parameters(a, h, true);
    data_text(item, "comment", emit_comment(a, "", h->doc));
    data_text(item, "member", h->c_name);
    data_text(item, "function", function);
    data_text(item, "prototype", emit_prototype(a, "static lymph_status", function, &parameters));
    data_text(item, "subject", h->params->name);
    add_calls(a, item, "raises", "has_raises", &h->raises, "_raise");
    list *unused = data_list(item, "unused");
    for (size_t i = 0; i < h->params->fields.count; i++)
        data_text(data_add(item, unused), "parameter", ((const model_field *)h->params->fields.items[i])->c_name);
    if (h->result)
        data_text(data_add(item, unused), "parameter", "result");
}

/* The generated sources of everything that is imported, each once: they are part of the module, too. */
static void add_imported(arena *a, data *d, list *l, table *seen, const model_unit *u)
{
    for (size_t i = 0; i < u->imports.count; i++) {
        const model_unit *imported = u->imports.items[i];
        const char *name = file_base(imported->file->path);
        if (table_put(a, seen, name, (void *)name))
            continue;
        data_text(data_add(d, l), "source", name);
        add_imported(a, d, l, seen, imported);
    }
}

data *emit_skeleton(arena *a, const model_unit *u)
{
    skeleton s = {.arena = a, .unit = u};
    data *d = emit_file(a, u);
    data_text(d, "module", file_stem(a, u->file->path));
    add_imported(a, d, data_list(d, "imported"), &(table){0}, u);
    list *l = data_list(d, "interfaces");
    for (size_t i = 0; i < u->interfaces.count; i++) {
        const model_interface *f = u->interfaces.items[i];
        data *item = data_add(d, l);
        emit_interface(a, item, f);
        add_calls(a, item, "emits", "has_emits", &f->emits, "_emit");
        list *handlers = data_list(item, "handlers");
        for (size_t j = 0; j < f->handlers.count; j++)
            add_handler(&s, data_add(item, handlers), f, f->handlers.items[j]);
    }
    return d;
}
