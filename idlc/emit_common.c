#include <ctype.h>
#include <string.h>

#include "cnames.h"
#include "emit.h"
#include "file.h"

#define COLUMNS 100
#define DOC_MAX 3000 /* C99 promises no more than 4095 characters in a string */

data *emit_file(arena *a, const model_unit *u)
{
    data *d = data_new(a);
    data_text(d, "file", file_base(u->file->path));
    data_text(d, "version", LYMPH_VERSION);
    data_text(d, "abi", LYMPH_ABI);
    return d;
}

const char *emit_comment(arena *a, const char *indent, const char *text)
{
    buffer b;
    if (!text || !*text)
        return "";
    buffer_init(&b, a);
    bool many = strchr(text, '\n');
    buffer_printf(&b, many ? "%s/*\n%s * " : "%s/* ", indent, indent);
    for (; *text; text++) {
        if (*text == '\n') {
            buffer_printf(&b, text[1] == '\n' || !text[1] ? "\n%s *" : "\n%s * ", indent);
        } else if (*text == '*' && text[1] == '/') {
            buffer_add(&b, "* "); /* must not end the comment */
        } else if (*text == '/' && text[1] == '*') {
            buffer_add(&b, "/ ");
        } else {
            buffer_addc(&b, *text);
        }
    }
    buffer_printf(&b, many ? "\n%s */\n" : " */\n", indent);
    return b.text;
}

const char *emit_string(arena *a, const char *text)
{
    buffer b;
    buffer_init(&b, a);
    buffer_addc(&b, '"');
    for (size_t i = 0; text[i]; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            buffer_printf(&b, "\\%c", c);
        else if (c == '\n')
            buffer_add(&b, "\\n");
        else if (c == '\t')
            buffer_add(&b, "\\t");
        else if (c == '?')
            buffer_add(&b, i && text[i - 1] == '?' ? "\\?" : "?"); /* no trigraphs */
        else if (c < 0x20 || c >= 0x7f)
            buffer_printf(&b, "\\%03o", c);
        else
            buffer_addc(&b, (char)c);
    }
    buffer_addc(&b, '"');
    return b.text;
}

const char *emit_doc(arena *a, const char *text)
{
    size_t size = strlen(text);
    if (size <= DOC_MAX)
        return emit_string(a, text);
    for (size = DOC_MAX; size && ((unsigned char)text[size] & 0xc0) == 0x80;) /* not within a character */
        size--;
    return emit_string(a, arena_printf(a, "%.*s...", (int)size, text));
}

const char *emit_prototype(arena *a, const char *result, const char *name, const list *parameters)
{
    buffer b;
    buffer_init(&b, a);
    buffer_printf(&b, "%s(", cname_declare(a, result, name));
    size_t indent = b.size;
    size_t column = indent;
    for (size_t i = 0; i < parameters->count; i++) {
        const char *p = parameters->items[i];
        size_t size = strlen(p);
        if (i && column + 2 + size + 2 > COLUMNS) {
            buffer_printf(&b, ",\n%*s%s", (int)indent, "", p);
            column = indent + size;
        } else {
            buffer_printf(&b, "%s%s", i ? ", " : "", p);
            column += size + (i ? 2 : 0);
        }
    }
    buffer_addc(&b, ')');
    return b.text;
}

static const char *emit_result(arena *a, const model_type *t)
{
    return cname_declare(a, cname_declare(a, cname_type(a, t), "*"), "result");
}

bool emit_by_pointer(const model_type *t)
{
    return t->kind == KIND_STRUCT || t->kind == KIND_EVENT;
}

list emit_parameters(arena *a, const model_handler *h, bool result)
{
    list l = {0};
    list_add(a, &l, "lymph_ctx *ctx");
    for (size_t i = 0; i < h->params->fields.count; i++) {
        const model_field *f = h->params->fields.items[i];
        const char *type = cname_type(a, f->type);
        if (emit_by_pointer(f->type))
            type = arena_printf(a, "const %s *", type);
        list_add(a, &l, (void *)cname_declare(a, type, f->c_name));
    }
    if (result && h->result)
        list_add(a, &l, (void *)emit_result(a, h->result));
    return l;
}

void emit_ids(arena *a, data *d, const char *begin, const char *const *ends)
{
    for (; *ends; ends++)
        data_text(d, arena_printf(a, "%s_id", *ends + 1), cname_with(a, begin, *ends));
}

const char *emit_preset(arena *a, const model_type *t, const model_preset *p)
{
    switch (p->kind) {
    case PRESET_STRING:
        return emit_string(a, p->text);
    case PRESET_BYTES:
        return arena_printf(a, "{(const uint8_t *)%s, %zu}", emit_string(a, p->text), strlen(p->text));
    case PRESET_DECIMAL:
        return arena_printf(a, "{\"%s\"}", p->text);
    case PRESET_EMPTY:
        return "{0}";
    case PRESET_ENUM:
        return cname_value(a, t->enumeration, p->text);
    case PRESET_NUMBER:
        if (t->kind == KIND_INT64 && strcmp(p->text, "-9223372036854775808") == 0)
            return "INT64_MIN";
        if (t->kind == KIND_INT32 && strcmp(p->text, "-2147483648") == 0)
            return "INT32_MIN";
        return arena_printf(a,
                            t->kind == KIND_INT64     ? "INT64_C(%s)"
                            : t->kind == KIND_UINT64  ? "UINT64_C(%s)"
                            : t->kind == KIND_UINT32  ? "UINT32_C(%s)"
                            : t->kind == KIND_FLOAT32 ? "%sf"
                                                      : "%s",
                            p->text);
    default:
        return p->text;
    }
}

void emit_members(arena *a, data *d, const char *name, const model_record *r)
{
    list *l = data_list(d, name);
    for (size_t i = 0; i < r->fields.count; i++) {
        const model_field *f = r->fields.items[i];
        data *m = data_add(d, l);
        const char *note = f->deprecated ? *f->doc ? "\nDeprecated." : "Deprecated." : "";
        data_text(m, "comment", emit_comment(a, "    ", arena_printf(a, "%s%s", f->doc, note)));
        data_text(m, "decl", cname_declare(a, cname_type(a, f->type), f->c_name));
    }
    if (!r->fields.count) { /* C has no empty structs */
        data *m = data_add(d, l);
        data_text(m, "comment", "");
        data_text(m, "decl", "char unused_");
    }
}

void emit_record(arena *a, data *d, const model_record *r)
{
    const char *name = cname_record(a, r), *fn = cname_record_fn(a, r);
    data_text(d, "name", name);
    data_flag(d, "is_struct", r->kind == RECORD_STRUCT);
    data_flag(d, "is_error", r->kind == RECORD_ERROR);
    data_flag(d, "is_event", r->kind == RECORD_EVENT);
    data_text(d, "defaults", model_has_defaults(r) ? cname_defaults(a, r) : "");
    data_text(d, "defaults_object", cname_defaults_object(a, r));
    emit_ids(a, d, name, cname_record_ends);
    emit_ids(a, d, name, cname_struct_ends);
    emit_ids(a, d, fn, cname_record_fn_ends);
    emit_ids(a, d, fn, cname_error_fn_ends);
    emit_ids(a, d, fn, cname_event_fn_ends);
}

void emit_interface(arena *a, data *d, const model_interface *f)
{
    data_text(d, "table", cname_table(a, f));
    data_text(d, "descriptor", cname_interface_descriptor(a, f));
    emit_ids(a, d, cname_interface(a, f), cname_interface_ends);
}

void emit_proxy(arena *a, data *d, const model_interface *f, const model_handler *h)
{
    const char *name = cname_method(a, f, h);
    list all = emit_parameters(a, h, true), sent = emit_parameters(a, h, false), await = {0};
    list_add(a, &await, arena_printf(a, "%s *future", cname_with(a, name, "_future")));
    if (h->result)
        list_add(a, &await, (void *)emit_result(a, h->result));
    const char *future = arena_printf(a, "%s *", cname_with(a, name, "_future"));
    data_text(d, "name", name);
    emit_ids(a, d, name, cname_method_ends);
    data_text(d, "call", emit_prototype(a, "lymph_status", name, &all));
    data_text(d, "defer", emit_prototype(a, future, cname_with(a, name, "_defer"), &sent));
    data_text(d, "await", emit_prototype(a, "lymph_status", cname_with(a, name, "_await"), &await));
}
