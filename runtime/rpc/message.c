#include "rpc/message.h"

#include <stdlib.h>
#include <string.h>

#include "codec/reader.h"

static const char *const type_names[] = {"REQ", "REP", "ACK", "NACK", "ERROR"};

const char *message_type_name(message_type type)
{
    return type_names[type];
}

void *message_keep(message *m)
{
    slice *headers = &m->frames[FRAME_HEADERS], *body = &m->frames[FRAME_BODY];
    char *memory = m->memory;
    if (!memory) {
        memory = malloc(headers->size + body->size + 1);
        if (!memory)
            return NULL;
        if (headers->size)
            memcpy(memory, headers->at, headers->size);
        if (body->size)
            memcpy(memory + headers->size, body->at, body->size);
        headers->at = memory;
        body->at = memory + headers->size;
    }
    m->memory = NULL;
    return memory;
}

const char *message_parse(message *m)
{
    m->id = m->frames[FRAME_ID];
    m->subject = m->frames[FRAME_SUBJECT];
    if (m->id.size > MESSAGE_ID_MAX || !utf8_valid(m->id.at, m->id.size, true))
        return "its id is not UTF-8 text of at most 255 bytes";
    if (m->subject.size > MESSAGE_ID_MAX || !utf8_valid(m->subject.at, m->subject.size, true))
        return "its subject is not UTF-8 text of at most 255 bytes";
    slice type = m->frames[FRAME_TYPE];
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++) {
        if (type.size == strlen(type_names[i]) && memcmp(type.at, type_names[i], type.size) == 0) {
            m->type = (message_type)i;
            return NULL;
        }
    }
    return "its type is none of REQ, REP, ACK, NACK, ERROR";
}

static bool is_key(const token *t, const char *key, size_t size)
{
    return t->kind == TOKEN_STR && t->size == size && memcmp(t->data, key, size) == 0;
}

/* The value of a header that should be a text; nil is as good as absent. `misfit` is what to say of anything else;
 * NULL: that counts as absent, too. */
static const char *read_text(reader *r, const char *misfit, slice *out)
{
    reader ahead = *r;
    token t;
    *out = (slice){NULL, 0};
    if (!reader_next(&ahead, &t))
        return ahead.error ? ahead.error : "headers end early";
    if (t.kind == TOKEN_STR && t.size <= MESSAGE_TRACE_MAX && utf8_valid(t.data, t.size, false)) {
        *out = (slice){(const char *)t.data, t.size};
        *r = ahead;
        return NULL;
    }
    if (t.kind != TOKEN_NIL && misfit)
        return misfit;
    return reader_skip(r) ? NULL : "headers end early";
}

const char *message_headers(const message *m, request_headers *h)
{
    *h = (request_headers){0};
    slice frame = m->frames[FRAME_HEADERS];
    if (!frame.size)
        return NULL;
    reader r;
    reader_init(&r, frame.at, frame.size);
    token map, key;
    if (!reader_next(&r, &map) || map.kind != TOKEN_MAP)
        return "headers are not a map";
    for (uint32_t i = 0; i < map.as.count; i++) {
        const char *wrong = NULL;
        if (!reader_next(&r, &key))
            return "headers end early";
        if (is_key(&key, "version", 7))
            wrong = read_text(&r, "its version is not a text", &h->version);
        else if (is_key(&key, "trace_id", 8))
            wrong = read_text(&r, NULL, &h->trace_id);
        else if (key.kind == TOKEN_ARRAY || key.kind == TOKEN_MAP || !reader_skip(&r))
            wrong = "headers are malformed";
        if (wrong)
            return wrong;
    }
    return reader_at_end(&r) ? NULL : "bytes are left behind the headers";
}

void write_headers(writer *w, const char *version, const char *trace_id, size_t trace_id_size)
{
    write_map(w, 2);
    write_str(w, "version", 7);
    if (version)
        write_cstr(w, version);
    else
        write_nil(w);
    write_str(w, "trace_id", 8);
    write_str(w, trace_id, trace_id_size);
}

void write_trace_header(writer *w, const char *trace_id, size_t trace_id_size)
{
    write_map(w, 1);
    write_str(w, "trace_id", 8);
    write_str(w, trace_id, trace_id_size);
}
