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

static void check_raises(checker *c, model_method *m, const list *names)
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
            list_add(c->arena, &m->raises, s->record);
        }
    }
}

/* Options of an rpc: what the value of `raw` may become belongs to a later version. */
static void check_rpc(checker *c, model_interface *i, const ast_member *n)
{
    model_method *m = arena_alloc(c->arena, sizeof *m);
    model_record *params = arena_alloc(c->arena, sizeof *params);
    *m = (model_method){.doc = n->doc, .name = n->name.text, .params = params, .at = n->name.at};
    *params = (model_record){
        .kind = RECORD_PARAMS,
        .doc = "",
        .name = arena_printf(c->arena, "%s.%s", i->name, n->name.text),
        .unit = i->unit,
        .at = n->name.at,
    };
    option_spec specs[] = {
        {"timeout", OPTION_DURATION, &m->timeout_ms},
        {"idempotent", OPTION_FLAG, &m->idempotent},
        {"retry", OPTION_COUNT, &m->retry},
        {"deprecated", OPTION_TEXT, &m->deprecated},
        {"raw", OPTION_LATER, NULL},
    };
    check_options(c, &n->options, specs, sizeof specs / sizeof *specs, "an rpc");
    if (m->retry && !m->idempotent) {
        diag_error(c->diag, n->name.at, "only an idempotent rpc can be tried again");
        diag_hint(c->diag, "add 'idempotent' if a second call does no harm");
    }
    check_fields(c, &n->params, params);
    if (n->result)
        m->result = check_type(c, n->result);
    check_raises(c, m, &n->raises);
    list_add(c->arena, &i->methods, m);
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

static const char *handler_name(checker *c, const ast_member *n)
{
    if (n->alias.text)
        return n->alias.text;
    char *name = arena_printf(c->arena, "on_%s", n->name.text);
    for (char *p = name; *p; p++)
        if (*p == '.')
            *p = '_';
    return name;
}

static void check_on(checker *c, model_interface *i, const ast_member *n)
{
    model_subscription *s = arena_alloc(c->arena, sizeof *s);
    *s = (model_subscription){.doc = n->doc,
                              .name = handler_name(c, n),
                              .pattern = n->name.text,
                              .at = n->alias.text ? n->alias.at : n->name.at};
    option_spec specs[] = {
        {"broadcast", OPTION_FLAG, &s->broadcast},
        {"sequential", OPTION_FLAG, &s->sequential},
        {"once", OPTION_FLAG, &s->once},
        {"retry", OPTION_LATER, NULL},
        {"backoff", OPTION_LATER, NULL},
        {"dead_letter", OPTION_LATER, NULL},
        {"queue", OPTION_LATER, NULL},
        {"serial_by", OPTION_LATER, NULL},
        {"partitions", OPTION_LATER, NULL},
    };
    check_options(c, &n->options, specs, sizeof specs / sizeof *specs, "a subscription");
    if (n->pattern) {
        if (!pattern_valid(n->name.text) || strlen(n->name.text) > 255)
            diag_error(c->diag, n->name.at, "a pattern is made of names, '*' and '#' with dots between");
    } else {
        s->event = find_event(c, &n->name);
        if (!s->event)
            return;
    }
    list_add(c->arena, &i->subscriptions, s);
}

/* Methods and event handlers are members of one C struct, whose names must differ. */
static void check_handler_names(checker *c, const ast_decl *d)
{
    table names = {0};
    static const ast_name start = {"on_start", {0}}, stop = {"on_stop", {0}};
    table_put(c->arena, &names, start.text, (void *)&start);
    table_put(c->arena, &names, stop.text, (void *)&stop);
    for (size_t i = 0; i < d->items.count; i++) {
        const ast_member *n = d->items.items[i];
        if (n->kind != MEMBER_RPC && n->kind != MEMBER_ON)
            continue;
        ast_name *name = arena_alloc(c->arena, sizeof *name);
        *name =
            n->kind == MEMBER_RPC ? n->name : (ast_name){handler_name(c, n), n->alias.text ? n->alias.at : n->name.at};
        const ast_name *other = table_put(c->arena, &names, name->text, name);
        if (!other)
            continue;
        diag_error(c->diag, name->at, "the interface has a handler '%s' already", name->text);
        if (other->at.file)
            diag_note(c->diag, other->at, "the other one is here");
        else
            diag_hint(c->diag, "'%s' is called by the runtime", name->text);
    }
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
        case MEMBER_UNSUPPORTED:
            diag_error(c->diag, n->name.at, "'%s' is not supported by this version of lymphc", n->name.text);
        }
    }
    check_handler_names(c, d);
    list_add(c->arena, &f->unit->interfaces, i);
}
