/* emit_skeleton.c: the file that the user fills in, written only once. */
#include "cnames.h"
#include "emit.h"
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

static data *add_handler(skeleton *s, data *interface, list *handlers, const model_interface *f, const char *name, const char *doc,
                         const list *parameters)
{
    arena *a = s->arena;
    const char *member = cname_handler(a, f, name), *function = function_name(s, f, member);
    data *item = data_add(interface, handlers);
    data_text(item, "comment", emit_comment(a, "", doc));
    data_text(item, "member", member);
    data_text(item, "function", function);
    data_text(item, "prototype", emit_prototype(a, "static lymph_status", function, parameters));
    data_text(item, "subject", arena_printf(a, "%s.%s", f->name, name));
    return item;
}

static void add_methods(skeleton *s, data *interface, list *handlers, const model_interface *f)
{
    arena *a = s->arena;
    for (size_t i = 0; i < f->methods.count; i++) {
        const model_method *m = f->methods.items[i];
        list parameters = emit_parameters(a, m, true);
        data *item = add_handler(s, interface, handlers, f, m->name, m->doc, &parameters);
        list *unused = data_list(item, "unused");
        for (size_t p = 0; p < m->params->fields.count; p++)
            data_text(data_add(item, unused), "parameter", cname_field(a, m->params, ((const model_field *)m->params->fields.items[p])->name));
        if (m->result)
            data_text(data_add(item, unused), "parameter", "result");
    }
}

static void add_subscriptions(skeleton *s, data *interface, list *handlers, const model_interface *f)
{
    for (size_t i = 0; i < f->subscriptions.count; i++) {
        const model_subscription *sub = f->subscriptions.items[i];
        list parameters = emit_handler_parameters(s->arena, sub);
        data *item = add_handler(s, interface, handlers, f, sub->name, sub->doc, &parameters);
        data_text(data_add(item, data_list(item, "unused")), "parameter", "event");
    }
}

data *emit_skeleton(arena *a, const model_unit *u)
{
    skeleton s = {.arena = a, .unit = u};
    data *d = emit_file(a, u);
    list *l = data_list(d, "interfaces");
    for (size_t i = 0; i < u->interfaces.count; i++) {
        const model_interface *f = u->interfaces.items[i];
        data *item = data_add(d, l);
        data_text(item, "symbol", f->name);
        data_text(item, "prefix", cname_interface(a, f));
        list *handlers = data_list(item, "handlers");
        add_methods(&s, item, handlers, f);
        add_subscriptions(&s, item, handlers, f);
    }
    return d;
}
