#include "http/response.h"

#include "codec/codec.h"
#include "codec/plain.h"

#define ERROR_STATUS 400 /* of declared errors that do not say */

const char *response_reason(unsigned status)
{
    static const struct {
        unsigned status;
        const char *reason;
    } all[] = {{200, "OK"},
               {201, "CREATED"},
               {202, "ACCEPTED"},
               {204, "NO CONTENT"},
               {206, "PARTIAL CONTENT"},
               {308, "PERMANENT REDIRECT"},
               {400, "BAD REQUEST"},
               {401, "UNAUTHORIZED"},
               {402, "PAYMENT REQUIRED"},
               {403, "FORBIDDEN"},
               {404, "NOT FOUND"},
               {405, "METHOD NOT ALLOWED"},
               {406, "NOT ACCEPTABLE"},
               {409, "CONFLICT"},
               {410, "GONE"},
               {412, "PRECONDITION FAILED"},
               {413, "REQUEST ENTITY TOO LARGE"},
               {415, "UNSUPPORTED MEDIA TYPE"},
               {422, "UNPROCESSABLE ENTITY"},
               {429, "TOO MANY REQUESTS"},
               {499, "CLIENT CLOSED REQUEST"},
               {500, "INTERNAL SERVER ERROR"},
               {501, "NOT IMPLEMENTED"},
               {502, "BAD GATEWAY"},
               {503, "SERVICE UNAVAILABLE"},
               {504, "GATEWAY TIMEOUT"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].status == status)
            return all[i].reason;
    return status < 300 ? "OK" : status < 500 ? "REFUSED" : "FAILED";
}

response response_text(unsigned status, const char *text)
{
    return (response){.status = status, .type = "text/plain; charset=utf-8", .body = slice_of(text)};
}

lymph_status response_result(const lymph_http_route *route, const void *result, arena *a, response *out, failure *f)
{
    const lymph_type *type = route->method.result;
    *out = (response){.status = route->status ? route->status : type ? 200 : 204};
    if (!type)
        return LYMPH_OK;
    if (type->kind == LYMPH_KIND_BYTES) {
        const lymph_bytes *b = result;
        out->type = "application/octet-stream";
        out->body = (slice){b->size ? (const char *)b->data : "", b->size};
        return LYMPH_OK;
    }
    if (type->kind == LYMPH_KIND_STRING) {
        const char *text = *(const char *const *)result;
        if (!text)
            return failure_set(f, LYMPH_EINVAL, "%s: the result is NULL", route->method.subject);
        *out = response_text(out->status, text);
        return LYMPH_OK;
    }
    const char *json = NULL;
    lymph_status st = plain_print(a, type, result, route->method.subject, 0, &json, f);
    out->type = "application/json";
    out->body = slice_of(st ? "" : json);
    return st;
}

/* ---- declared errors ---- */

static const lymph_record *find_error(const lymph_http_route *route, const char *name)
{
    for (const lymph_record *const *r = route->method.raises; r && *r; r++)
        if (strcmp((*r)->name, name) == 0)
            return *r;
    return NULL;
}

static const char *text_of(lymph_value body, const char *key)
{
    const lymph_value *found = lymph_get(body, key);
    const char *text = found ? lymph_text(*found) : NULL;
    return text ? text : "";
}

/* {"type": …, "message": …} and behind them what `fields`, an object's text, holds. */
static lymph_status join(arena *a, const char *type, const char *message, const char *fields, response *out, failure *f)
{
    const lymph_entry entries[] = {{lymph_string("type"), lymph_string(type)},
                                   {lymph_string("message"), lymph_string(message)}};
    const lymph_value head = lymph_map(entries, 2);
    const char *text = NULL;
    lymph_status st = json_print(a, &head, 0, &text, f);
    if (st)
        return st;
    size_t size = strlen(text);
    const char *all = arena_printf(a, "%.*s%s%s", (int)size - 1, text, fields[1] == '}' ? "" : ", ", fields + 1);
    if (!all)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    out->type = "application/json";
    out->body = slice_of(all);
    return LYMPH_OK;
}

lymph_status response_error(const lymph_http_route *route, const void *body, size_t size, arena *a, response *out,
                            failure *f)
{
    lymph_value sent;
    lymph_status st = decode_value_all(body, size, a, &sent, f);
    if (st)
        return st;
    const char *name = text_of(sent, "type"), *fields = NULL;
    const lymph_record *record = find_error(route, name);
    if (!record)
        return failure_set(f, LYMPH_EINVAL, "%s is raised but not declared", name);
    void *value = arena_zalloc(a, record->size);
    if (!value)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    reader in;
    reader_init(&in, body, size);
    st = decode_record(&in, a, record, false, value, f);
    const lymph_type type = {.kind = LYMPH_KIND_STRUCT, .size = (uint32_t)record->size, .record = record};
    if (!st)
        st = plain_print(a, &type, value, record->name, 0, &fields, f);
    *out = (response){.status = record->status ? record->status : ERROR_STATUS};
    return st ? st : join(a, name, text_of(sent, "message"), fields, out, f);
}
