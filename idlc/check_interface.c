/* check_interface.c: interfaces and their members. */
#include <string.h>

#include "check.h"

static bool version_valid(const char *text)
{
    int dots = 0;
    for (; *text && *text != '-' && *text != '+'; text++)
        dots += *text == '.';
    return dots == 2;
}

static void check_raises(checker *c, model_handler *h, const list *names)
{
    table seen = {0};
    for (size_t i = 0; i < names->count; i++) {
        const ast_name *name = names->items[i];
        const symbol *s = check_symbol(c, &c->types, name, "error", &c->error_names);
        if (!s)
            continue;
        if (!s->record || s->record->kind != RECORD_ERROR) {
            diag_error(c->diag, name->at, "'%s' is no error", name->text);
            diag_note(c->diag, s->decl->name.at, "it is declared here");
        } else if (table_put(c->arena, &seen, name->text, s->record)) {
            diag_error(c->diag, name->at, "'%s' is there twice", name->text);
        } else {
            list_add(c->arena, &h->raises, s->record);
        }
    }
}

static const char *handler_name(checker *c, const ast_member *n)
{
    if (n->alias.text)
        return n->alias.text;
    if (n->kind != MEMBER_ON)
        return n->name.text;
    char *name = arena_printf(c->arena, "on_%s", n->name.text);
    for (char *p = name; *p; p++)
        if (*p == '.')
            *p = '_';
    return name;
}

model_handler *check_handler(checker *c, model_interface *i, const ast_member *n, handler_kind kind)
{
    model_handler *h = arena_alloc(c->arena, sizeof *h);
    model_record *params = arena_alloc(c->arena, sizeof *params);
    span at = n->alias.text ? n->alias.at : n->name.at;
    *h = (model_handler){.kind = kind, .doc = n->doc, .name = handler_name(c, n), .params = params, .at = at};
    *params = (model_record){
        .kind = RECORD_PARAMS,
        .doc = "",
        .name = arena_printf(c->arena, "%s.%s", i->name, h->name),
        .unit = i->unit,
        .at = at,
    };
    check_fields(c, &n->params, params);
    if (n->result)
        h->result = check_type(c, n->result);
    check_raises(c, h, &n->raises);
    list_add(c->arena, &i->handlers, h);
    return h;
}

/* Options of an rpc: what the value of `raw` may become belongs to a later version. */
static void check_rpc(checker *c, model_interface *i, const ast_member *n)
{
    model_handler *h = check_handler(c, i, n, HANDLER_RPC);
    model_options *o = &h->options;
    option_spec specs[] = {
        {"timeout", OPTION_DURATION, &o->timeout_ms},
        {"idempotent", OPTION_FLAG, &o->idempotent},
        {"retry", OPTION_COUNT, &o->retry},
        {"deprecated", OPTION_TEXT, &o->deprecated},
        {"raw", OPTION_LATER, NULL},
    };
    check_options(c, &n->options, specs, sizeof specs / sizeof *specs, "an rpc");
    if (o->retry && !o->idempotent) {
        diag_error(c->diag, n->name.at, "only an idempotent rpc can be tried again");
        diag_hint(c->diag, "add 'idempotent' if a second call does no harm");
    }
}

static model_record *find_event(checker *c, const ast_name *name)
{
    const symbol *s = check_symbol(c, &c->events, name, "event", &c->event_names);
    return s ? s->record : NULL;
}

static void check_emits(checker *c, model_interface *i, const ast_member *n)
{
    model_record *event = find_event(c, &n->name);
    for (size_t j = 0; event && j < i->emits.count; j++)
        if (i->emits.items[j] == event) {
            diag_error(c->diag, n->name.at, "'%s' is there twice", n->name.text);
            return;
        }
    if (event)
        list_add(c->arena, &i->emits, event);
}

/* Words of the AMQP topic grammar: names, '*' and '#', with dots between. */
static bool pattern_valid(const char *text)
{
    for (;;) {
        size_t size = strcspn(text, ".");
        bool wild = size == 1 && (*text == '*' || *text == '#');
        if (!size || (!wild && (memchr(text, '*', size) || memchr(text, '#', size))))
            return false;
        if (!text[size])
            return true;
        text += size + 1;
    }
}

/* The handler's one parameter: the event. */
static void add_event(checker *c, model_handler *h)
{
    model_type *type = arena_alloc(c->arena, sizeof *type);
    model_field *field = arena_alloc(c->arena, sizeof *field);
    *type = (model_type){.kind = h->event ? KIND_STRUCT : KIND_EVENT, .record = h->event, .at = h->at};
    *field = (model_field){.doc = "", .name = "event", .type = type, .at = h->at};
    list_add(c->arena, &h->params->fields, field);
}

static void check_on(checker *c, model_interface *i, const ast_member *n)
{
    model_handler *h = check_handler(c, i, n, HANDLER_ON);
    model_options *o = &h->options;
    option_spec specs[] = {
        {"broadcast", OPTION_FLAG, &o->broadcast},
        {"sequential", OPTION_FLAG, &o->sequential},
        {"once", OPTION_FLAG, &o->once},
        {"retry", OPTION_LATER, NULL},
        {"backoff", OPTION_LATER, NULL},
        {"dead_letter", OPTION_LATER, NULL},
        {"queue", OPTION_LATER, NULL},
        {"serial_by", OPTION_LATER, NULL},
        {"partitions", OPTION_LATER, NULL},
    };
    check_options(c, &n->options, specs, sizeof specs / sizeof *specs, "a subscription");
    h->pattern = n->name.text;
    if (!n->pattern)
        h->event = find_event(c, &n->name);
    else if (!pattern_valid(h->pattern) || strlen(h->pattern) > 255)
        diag_error(c->diag, n->name.at, "a pattern is made of names, '*' and '#' with dots between");
    add_event(c, h);
}

/* Handlers are members of one C struct, whose names must differ. */
static void check_handler_names(checker *c, const model_interface *i)
{
    static const char *const hooks[] = {"on_start", "on_stop"};
    static const model_handler hook = {0};
    table names = {0};
    for (size_t j = 0; j < sizeof hooks / sizeof *hooks; j++)
        table_put(c->arena, &names, hooks[j], (void *)&hook);
    for (size_t j = 0; j < i->handlers.count; j++) {
        model_handler *h = i->handlers.items[j];
        const model_handler *other = table_put(c->arena, &names, h->name, h);
        if (!other)
            continue;
        diag_error(c->diag, h->at, "the interface has a handler '%s' already", h->name);
        if (other == &hook)
            diag_hint(c->diag, "'%s' is called by the runtime", h->name);
        else
            diag_note(c->diag, other->at, "the other one is here");
    }
}

/* In capitals it begins macros. */
static void check_prefix(checker *c, model_interface *i, const list *options)
{
    if (!i->prefix || strncasecmp(i->prefix, "lymph", 5) != 0 || (i->prefix[5] && i->prefix[5] != '_'))
        return;
    for (size_t j = 0; j < options->count; j++) {
        const ast_option *o = options->items[j];
        if (o->value && o->value->text == i->prefix)
            diag_error(c->diag, o->value->at,
                       "no prefix is 'lymph' or begins with 'lymph_', in whatever case: names that do "
                       "belong to the runtime");
    }
    i->prefix = NULL;
}

void check_interface(checker *c, scope_file *f, const ast_decl *d)
{
    model_interface *i = arena_alloc(c->arena, sizeof *i);
    *i = (model_interface){
        .doc = d->doc, .name = d->name.text, .version = d->version.text, .unit = f->unit, .at = d->name.at};
    if (i->version && !version_valid(i->version))
        diag_error(c->diag, d->version.at, "a version has three numbers, as in 1.2.0");
    option_spec specs[] = {{"prefix", OPTION_NAME, &i->prefix}};
    check_options(c, &d->options, specs, 1, "an interface");
    check_prefix(c, i, &d->options);
    for (size_t j = 0; j < d->items.count; j++) {
        const ast_member *n = d->items.items[j];
        switch (n->kind) {
        case MEMBER_RPC:
            check_rpc(c, i, n);
            break;
        case MEMBER_EMITS:
            check_emits(c, i, n);
            break;
        case MEMBER_ON:
            check_on(c, i, n);
            break;
        case MEMBER_HTTP:
            check_http(c, i, n);
            break;
        case MEMBER_UNSUPPORTED:
            diag_error(c->diag, n->name.at, "'%s' is not supported by this version of lymphc", n->name.text);
        }
    }
    check_handler_names(c, i);
    list_add(c->arena, &f->unit->interfaces, i);
}
