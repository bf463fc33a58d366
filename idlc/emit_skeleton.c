/* emit_skeleton.c: the file that the user fills in, written only once. */
#include "cnames.h"
#include "emit.h"

static void add_handler(arena *a, data *item, const char *name, const char *doc, const list *parameters, const char *body)
{
    const char *member = cname_member(a, name);
    data_text(item, "comment", emit_comment(a, "", doc));
    data_text(item, "name", member);
    data_text(item, "prototype", emit_prototype(a, "static lymph_status", member, parameters));
    data_text(item, "body", body);
}

data *emit_skeleton(arena *a, const model_unit *u)
{
    data *d = emit_file(a, u);
    list *l = data_list(d, "interfaces");
    for (size_t i = 0; i < u->interfaces.count; i++) {
        const model_interface *f = u->interfaces.items[i];
        data *item = data_add(d, l);
        data_text(item, "symbol", cname_member(a, f->name));
        data_text(item, "prefix", cname_interface(a, f));
        list *handlers = data_list(item, "handlers");
        for (size_t m = 0; m < f->methods.count; m++) {
            const model_method *method = f->methods.items[m];
            list parameters = emit_parameters(a, method, true);
            add_handler(a, data_add(item, handlers), method->name, method->doc, &parameters,
                        arena_printf(a, "return lymph_fail(ctx, LYMPH_ENACK, \"%s is not written yet\");", method->params->name));
        }
        for (size_t s = 0; s < f->subscriptions.count; s++) {
            const model_subscription *sub = f->subscriptions.items[s];
            list parameters = emit_handler_parameters(a, sub);
            add_handler(a, data_add(item, handlers), sub->name, sub->doc, &parameters,
                        arena_printf(a, "return lymph_fail(ctx, LYMPH_ENACK, \"%s.%s is not written yet\");", f->name, sub->name));
        }
    }
    return d;
}
