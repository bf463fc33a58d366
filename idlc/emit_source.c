/* emit_source.c: the constant tables that describe the unit, and the thin functions over them. */
#include <string.h>

#include "cnames.h"
#include "emit.h"
#include "order.h"

static const char *flags_of_field(arena *a, const model_field *f)
{
    const struct {
        bool is_set;
        const char *flag;
    } flags[] = {{f->sensitive, "LYMPH_FIELD_SENSITIVE"},
                 {f->deprecated, "LYMPH_FIELD_DEPRECATED"},
                 {f->min, "LYMPH_FIELD_MIN"},
                 {f->max, "LYMPH_FIELD_MAX"}};
    const char *all = "";
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (flags[i].is_set)
            all = arena_printf(a, "%s%s%s", all, *all ? " | " : "", flags[i].flag);
    return all;
}

/* The fields of a record of C type `type`; the names of its presets begin with `owner`. */
static void add_fields(arena *a, data *d, const model_record *r, const char *type, const char *owner)
{
    list *fields = data_list(d, "fields"), *presets = data_list(d, "presets");
    for (size_t i = 0; i < r->fields.count; i++) {
        const model_field *f = r->fields.items[i];
        const char *preset = "";
        if (f->preset.kind != PRESET_NONE) {
            preset = cname_preset(a, owner, f);
            data *p = data_add(d, presets);
            const char *ctype = cname_type(a, f->type);
            bool pointer = ctype[strlen(ctype) - 1] == '*';
            data_text(p, "decl", cname_declare(a, arena_printf(a, pointer ? "%sconst" : "const %s", ctype), preset));
            data_text(p, "value", emit_preset(a, f->type, &f->preset));
        }
        data *item = data_add(d, fields);
        data_text(item, "field", emit_string(a, f->name));
        data_text(item, "type", cname_descriptor(a, f->type));
        data_text(item, "offset", arena_printf(a, "offsetof(%s, %s)", type, f->c_name));
        data_text(item, "preset", preset);
        data_text(item, "flags", flags_of_field(a, f));
        data_text(item, "min", f->min ? f->min : "");
        data_text(item, "max", f->max ? f->max : "");
    }
    data_text(d, "field_count", arena_printf(a, "%zu", r->fields.count));
    data_flag(d, "has_fields", r->fields.count > 0);
}

static const char *const kind_names[] = {
    [KIND_LIST] = "LYMPH_KIND_LIST",
    [KIND_SET] = "LYMPH_KIND_SET",
    [KIND_MAP] = "LYMPH_KIND_MAP",
    [KIND_OPTIONAL] = "LYMPH_KIND_OPTIONAL",
};

static void add_types(arena *a, data *d, const model_unit *u)
{
    list types = order_types(a, u), *l = data_list(d, "types");
    for (size_t i = 0; i < types.count; i++) {
        const model_type *t = types.items[i];
        data *item = data_add(d, l);
        data_text(item, "name", cname_descriptor(a, t));
        data_text(item, "kind", kind_names[t->kind]);
        data_text(item, "size", cname_type(a, t));
        data_text(item, "element", cname_descriptor(a, t->element));
        data_flag(item, "is_map", t->kind == KIND_MAP);
        data_text(item, "key", t->key ? cname_descriptor(a, t->key) : "");
        data_text(item, "entry", t->key ? cname_entry(a, t) : "");
    }
}

static void add_enums(arena *a, data *d, const model_unit *u)
{
    list *l = data_list(d, "enums");
    for (size_t i = 0; i < u->enums.count; i++) {
        const model_enum *e = u->enums.items[i];
        data *item = data_add(d, l);
        data_text(item, "name", cname_enum(a, e));
        emit_ids(a, item, cname_enum(a, e), cname_enum_ends);
        emit_ids(a, item, cname_enum_fn(a, e), cname_enum_fn_ends);
        data_text(item, "wire", emit_string(a, e->name));
        data_text(item, "count", arena_printf(a, "%zu", e->values.count));
        data_flag(item, "by_number", e->by_number);
        data_text(item, "unrecognized", cname_unrecognized(a, e));
        list *values = data_list(item, "values");
        for (size_t j = 0; j < e->values.count; j++) {
            const model_value *v = e->values.items[j];
            data *value = data_add(item, values);
            data_text(value, "value", emit_string(a, v->name));
            data_text(value, "constant", cname_value(a, e, v->name));
        }
    }
}

static void add_records(arena *a, data *d, const model_unit *u)
{
    list records = order_records(a, u), *l = data_list(d, "records");
    for (size_t i = 0; i < records.count; i++) {
        const model_record *r = records.items[i];
        data *item = data_add(d, l);
        emit_record(a, item, r);
        data_text(item, "wire", emit_string(a, r->name));
        data_text(item, "doc", emit_doc(a, r->doc));
        data_text(item, "status", r->status ? arena_printf(a, "%u", r->status) : "");
        add_fields(a, item, r, cname_record(a, r), cname_record_fn(a, r));
    }
}

/* "p->name, &p->item, result": what the handler is called with. */
static const char *call_arguments(arena *a, const model_handler *h)
{
    buffer b;
    buffer_init(&b, a);
    buffer_add(&b, "ctx");
    for (size_t i = 0; i < h->params->fields.count; i++) {
        const model_field *f = h->params->fields.items[i];
        buffer_printf(&b, ", %sp->%s", emit_by_pointer(f->type) ? "&" : "", f->c_name);
    }
    if (h->result)
        buffer_add(&b, ", result");
    return b.text;
}

/* What a proxy hands to the runtime: where each parameter is. */
static void add_arguments(arena *a, data *d, const model_handler *h)
{
    list *l = data_list(d, "arguments");
    for (size_t i = 0; i < h->params->fields.count; i++) {
        const model_field *f = h->params->fields.items[i];
        const char *address = arena_printf(a, "%s%s", emit_by_pointer(f->type) ? "" : "&", f->c_name);
        data_text(data_add(d, l), "argument", address);
    }
}

static const char *method_flags(const model_options *o)
{
    if (o->idempotent && o->deprecated)
        return "LYMPH_METHOD_IDEMPOTENT | LYMPH_METHOD_DEPRECATED";
    return o->idempotent ? "LYMPH_METHOD_IDEMPOTENT" : o->deprecated ? "LYMPH_METHOD_DEPRECATED" : "";
}

/* What a request calls, an rpc or HTTP: its parameters, its result and how it is called. */
static void add_served(arena *a, data *item, const model_interface *f, const model_handler *h)
{
    const char *name = cname_method(a, f, h);
    emit_ids(a, item, name, cname_method_ends);
    data_text(item, "member", h->c_name);
    data_text(item, "wire", emit_string(a, h->name));
    data_text(item, "subject", emit_string(a, h->params->name));
    data_text(item, "doc", emit_doc(a, h->doc));
    data_text(item, "result", h->result ? cname_descriptor(a, h->result) : "");
    data_text(item, "handler_arguments", call_arguments(a, h));
    data_flag(item, "has_raises", h->raises.count > 0);
    list *raises = data_list(item, "raises");
    for (size_t i = 0; i < h->raises.count; i++)
        data_text(data_add(item, raises), "error", cname_with(a, cname_record(a, h->raises.items[i]), "_record"));
    emit_members(a, item, "members", h->params);
    add_fields(a, item, h->params, cname_with(a, name, "_params"), name);
}

static void add_method(arena *a, data *d, list *methods, const model_interface *f, const model_handler *h)
{
    size_t index = methods->count;
    data *item = data_add(d, methods);
    add_served(a, item, f, h);
    emit_proxy(a, item, f, h);
    data_text(item, "index", arena_printf(a, "%zu", index));
    data_text(item, "result_argument", h->result ? "result" : "NULL");
    data_text(item, "timeout", h->options.timeout_ms ? arena_printf(a, "%u", h->options.timeout_ms) : "");
    data_text(item, "retry", h->options.retry ? arena_printf(a, "%u", h->options.retry) : "");
    data_text(item, "flags", method_flags(&h->options));
    add_arguments(a, item, h);
}

static void add_route(arena *a, data *item, const model_interface *f, const model_handler *h)
{
    static const char *const sources[] = {
        [SOURCE_PATH] = "LYMPH_HTTP_PATH",
        [SOURCE_QUERY] = "LYMPH_HTTP_QUERY",
        [SOURCE_HEADER] = "LYMPH_HTTP_HEADER",
        [SOURCE_BODY] = "LYMPH_HTTP_BODY",
    };
    add_served(a, item, f, h);
    emit_ids(a, item, cname_method(a, f, h), cname_route_ends);
    data_text(item, "verb", *h->verb == '*' ? "" : emit_string(a, h->verb));
    data_text(item, "path", emit_string(a, h->path));
    data_text(item, "status", h->options.status ? arena_printf(a, "%u", h->options.status) : "");
    list *l = data_list(item, "sources");
    for (size_t i = 0; i < h->params->fields.count; i++)
        data_text(data_add(item, l), "source", sources[((const model_field *)h->params->fields.items[i])->source]);
}

static const char *subscription_flags(arena *a, const model_options *o)
{
    buffer flags;
    buffer_init(&flags, a);
    buffer_add(&flags, o->broadcast ? "LYMPH_ON_BROADCAST" : "");
    buffer_printf(&flags, "%s%s", o->sequential && flags.size ? " | " : "", o->sequential ? "LYMPH_ON_SEQUENTIAL" : "");
    buffer_printf(&flags, "%s%s", o->once && flags.size ? " | " : "", o->once ? "LYMPH_ON_ONCE" : "");
    return flags.text;
}

static void add_subscription(arena *a, data *item, const model_interface *f, const model_handler *h)
{
    emit_ids(a, item, cname_method(a, f, h), cname_subscription_ends);
    data_text(item, "member", h->c_name);
    data_text(item, "wire", emit_string(a, h->name));
    data_text(item, "pattern", emit_string(a, h->pattern));
    data_text(item, "doc", emit_doc(a, h->doc));
    data_text(item, "event", h->event ? cname_with(a, cname_record(a, h->event), "_record") : "");
    data_text(item, "flags", subscription_flags(a, &h->options));
}

static void add_handlers(arena *a, data *d, const model_interface *f)
{
    list *methods = data_list(d, "methods"), *subscriptions = data_list(d, "subscriptions");
    list *served = data_list(d, "served"), *routes = data_list(d, "routes");
    for (size_t i = 0; i < f->handlers.count; i++) {
        const model_handler *h = f->handlers.items[i];
        if (h->kind != HANDLER_ON)
            add_served(a, data_add(d, served), f, h);
        if (h->kind == HANDLER_RPC)
            add_method(a, d, methods, f, h);
        else if (h->kind == HANDLER_HTTP)
            add_route(a, data_add(d, routes), f, h);
        else
            add_subscription(a, data_add(d, subscriptions), f, h);
    }
    data_text(d, "method_count", methods->count ? arena_printf(a, "%zu", methods->count) : "");
    data_text(d, "route_count", routes->count ? arena_printf(a, "%zu", routes->count) : "");
    data_text(d, "subscription_count", subscriptions->count ? arena_printf(a, "%zu", subscriptions->count) : "");
}

static void add_interfaces(arena *a, data *d, const model_unit *u)
{
    list *l = data_list(d, "interfaces");
    for (size_t i = 0; i < u->interfaces.count; i++) {
        const model_interface *f = u->interfaces.items[i];
        data *item = data_add(d, l);
        emit_interface(a, item, f);
        data_text(item, "wire", emit_string(a, f->name));
        data_text(item, "semver", f->version ? emit_string(a, f->version) : "");
        data_text(item, "doc", emit_doc(a, f->doc));
        list *emits = data_list(item, "emits");
        for (size_t e = 0; e < f->emits.count; e++)
            data_text(data_add(item, emits), "event", cname_with(a, cname_record(a, f->emits.items[e]), "_record"));
        data_text(item, "emit_count", f->emits.count ? arena_printf(a, "%zu", f->emits.count) : "");
        add_handlers(a, item, f);
    }
}

data *emit_source(arena *a, const model_unit *u)
{
    data *d = emit_file(a, u);
    add_types(a, d, u);
    add_enums(a, d, u);
    add_records(a, d, u);
    add_interfaces(a, d, u);
    return d;
}
