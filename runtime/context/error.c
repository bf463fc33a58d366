/* error.c: declared errors, sent by handlers and caught by callers. */
#include <string.h>

#include "codec/reader.h"
#include "context/ctx.h"

static bool declared(const lymph_method *method, const lymph_record *error)
{
    for (const lymph_record *const *r = method ? method->raises : NULL; r && *r; r++)
        if (*r == error)
            return true;
    return false;
}

/* A map without the record's sensitive fields. In place. */
static void leave_out_sensitive(const lymph_record *record, lymph_value *map)
{
    lymph_entry *entries = (lymph_entry *)map->as.entries;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < map->size; i++) {
        bool secret = false;
        for (size_t n = 0; n < record->field_count; n++)
            secret |= (record->fields[n].flags & LYMPH_FIELD_SENSITIVE) &&
                      strcmp(record->fields[n].name, lymph_text(entries[i].key)) == 0;
        if (!secret)
            entries[kept++] = entries[i];
    }
    map->size = kept;
}

/* The text that people see: the error's own `message`, else its fields as JSON. */
static const char *message_of(lymph_ctx *ctx, const lymph_record *error, const void *value)
{
    for (size_t i = 0; i < error->field_count; i++) {
        const lymph_field *field = &error->fields[i];
        if (strcmp(field->name, "message") == 0 && field->type->kind == LYMPH_KIND_STRING) {
            const char *text;
            memcpy(&text, (const char *)value + field->offset, sizeof text);
            return text ? text : "";
        }
    }
    if (!error->field_count)
        return error->doc;
    writer w;
    writer_init(&w);
    lymph_value fields;
    const char *text = "";
    if (!encode_record(&w, error, value, &ctx->base->failure) && !w.failed &&
        !decode_value_all(w.data, w.size, &ctx->base->memory, &fields, NULL)) {
        leave_out_sensitive(error, &fields);
        (void)json_print(&ctx->base->memory, &fields, 0, &text, NULL);
    }
    writer_done(&w);
    return text;
}

/* Writes {"type", "message", fields…}; a field of one of these two names is not written again. */
static lymph_status encode_error(lymph_ctx *ctx, writer *w, const lymph_record *error, const void *value,
                                 const char *what)
{
    failure *f = &ctx->base->failure;
    writer fields;
    writer_init(&fields);
    lymph_status st = encode_record(&fields, error, value, f);
    lymph_value map = lymph_nil();
    if (!st)
        st = ctx_written(ctx, &fields, "the error");
    if (!st)
        st = decode_value_all(fields.data, fields.size, &ctx->base->memory, &map, f);
    writer_done(&fields);
    if (st)
        return st;
    uint32_t extra = 0;
    for (uint32_t i = 0; i < map.size; i++) {
        const char *key = lymph_text(map.as.entries[i].key);
        extra += strcmp(key, "type") != 0 && strcmp(key, "message") != 0;
    }
    write_map(w, 2 + extra);
    write_cstr(w, "type");
    write_cstr(w, error->name);
    write_cstr(w, "message");
    write_cstr(w, what);
    for (uint32_t i = 0; i < map.size && !st; i++) {
        const lymph_entry *e = &map.as.entries[i];
        const char *key = lymph_text(e->key);
        if (strcmp(key, "type") == 0 || strcmp(key, "message") == 0)
            continue;
        write_cstr(w, key);
        st = encode_value(w, &e->value, f);
    }
    return st ? st : ctx_written(ctx, w, "the error");
}

lymph_status lymph_raise(lymph_ctx *ctx, const lymph_record *error, const void *value)
{
    if (!ctx)
        return LYMPH_ENOMEM;
    if (!declared(ctx->method, error))
        return ctx_fail(ctx, LYMPH_EINVAL, "%s is raised but not declared%s%s", error->name, ctx->method ? " by " : "",
                        ctx->method ? ctx->method->subject : "");
    if (!value && error->field_count)
        return ctx_fail(ctx, LYMPH_EINVAL, "%s is raised without a value", error->name);
    const char *what = message_of(ctx, error, value);
    writer w;
    writer_init(&w);
    lymph_status st = encode_error(ctx, &w, error, value, what);
    const void *kept = st ? NULL : arena_strndup(&ctx->base->memory, (char *)w.data, w.size);
    size_t size = w.size;
    writer_done(&w);
    if (st)
        return st;
    if (!kept)
        return ctx_fail(ctx, LYMPH_ENOMEM, "out of memory");
    ctx_fail(ctx, LYMPH_EREMOTE, "%s: %s", error->name, what);
    ctx->base->raised = kept;
    ctx->base->raised_size = size;
    return LYMPH_EREMOTE;
}

const void *lymph_caught(lymph_ctx *ctx, const lymph_record *error)
{
    if (!ctx || !ctx->base->remote || !ctx->base->error_type || strcmp(ctx->base->error_type, error->name) != 0)
        return NULL;
    arena *a = &ctx->base->memory;
    void *value = arena_zalloc(a, error->size);
    reader r;
    reader_init(&r, ctx->base->error_body, ctx->base->error_size);
    failure f;
    return value && !decode_record(&r, a, error, false, value, &f) ? value : NULL;
}
