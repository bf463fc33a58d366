#include "events/envelope.h"

#include <string.h>

#include "codec/codec.h"
#include "codec/reader.h"
#include "rpc/message.h"

void envelope_begin(writer *w, const char *type, const char *trace_id)
{
    write_map(w, 4);
    write_cstr(w, "type");
    write_cstr(w, type);
    write_cstr(w, "headers");
    write_map(w, 1);
    write_cstr(w, "trace_id");
    write_cstr(w, trace_id);
    write_cstr(w, "body");
}

void envelope_end(writer *w, const char *source)
{
    write_cstr(w, "source");
    write_cstr(w, source);
}

static bool key_is(const token *t, const char *key)
{
    return t->kind == TOKEN_STR && t->size == strlen(key) && memcmp(t->data, key, t->size) == 0;
}

/* The bytes of the next value; also its text where it is one. */
static bool take(reader *r, slice *raw, slice *as_text)
{
    reader ahead = *r;
    const char *begin = (const char *)r->at;
    if (!reader_skip(r))
        return false;
    if (raw)
        *raw = (slice){begin, (size_t)((const char *)r->at - begin)};
    token t;
    if (as_text && reader_next(&ahead, &t) && t.kind == TOKEN_STR && t.size <= MESSAGE_TRACE_MAX &&
        utf8_valid(t.data, t.size, false))
        *as_text = (slice){(const char *)t.data, t.size};
    return true;
}

static void read_trace_id(slice headers, slice *trace_id)
{
    reader r;
    reader_init(&r, headers.at, headers.size);
    token map, key;
    if (!reader_next(&r, &map) || map.kind != TOKEN_MAP)
        return;
    for (uint32_t i = 0; i < map.as.count; i++) {
        if (!reader_next(&r, &key) || key.kind == TOKEN_ARRAY || key.kind == TOKEN_MAP)
            return;
        if (!take(&r, NULL, key_is(&key, "trace_id") ? trace_id : NULL))
            return;
    }
}

const char *envelope_read(const void *data, size_t size, envelope *out)
{
    *out = (envelope){0};
    reader r;
    reader_init(&r, data, size);
    token map, key;
    if (!reader_next(&r, &map) || map.kind != TOKEN_MAP)
        return "it is not a map";
    for (uint32_t i = 0; i < map.as.count; i++) {
        if (!reader_next(&r, &key) || key.kind == TOKEN_ARRAY || key.kind == TOKEN_MAP)
            return "it is malformed";
        bool ok = key_is(&key, "type")      ? take(&r, NULL, &out->type)
                  : key_is(&key, "headers") ? take(&r, &out->headers, NULL)
                  : key_is(&key, "body")    ? take(&r, &out->body, NULL)
                  : key_is(&key, "source")  ? take(&r, NULL, &out->source)
                                            : reader_skip(&r);
        if (!ok)
            return "it is malformed";
    }
    if (!reader_at_end(&r))
        return "bytes are left behind it";
    if (!out->type.size)
        return "its type is missing";
    if (out->headers.size)
        read_trace_id(out->headers, &out->trace_id);
    return NULL;
}
