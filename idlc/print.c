#include "print.h"

#include <string.h>

typedef struct printer {
    const ast *tree;
    buffer *out;
    size_t comment; /* the next one to print */
} printer;

/* ---- comments ---- */

/* The next comment that is not printed with the node that it documents; NULL if there is none. */
static const ast_comment *next_comment(printer *p)
{
    for (; p->comment < p->tree->comments.count; p->comment++) {
        const ast_comment *c = p->tree->comments.items[p->comment];
        if (!c->taken)
            return c;
    }
    return NULL;
}

static bool same_line(const printer *p, uint32_t a, uint32_t b)
{
    return source_line(p->tree->file, a) == source_line(p->tree->file, b);
}

/* What documents nothing must not do so where the printer puts it. */
static const char *comment_text(const ast_comment *c)
{
    return c->text + (strncmp(c->text, "///", 3) == 0 && c->text[3] != '/');
}

/* Comments that begin before `offset`, each on a line of its own; empty lines behind them stay, as one. */
static void comments_before(printer *p, const char *indent, uint32_t offset)
{
    const source *s = p->tree->file;
    for (const ast_comment *c; (c = next_comment(p)) && c->at.begin < offset; p->comment++) {
        size_t behind = c->at.end + strspn(s->text + c->at.end, " \t\r\n");
        bool gap = behind <= offset && source_line(s, (uint32_t)behind) > source_line(s, c->at.end) + 1 &&
                   s->text[behind] != '}';
        buffer_printf(p->out, "%s%s\n%s", indent, comment_text(c), gap && s->text[behind] ? "\n" : "");
    }
}

/* Ends the line of a node that ends at `end`: with the comment that stands behind it on its line. Returns where the
 * line ends in the text. */
static uint32_t end_line(printer *p, uint32_t end)
{
    const ast_comment *c = next_comment(p);
    if (c && c->at.begin >= end && same_line(p, c->at.begin, end - 1) && !strchr(c->text, '\n')) {
        buffer_printf(p->out, " %s", comment_text(c));
        p->comment++;
        end = c->at.end;
    }
    buffer_addc(p->out, '\n');
    return end;
}

/* Empty lines between two members stay, as one. */
static void keep_gap(printer *p, uint32_t end)
{
    const char *text = p->tree->file->text;
    end += (uint32_t)strspn(text + end, " \t,");
    uint32_t next = end + (uint32_t)strspn(text + end, " \t\r\n");
    if (source_line(p->tree->file, next) > source_line(p->tree->file, end) + 1)
        buffer_addc(p->out, '\n');
}

/* ---- parts ---- */

static void print_doc(printer *p, const char *indent, const char *doc)
{
    if (!doc || !*doc)
        return;
    for (;;) {
        size_t size = strcspn(doc, "\n");
        buffer_printf(p->out, "%s///%s%.*s\n", indent, size ? " " : "", (int)size, doc);
        if (!doc[size])
            return;
        doc += size + 1;
    }
}

static void print_quoted(buffer *out, const char *text)
{
    buffer_addc(out, '"');
    for (; *text; text++) {
        static const char special[] = "\n\t\r\"\\", letters[] = "ntr\"\\";
        const char *s = strchr(special, *text);
        if (s)
            buffer_printf(out, "\\%c", letters[s - special]);
        else
            buffer_addc(out, *text);
    }
    buffer_addc(out, '"');
}

static void print_literal(printer *p, const ast_literal *l)
{
    if (l->kind == LITERAL_STRING)
        print_quoted(p->out, l->text);
    else
        buffer_add(p->out, l->text);
}

/* `mark`: the '?' is left to the name behind the type. */
static void print_type(printer *p, const ast_type *t, bool mark)
{
    buffer_add(p->out, t->name.text);
    for (size_t i = 0; i < t->args.count; i++) {
        buffer_add(p->out, i ? ", " : "<");
        print_type(p, t->args.items[i], true);
    }
    if (t->args.count)
        buffer_addc(p->out, '>');
    if (mark && t->optional)
        buffer_addc(p->out, '?');
}

static void print_options(printer *p, const list *options)
{
    for (size_t i = 0; i < options->count; i++) {
        const ast_option *o = options->items[i];
        buffer_printf(p->out, "%s%s", i ? ", " : " [", o->name.text);
        if (o->value) {
            buffer_add(p->out, " = ");
            print_literal(p, o->value);
        }
        if (o->upper) {
            buffer_add(p->out, "..");
            print_literal(p, o->upper);
        }
    }
    if (options->count)
        buffer_addc(p->out, ']');
}

static void print_field(printer *p, const ast_field *f)
{
    print_type(p, f->type, false);
    buffer_printf(p->out, " %s%s", f->name.text, f->type->optional ? "?" : "");
    if (f->preset) {
        buffer_add(p->out, " = ");
        print_literal(p, f->preset);
    }
    print_options(p, &f->options);
}

/* The result, the name, the parameters and the errors. */
static void print_signature(printer *p, const ast_member *m)
{
    if (m->result)
        print_type(p, m->result, true);
    else
        buffer_add(p->out, "void");
    buffer_printf(p->out, " %s(", m->name.text);
    for (size_t i = 0; i < m->params.count; i++) {
        const ast_field *f = m->params.items[i];
        if (i)
            buffer_add(p->out, ", ");
        if (f->source.text)
            buffer_printf(p->out, "%s ", f->source.text);
        print_field(p, f);
    }
    buffer_addc(p->out, ')');
    for (size_t i = 0; i < m->raises.count; i++)
        buffer_printf(p->out, "%s%s", i ? ", " : " raises (", ((const ast_name *)m->raises.items[i])->text);
    if (m->raises.count)
        buffer_addc(p->out, ')');
}

static void print_member(printer *p, const ast_member *m)
{
    switch (m->kind) {
    case MEMBER_RPC:
        buffer_add(p->out, "rpc ");
        print_signature(p, m);
        break;
    case MEMBER_HTTP:
        buffer_printf(p->out, "http %s ", m->verb.text);
        print_quoted(p->out, m->path.text);
        buffer_addc(p->out, ' ');
        if (m->bare)
            buffer_add(p->out, m->name.text);
        else
            print_signature(p, m);
        break;
    case MEMBER_EMITS:
        buffer_printf(p->out, "emits %s", m->name.text);
        break;
    case MEMBER_ON:
        buffer_add(p->out, "on ");
        if (m->pattern)
            print_quoted(p->out, m->name.text);
        else
            buffer_add(p->out, m->name.text);
        if (m->alias.text)
            buffer_printf(p->out, " as %s", m->alias.text);
        break;
    case MEMBER_UNSUPPORTED: /* as it stands */
        buffer_addn(p->out, m->at.file->text + m->at.begin, m->at.end - m->at.begin);
        for (const ast_comment *c; (c = next_comment(p)) && c->at.begin < m->at.end;)
            p->comment++;
        return;
    }
    print_options(p, &m->options);
    buffer_addc(p->out, ';');
}

/* ---- declarations ---- */

static void print_items(printer *p, const ast_decl *d)
{
    static const char indent[] = "    ";
    buffer_add(p->out, " {");
    const ast_comment *inside = next_comment(p);
    if (!d->items.count && (!inside || inside->at.begin >= d->at.end)) {
        buffer_add(p->out, "}");
        return;
    }
    buffer_addc(p->out, '\n');
    uint32_t end = 0;
    for (size_t i = 0; i < d->items.count; i++) {
        if (i)
            keep_gap(p, end);
        span at = d->kind == DECL_ENUM        ? ((const ast_value *)d->items.items[i])->at
                  : d->kind == DECL_INTERFACE ? ((const ast_member *)d->items.items[i])->at
                                              : ((const ast_field *)d->items.items[i])->at;
        bool verbatim =
            d->kind == DECL_INTERFACE && ((const ast_member *)d->items.items[i])->kind == MEMBER_UNSUPPORTED;
        comments_before(p, indent, verbatim ? at.begin : at.end); /* those within it, too */
        if (d->kind == DECL_ENUM) {
            const ast_value *v = d->items.items[i];
            print_doc(p, indent, v->doc);
            buffer_printf(p->out, "%s%s", indent, v->name.text);
            if (v->number)
                buffer_printf(p->out, " = %s", v->number->text);
            buffer_addc(p->out, ',');
        } else if (d->kind == DECL_INTERFACE) {
            const ast_member *m = d->items.items[i];
            print_doc(p, indent, m->doc);
            buffer_add(p->out, indent);
            print_member(p, m);
        } else {
            const ast_field *f = d->items.items[i];
            print_doc(p, indent, f->doc);
            buffer_add(p->out, indent);
            print_field(p, f);
            buffer_addc(p->out, ';');
        }
        end = end_line(p, at.end);
    }
    const ast_comment *last = next_comment(p);
    if (d->items.count && last && last->at.begin < d->at.end)
        keep_gap(p, end);
    comments_before(p, indent, d->at.end);
    buffer_addc(p->out, '}');
}

static void print_decl(printer *p, const ast_decl *d)
{
    static const char *const words[] = {"import", "namespace", "const", "enum",
                                        "struct", "error",     "event", "interface"};
    print_doc(p, "", d->doc);
    buffer_printf(p->out, "%s ", words[d->kind]);
    switch (d->kind) {
    case DECL_IMPORT:
        print_quoted(p->out, d->name.text);
        buffer_addc(p->out, ';');
        return;
    case DECL_NAMESPACE:
        buffer_printf(p->out, "%s;", d->name.text);
        return;
    case DECL_CONST:
        print_type(p, d->type, true);
        buffer_printf(p->out, " %s = ", d->name.text);
        print_literal(p, d->literal);
        buffer_addc(p->out, ';');
        return;
    default:
        buffer_add(p->out, d->name.text);
    }
    if (d->version.text)
        buffer_printf(p->out, " @ %s", d->version.text);
    if (d->by_number)
        buffer_add(p->out, " : int");
    print_options(p, &d->options);
    print_items(p, d);
}

void print(const ast *tree, buffer *out)
{
    printer p = {.tree = tree, .out = out};
    decl_kind before = DECL_IMPORT;
    for (size_t i = 0; i < tree->decls.count; i++) {
        const ast_decl *d = tree->decls.items[i];
        if (i && !(d->kind == before && d->kind <= DECL_CONST))
            buffer_addc(out, '\n');
        comments_before(&p, "", d->at.begin);
        print_decl(&p, d);
        end_line(&p, d->at.end);
        before = d->kind;
    }
    comments_before(&p, "", (uint32_t)tree->file->size);
}
