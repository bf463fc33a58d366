/* pprint.c: the layout of Python's pprint module: what does not fit into 80 columns is broken up, each item on a line.
 */
#include "pprint.h"

#include <stdlib.h>
#include <string.h>

#include "pyrepr.h"

#define WIDTH 80

typedef struct printer {
    buffer out;
    lymph_ctx *ctx;
} printer;

static void format(printer *p, const lymph_value *v, size_t indent, size_t allowance, int level);

static void new_line(printer *p, size_t indent)
{
    buffer_str(&p->out, "\n");
    buffer_pad(&p->out, indent);
}

static void format_map(printer *p, const lymph_value *v, size_t indent, size_t allowance, int level)
{
    const lymph_entry *entries = sorted_entries(p->ctx, v);
    buffer_str(&p->out, "{");
    indent++;
    allowance++;
    for (uint32_t i = 0; entries && i < v->size; i++) {
        bool last = i + 1 == v->size;
        size_t before = p->out.size;
        repr_value(&p->out, p->ctx, &entries[i].key, true);
        size_t key = p->out.failed ? 0 : utf8_columns(p->out.data + before, p->out.size - before);
        buffer_str(&p->out, ": ");
        format(p, &entries[i].value, indent + key + 2, last ? allowance : 1, level);
        if (!last) {
            buffer_str(&p->out, ",");
            new_line(p, indent);
        }
    }
    buffer_str(&p->out, "}");
}

static void format_items(printer *p, const lymph_value *items, uint32_t count, size_t indent, size_t allowance,
                         int level, const char *brackets)
{
    buffer_add(&p->out, brackets, 1);
    indent++;
    allowance++;
    for (uint32_t i = 0; items && i < count; i++) {
        bool last = i + 1 == count;
        format(p, &items[i], indent, last ? allowance : 1, level);
        if (!last) {
            buffer_str(&p->out, ",");
            new_line(p, indent);
        }
    }
    buffer_add(&p->out, brackets + 1, 1);
}

/* ---- texts and bytes: adjacent literals, one a line ---- */

typedef struct pieces {
    printer *p;
    size_t indent;
    int count;
    bool parentheses;
} pieces;

static void add_piece(pieces *c, const buffer *literal)
{
    if (!c->count++ && c->parentheses)
        buffer_str(&c->p->out, "(");
    else if (c->count > 1)
        new_line(c->p, c->indent);
    if (literal->failed)
        c->p->out.failed = true;
    else
        buffer_add(&c->p->out, literal->data, literal->size);
}

static void add_string_piece(pieces *c, const char *s, size_t size)
{
    buffer literal = {0};
    repr_string(&literal, s, size);
    add_piece(c, &literal);
    free(literal.data);
}

static size_t string_columns(const char *s, size_t size)
{
    buffer literal = {0};
    repr_string(&literal, s, size);
    size_t columns = literal.failed ? 0 : utf8_columns(literal.data, literal.size);
    free(literal.data);
    return columns;
}

/* As str.splitlines has it. */
static bool is_line_end(uint32_t c)
{
    return (c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/* As str.isspace has it. */
static bool is_space(uint32_t c)
{
    return (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= ' ') || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

static size_t line_size(const char *s, size_t size)
{
    for (size_t at = 0, length; at < size; at += length) {
        uint32_t c = character_at(s + at, &length);
        if (c == '\r' && at + 1 < size && s[at + 1] == '\n')
            return at + 2;
        if (is_line_end(c))
            return at + length;
    }
    return size;
}

/* A word and the spaces behind it. */
static size_t word_size(const char *s, size_t size)
{
    size_t at = 0, length;
    while (at < size && !is_space(character_at(s + at, &length)))
        at += length;
    while (at < size && is_space(character_at(s + at, &length)))
        at += length;
    return at;
}

/* Fills lines with words; the last word has to leave room for what follows the text. */
static void break_line(pieces *c, const char *s, size_t size, size_t width, size_t last_width)
{
    size_t begin = 0, at = 0;
    while (at < size) {
        size_t word = word_size(s + at, size - at);
        if (string_columns(s + begin, at + word - begin) > (at + word == size ? last_width : width)) {
            if (at > begin)
                add_string_piece(c, s + begin, at - begin);
            begin = at;
        }
        at += word;
    }
    if (at > begin)
        add_string_piece(c, s + begin, at - begin);
}

static void format_string(printer *p, const lymph_value *v, size_t indent, size_t allowance, int level)
{
    const char *s = v->as.text;
    size_t size = v->size;
    bool single = line_size(s, size) == size && word_size(s, size) == size;
    if (level == 1) {
        indent++;
        allowance++;
    }
    size_t width = indent < WIDTH ? WIDTH - indent : 0, last_width = width > allowance ? width - allowance : 0;
    pieces c = {.p = p, .indent = indent, .parentheses = level == 1 && !single};
    for (size_t at = 0, line; at < size; at += line) {
        line = line_size(s + at, size - at);
        size_t limit = at + line == size ? last_width : width;
        if (string_columns(s + at, line) <= limit)
            add_string_piece(&c, s + at, line);
        else
            break_line(&c, s + at, line, width, limit);
    }
    if (c.parentheses)
        buffer_str(&p->out, ")");
}

/* Four bytes at a time. */
static void format_bytes(printer *p, const lymph_value *v, size_t indent, size_t allowance, int level)
{
    if (level == 1) {
        indent++;
        allowance++;
    }
    size_t width = indent < WIDTH ? WIDTH - indent : 0, last_width = width > allowance ? width - allowance : 0;
    pieces c = {.p = p, .indent = indent, .parentheses = level == 1};
    buffer kept = {0}, candidate = {0};
    for (size_t begin = 0, at = 0, end; at < v->size; at = end) {
        end = at + 4 < v->size ? at + 4 : v->size;
        candidate.size = 0;
        repr_bytes(&candidate, v->as.bytes + begin, end - begin);
        if (candidate.size > (at == v->size / 4 * 4 ? last_width : width) && at > begin) {
            add_piece(&c, &kept);
            begin = at;
            candidate.size = 0;
            repr_bytes(&candidate, v->as.bytes + begin, end - begin);
        }
        buffer swap = kept;
        kept = candidate;
        candidate = swap;
    }
    add_piece(&c, &kept);
    free(kept.data);
    free(candidate.data);
    if (c.parentheses)
        buffer_str(&p->out, ")");
}

static void format(printer *p, const lymph_value *v, size_t indent, size_t allowance, int level)
{
    size_t before = p->out.size;
    repr_value(&p->out, p->ctx, v, true);
    if (p->out.failed || utf8_columns(p->out.data + before, p->out.size - before) + indent + allowance <= WIDTH)
        return;
    bool breakable = v->kind == LYMPH_VALUE_MAP || v->kind == LYMPH_VALUE_LIST ||
                     (v->kind == LYMPH_VALUE_BYTES && v->size > 4) ||
                     (v->size && (v->kind == LYMPH_VALUE_SET || v->kind == LYMPH_VALUE_STRING));
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
