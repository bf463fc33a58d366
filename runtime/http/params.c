#include "http/params.h"

#include <stdio.h>

#include "codec/limits.h"
#include "codec/plain.h"
#include "config/scalar.h"
#include "utf8.h"

#define NAME_MAX_BYTES 128

static const char body_name[] = "the body";

static const char *const source_names[] = {[LYMPH_HTTP_PATH] = "path",
                                           [LYMPH_HTTP_QUERY] = "query",
                                           [LYMPH_HTTP_HEADER] = "header",
                                           [LYMPH_HTTP_BODY] = "body"};

/* One parameter. */
typedef struct taking {
    const http_input *in;
    const lymph_field *field;
    unsigned source;
    arena *arena;
    failure *failure;
} taking;

static lymph_status refuse(const taking *t, const char *why)
{
    if (t->source == LYMPH_HTTP_BODY)
        return failure_set(t->failure, LYMPH_EINVAL, "%s: %s", body_name, why);
    return failure_set(t->failure, LYMPH_EINVAL, "%s parameter '%s': %s", source_names[t->source], t->field->name, why);
}

static lymph_status no_memory(const taking *t)
{
    return failure_set(t->failure, LYMPH_ENOMEM, "out of memory");
}

/* ---- where the text is ---- */

static bool in_path(const taking *t, slice *text)
{
    const route_match *m = t->in->match;
    for (size_t i = 0; i < m->count; i++) {
        slice name = m->params[i].name;
        if (strlen(t->field->name) == name.size && memcmp(t->field->name, name.at, name.size) == 0) {
            *text = m->params[i].text;
            return true;
        }
    }
    return false;
}

/* The first of that name. */
static bool in_query(const taking *t, slice *text)
{
    for (const char *p = t->in->query; p && *p;) {
        size_t size = strcspn(p, "&"), name = strcspn(p, "=&");
        char plain[NAME_MAX_BYTES + 1];
        if (name <= NAME_MAX_BYTES && router_unescape((slice){p, name}, true, plain) >= 0 &&
            strcmp(plain, t->field->name) == 0) {
            *text = name < size ? (slice){p + name + 1, size - name - 1} : (slice){"", 0};
            return true;
        }
        p += size + (p[size] == '&');
    }
    return false;
}

/* x_api_key is X-Api-Key. */
static bool in_headers(const taking *t, slice *text)
{
    char name[NAME_MAX_BYTES + 1];
    size_t size = strlen(t->field->name);
    if (size > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i <= size; i++)
        name[i] = t->field->name[i] == '_' ? '-' : t->field->name[i];
    const char *value = t->in->header(t->in->headers, name);
    if (value)
        *text = slice_of(value);
    return value;
}

static bool find(const taking *t, slice *text)
{
    return t->source == LYMPH_HTTP_PATH    ? in_path(t, text)
           : t->source == LYMPH_HTTP_QUERY ? in_query(t, text)
                                           : in_headers(t, text);
}

/* ---- from text to C ---- */

/* It is not of its type, or beyond its limits. */
static lymph_status refuse_value(const taking *t)
{
    char expected[SCALAR_TEXT_MAX], why[SCALAR_TEXT_MAX + 20];
    if (t->source != LYMPH_HTTP_BODY)
        scalar_expected(t->field, expected);
    else
        limits_print(t->field, expected);
    snprintf(why, sizeof why, "expected %s", expected);
    return refuse(t, why);
}

/* UTF-8 without a NUL. */
static bool is_text(const char *text, size_t size)
{
    uint32_t code;
    for (size_t i = 0, step; i < size; i += step) {
        step = utf8_decode(text + i, size - i, &code);
        if (!step || !code)
            return false;
    }
    return true;
}

static lymph_status take_text(const taking *t, slice text, void *out)
{
    const lymph_type *type = t->field->type->kind == LYMPH_KIND_OPTIONAL ? t->field->type->element : t->field->type;
    char *plain = arena_alloc(t->arena, text.size + 1);
    if (!plain)
        return no_memory(t);
    long size = (long)text.size;
    if (t->source == LYMPH_HTTP_HEADER)
        memcpy(plain, text.at, text.size);
    else
        size = router_unescape(text, t->source == LYMPH_HTTP_QUERY, plain);
    if (size < 0)
        return refuse(t, "a '%' is not followed by two hexadecimal digits");
    plain[size] = '\0';
    if (!is_text(plain, (size_t)size))
        return refuse(t, "this is no text in UTF-8");
    return scalar_parse(type, plain, out) ? LYMPH_OK : refuse_value(t);
}

/* A string and bytes are the body as it is; everything else is JSON. */
static lymph_status take_body(const taking *t, const lymph_type *type, void *out)
{
    slice body = t->in->body;
    if (type->kind != LYMPH_KIND_STRING && type->kind != LYMPH_KIND_BYTES) {
        lymph_status st = plain_parse(t->arena, type, body.at, body.size, body_name, out, t->failure);
        bool named = strncmp(t->failure->message, body_name, sizeof body_name - 1) == 0; /* as where a path begins */
        return st && !named ? failure_wrap(t->failure, st, "%s: ", body_name) : st;
    }
    char *kept = arena_strndup(t->arena, body.at, body.size);
    if (!kept)
        return no_memory(t);
    if (type->kind == LYMPH_KIND_BYTES) {
        *(lymph_bytes *)out = (lymph_bytes){(const uint8_t *)kept, body.size};
        return LYMPH_OK;
    }
    if (!is_text(kept, body.size))
        return refuse(t, "this is no text in UTF-8");
    *(const char **)out = kept;
    return LYMPH_OK;
}

/* An optional value is where a pointer leads; only a string is the pointer itself. */
static lymph_status take_value(const taking *t, slice text, void *member)
{
    const lymph_type *type = t->field->type;
    void *out = member;
    if (type->kind == LYMPH_KIND_OPTIONAL) {
        type = type->element;
        if (type->kind != LYMPH_KIND_STRING) {
            out = arena_zalloc(t->arena, type->size);
            if (!out)
                return no_memory(t);
            *(void **)member = out;
        }
    }
    return t->source == LYMPH_HTTP_BODY ? take_body(t, type, out) : take_text(t, text, out);
}

static lymph_status take(const taking *t, void *member)
{
    slice text = {"", 0};
    bool found = t->source == LYMPH_HTTP_BODY ? t->in->body.size > 0 || t->field->type->kind == LYMPH_KIND_STRING ||
                                                    t->field->type->kind == LYMPH_KIND_BYTES
                                              : find(t, &text);
    if (!found) {
        if (t->field->preset)
            memcpy(member, t->field->preset, t->field->type->size);
        else if (t->field->type->kind != LYMPH_KIND_OPTIONAL)
            return refuse(t, "missing");
        return LYMPH_OK;
    }
    lymph_status st = take_value(t, text, member);
    return st || limits_keep(t->field, member) ? st : refuse_value(t);
}

lymph_status params_decode(const http_input *in, arena *a, void *out, failure *f)
{
    const lymph_http_route *route = in->match->route;
    const lymph_record *record = route->method.params;
    lymph_status st = LYMPH_OK;
    if (record->size)
        memset(out, 0, record->size);
    for (size_t i = 0; i < record->field_count && !st; i++) {
        const taking t = {in, &record->fields[i], route->sources[i], a, f};
        st = take(&t, (char *)out + record->fields[i].offset);
    }
    return st == LYMPH_ENOMEM ? st : st ? LYMPH_EINVAL : LYMPH_OK;
}
