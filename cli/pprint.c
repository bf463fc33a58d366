/* pprint.c: the layout of Python's pprint module: what does not fit into 80 columns is broken up, each item on a line. */
#include "pprint.h"

#include <stdlib.h>
#include <string.h>

#include "pyrepr.h"

#define WIDTH 80

typedef struct printer {
    text out;
    lymph_ctx *ctx;
} printer;

static void format(printer *p, const lymph_value *v, size_t indent, size_t allowance, int level);

static void new_line(printer *p, size_t indent)
{
    text_str(&p->out, "\n");
    text_pad(&p->out, indent);
}

static void format_map(printer *p, const lymph_value *v, size_t indent, size_t allowance, int level)
{
    const lymph_entry *entries = sorted_entries(p->ctx, v);
    text_str(&p->out, "{");
    indent++;
    allowance++;
    for (uint32_t i = 0; entries && i < v->size; i++) {
        bool last = i + 1 == v->size;
        size_t before = p->out.size;
        repr_value(&p->out, p->ctx, &entries[i].key, true);
        size_t key = p->out.failed ? 0 : text_columns(p->out.data + before, p->out.size - before);
        text_str(&p->out, ": ");
        format(p, &entries[i].value, indent + key + 2, last ? allowance : 1, level);
        if (!last) {
            text_str(&p->out, ",");
            new_line(p, indent);
        }
    }
    text_str(&p->out, "}");
}

static void format_items(printer *p, const lymph_value *items, uint32_t count, size_t indent, size_t allowance, int level, const char *brackets)
{
    text_add(&p->out, brackets, 1);
    indent++;
    allowance++;
    for (uint32_t i = 0; items && i < count; i++) {
        bool last = i + 1 == count;
        format(p, &items[i], indent, last ? allowance : 1, level);
        if (!last) {
            text_str(&p->out, ",");
            new_line(p, indent);
        }
    }
    text_add(&p->out, brackets + 1, 1);
}

/* Pieces of a text that is too long for a line: adjacent literals, as Python would take them. */
typedef struct pieces {
    printer *p;
    size_t indent;
    int count;
    bool parentheses;
} pieces;

static void piece(pieces *c, const char *repr, size_t size)
{
    if (!c->count++ && c->parentheses)
        text_str(&c->p->out, "(");
    else if (c->count > 1)
        new_line(c->p, c->indent);
    text_add(&c->p->out, repr, size);
}

static size_t repr_columns(const char *s, size_t size)
{
    text t = {0};
    repr_string(&t, s, size);
    size_t columns = t.failed ? 0 : text_columns(t.data, t.size);
    free(t.data);
    return columns;
}

static void string_piece(pieces *c, const char *s, size_t size)
{
    text t = {0};
    repr_string(&t, s, size);
    if (t.failed)
        c->p->out.failed = true;
    else
        piece(c, t.data, t.size);
    free(t.data);
}

static bool blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A word and the blanks behind it. */
static size_t word(const char *s, const char *end)
{
    const char *at = s;
    while (at < end && !blank(*at))
        at++;
    while (at < end && blank(*at))
        at++;
    return (size_t)(at - s);
}

static void break_line(pieces *c, const char *line, size_t size, size_t width, size_t last_width)
{
    const char *end = line + size, *begin = line, *at = line;
    while (at < end) {
        size_t part = word(at, end);
        size_t limit = at + part == end ? last_width : width;
        if (repr_columns(begin, (size_t)(at + part - begin)) > limit) {
            if (at > begin)
                string_piece(c, begin, (size_t)(at - begin));
            begin = at;
        }
        at += part;
    }
    if (at > begin)
        string_piece(c, begin, (size_t)(at - begin));
}

static size_t line_size(const char *s, const char *end)
{
    const char *newline = memchr(s, '\n', (size_t)(end - s));
    return newline ? (size_t)(newline + 1 - s) : (size_t)(end - s);
}

/* True if the text would come out as a single literal: then it has no parentheses. */
static bool single_piece(const lymph_value *v, size_t width)
{
    const char *s = v->as.text, *end = s + v->size;
    return line_size(s, end) == v->size && word(s, end) == v->size && width > 0;
}

static void format_string(printer *p, const lymph_value *v, size_t indent, size_t allowance, int level)
{
    if (level == 1) {
        indent++;
        allowance++;
    }
    size_t width = indent < WIDTH ? WIDTH - indent : 0, last_width = width > allowance ? width - allowance : 0;
    pieces c = {.p = p, .indent = indent, .parentheses = level == 1 && !single_piece(v, width)};
    const char *at = v->as.text, *end = at + v->size;
    while (at < end) {
        size_t size = line_size(at, end);
        size_t limit = at + size == end ? last_width : width;
        if (repr_columns(at, size) <= limit)
            string_piece(&c, at, size);
        else
            break_line(&c, at, size, width, at + size == end ? last_width : width);
        at += size;
    }
    if (c.parentheses)
        text_str(&p->out, ")");
}

static void format_bytes(printer *p, const lymph_value *v, size_t indent, size_t allowance, int level)
{
    if (level == 1) {
        indent++;
        allowance++;
    }
    size_t width = indent < WIDTH ? WIDTH - indent : 0;
    pieces c = {.p = p, .indent = indent, .parentheses = level == 1};
    size_t begin = 0, last = v->size / 4 * 4;
    for (size_t i = 0; i < v->size; i += 4) {
        size_t end = i + 4 < v->size ? i + 4 : v->size;
        text t = {0};
        if (i == last)
            width = width > allowance ? width - allowance : 0;
        repr_bytes(&t, v->as.bytes + begin, end - begin);
        bool wide = t.size > width && i > begin;
        if (wide) {
            t.size = 0;
            repr_bytes(&t, v->as.bytes + begin, i - begin);
            piece(&c, t.data, t.size);
            begin = i;
        }
        free(t.data);
    }
    text t = {0};
    repr_bytes(&t, v->as.bytes + begin, v->size - begin);
    piece(&c, t.data ? t.data : "", t.size);
    free(t.data);
    if (c.parentheses)
        text_str(&p->out, ")");
}

static void format(printer *p, const lymph_value *v, size_t indent, size_t allowance, int level)
{
    size_t before = p->out.size;
    repr_value(&p->out, p->ctx, v, true);
    if (p->out.failed || text_columns(p->out.data + before, p->out.size - before) + indent + allowance <= WIDTH)
        return;
    bool breakable = v->kind == LYMPH_VALUE_MAP || v->kind == LYMPH_VALUE_LIST || v->kind == LYMPH_VALUE_SET || v->kind == LYMPH_VALUE_STRING ||
                     (v->kind == LYMPH_VALUE_BYTES && v->size > 4);
    if (!breakable)
        return;
    p->out.size = before;
    level++;
    switch ((lymph_value_kind)v->kind) {
    case LYMPH_VALUE_MAP:
        format_map(p, v, indent, allowance, level);
        break;
    case LYMPH_VALUE_LIST:
        format_items(p, v->as.items, v->size, indent, allowance, level, "[]");
        break;
    case LYMPH_VALUE_SET:
        format_items(p, sorted_items(p->ctx, v), v->size, indent, allowance, level, "{}");
        break;
    case LYMPH_VALUE_STRING:
        format_string(p, v, indent, allowance, level);
        break;
    default:
        format_bytes(p, v, indent, allowance, level);
    }
}

static const char *keep(printer *p)
{
    const char *out = p->out.failed ? NULL : lymph_strdup(p->ctx, p->out.data ? p->out.data : "");
    free(p->out.data);
    return out;
}

const char *pprint(lymph_ctx *ctx, const lymph_value *value)
{
    printer p = {.ctx = ctx};
    format(&p, value, 0, 0, 0);
    return keep(&p);
}

const char *pprint_line(lymph_ctx *ctx, const lymph_value *value)
{
    printer p = {.ctx = ctx};
    repr_value(&p.out, ctx, value, false);
    return keep(&p);
}
