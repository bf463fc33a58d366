/* golden_bytes.c: the bytes that the original was seen to send (tests/golden_bytes, run from the root of the tree),
 * decoded and encoded again byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "rpc/endpoint.h"
#include "rpc/message.h"

typedef struct octets {
    uint8_t *data;
    size_t size;
} octets;

static json_t *load(const char *file)
{
    json_error_t error;
    json_t *j = json_load_file(file, 0, &error);
    if (!j)
        fail_msg("%s:%d: %s", file, error.line, error.text);
    return j;
}

static const char *text_of(const json_t *row, const char *key)
{
    return json_string_value(json_object_get(row, key));
}

/* The octets of a row's hex digits under `key`, and behind them `then` times an x. */
static octets unhex(const json_t *row, const char *hex)
{
    size_t digits = strlen(hex), then = (size_t)json_integer_value(json_object_get(row, "then"));
    octets o = {malloc(digits / 2 + then + 1), 0};
    for (; o.size < digits / 2; o.size++)
        assert_int_equal(sscanf(hex + 2 * o.size, "%2hhx", &o.data[o.size]), 1);
    memset(o.data + o.size, 'x', then);
    o.size += then;
    return o;
}

static void assert_bytes(const char *what, const writer *w, octets expected)
{
    if (w->failed || w->size != expected.size || memcmp(w->data, expected.data, w->size) != 0)
        fail_msg("%s: other bytes come out", what);
}

/* ---- serialization ---- */

static const lymph_type *type_named(const char *name)
{
    static const struct {
        const char *name;
        const lymph_type *type;
    } types[] = {
        {"bool", &lymph_type_bool},       {"int64", &lymph_type_int64},   {"uint64", &lymph_type_uint64},
        {"float64", &lymph_type_float64}, {"string", &lymph_type_string}, {"bytes", &lymph_type_bytes},
        {"date", &lymph_type_date},       {"time", &lymph_type_time},     {"datetime", &lymph_type_datetime},
        {"decimal", &lymph_type_decimal}, {"uuid", &lymph_type_uuid},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0)
            return types[i].type;
    fail_msg("no type %s", name);
    return NULL;
}

static void check_typed(const json_t *row, octets in, octets expected)
{
    const lymph_type *type = type_named(text_of(row, "type"));
    max_align_t value[4];
    assert_true(type->size <= sizeof value);
    arena a;
    arena_init(&a);
    reader r;
    reader_init(&r, in.data, in.size);
    failure f = {0};
    writer w;
    writer_init(&w);
    if (decode_type(&r, &a, type, "value", value, &f) || !reader_at_end(&r) ||
        encode_type(&w, type, value, "value", &f))
        fail_msg("%s: %s", text_of(row, "case"), f.message);
    assert_bytes(text_of(row, "case"), &w, expected);
    writer_done(&w);
    arena_done(&a);
}

static void check_json(const json_t *row, const lymph_value *value, octets expected)
{
    const char *text = text_of(row, "json"), *printed;
    lymph_value parsed;
    failure f = {0};
    arena a;
    arena_init(&a);
    writer w;
    writer_init(&w);
    assert_int_equal(json_print(&a, value, LYMPH_JSON_ASCII, &printed, &f), LYMPH_OK);
    assert_string_equal(printed, text);
    assert_int_equal(json_parse(&a, text, strlen(text), &parsed, &f), LYMPH_OK);
    assert_int_equal(encode_value(&w, &parsed, &f), LYMPH_OK);
    assert_bytes(text, &w, expected);
    writer_done(&w);
    arena_done(&a);
}

static void check_row(const json_t *row)
{
    const char *name = text_of(row, "case"), *becomes = text_of(row, "becomes"), *error = text_of(row, "error");
    octets in = unhex(row, text_of(row, "hex")), expected = unhex(row, becomes ? becomes : text_of(row, "hex"));
    failure f = {0};
    arena a;
    arena_init(&a);
    lymph_value v;
    lymph_status st = decode_value_all(in.data, in.size, &a, &v, &f);
    if (error) {
        assert_int_equal(st, LYMPH_EPROTO);
        if (!strstr(f.message, error))
            fail_msg("%s: '%s' lacks '%s'", name, f.message, error);
    } else {
        if (st)
            fail_msg("%s: %s", name, f.message);
        writer w;
        writer_init(&w);
        assert_int_equal(encode_value(&w, &v, &f), LYMPH_OK);
        assert_bytes(name, &w, expected);
        writer_done(&w);
        if (text_of(row, "type"))
            check_typed(row, in, expected);
        if (text_of(row, "json"))
            check_json(row, &v, expected);
    }
    arena_done(&a);
    free(in.data);
    free(expected.data);
}

static void test_values(void **state)
{
    json_t *rows = load("tests/golden_bytes/serialization.json"), *row;
    size_t i;
    assert_true(json_array_size(rows) > 100);
    json_array_foreach(rows, i, row) check_row(row);
    json_decref(rows);
}

/* ---- messages ---- */

static void set_frame(message *m, int frame, const void *data, size_t size)
{
    m->frames[frame] = (slice){memcpy(malloc(size + 1), size ? data : "", size), size};
}

static void set_text(message *m, int frame, const char *text)
{
    set_frame(m, frame, text, strlen(text));
}

static void message_done(message *m, int count)
{
    for (int i = 0; i < count && i < FRAME_COUNT; i++)
        free((char *)m->frames[i].at);
}

static void assert_slice(slice s, const char *text)
{
    if (!text)
        assert_null(s.at);
    else
        assert_true(s.size == strlen(text) && memcmp(s.at, text, s.size) == 0);
}

/* What our side would put in front of such a message. */
static void check_headers(const json_t *row, octets headers)
{
    const char *trace_id = text_of(row, "trace_id");
    writer w;
    writer_init(&w);
    if (headers.data[0] == 0x81)
        write_trace_header(&w, trace_id, strlen(trace_id));
    else
        write_headers(&w, text_of(row, "version"), trace_id, strlen(trace_id));
    assert_bytes(text_of(row, "case"), &w, headers);
    writer_done(&w);
}

static void check_body(const json_t *row, octets body)
{
    failure f = {0};
    arena a;
    arena_init(&a);
    lymph_value v;
    writer w;
    writer_init(&w);
    if (decode_value_all(body.data, body.size, &a, &v, &f) || encode_value(&w, &v, &f))
        fail_msg("%s: %s", text_of(row, "case"), f.message);
    assert_bytes(text_of(row, "case"), &w, body);
    writer_done(&w);
    arena_done(&a);
}

static void check_message(const json_t *row)
{
    octets headers = unhex(row, text_of(row, "headers")), body = unhex(row, text_of(row, "body"));
    message m;
    const char *source = text_of(row, "source");
    set_text(&m, FRAME_ID, text_of(row, "id"));
    set_text(&m, FRAME_TYPE, text_of(row, "type"));
    set_text(&m, FRAME_SUBJECT, text_of(row, "subject"));
    set_frame(&m, FRAME_HEADERS, headers.data, headers.size);
    set_frame(&m, FRAME_BODY, body.data, body.size);
    assert_null(message_parse(&m));
    assert_true(endpoint_valid(source, strlen(source)));
    assert_string_equal(message_type_name(m.type), text_of(row, "type"));
    assert_slice(m.id, text_of(row, "id"));
    assert_slice(m.subject, text_of(row, "subject"));
    request_headers h;
    assert_null(message_headers(&m, &h));
    assert_slice(h.version, text_of(row, "version"));
    assert_slice(h.trace_id, text_of(row, "trace_id"));
    check_headers(row, headers);
    check_body(row, body);
    message_done(&m, FRAME_COUNT);
    free(headers.data);
    free(body.data);
}

/* Where we stop: in the order of the transport and of dispatch. */
static const char *what_is_wrong(message *m, octets source, int count)
{
    if (count != FRAME_COUNT)
        return "frames";
    slice body = m->frames[FRAME_BODY];
    if (!endpoint_valid((const char *)source.data, source.size))
        return "source";
    if (message_parse(m))
        return "message";
    request_headers h;
    if (message_headers(m, &h))
        return "headers";
    arena a;
    arena_init(&a);
    lymph_value v;
    lymph_status st = decode_value_all(body.at, body.size, &a, &v, NULL);
    arena_done(&a);
    return st ? "body" : "served";
}

static void check_malformed(const json_t *row)
{
    const json_t *frames = json_object_get(row, "frames");
    int count = (int)json_array_size(frames) - 1; /* the first is the source: the connection's name */
    octets source = unhex(row, json_string_value(json_array_get(frames, 0)));
    message m;
    for (int i = 0; i < count && i < FRAME_COUNT; i++) {
        octets o = unhex(row, json_string_value(json_array_get(frames, (size_t)i + 1)));
        set_frame(&m, i, o.data, o.size);
        free(o.data);
    }
    const char *wrong = what_is_wrong(&m, source, count);
    if (strcmp(wrong, text_of(row, "wrong")) != 0)
        fail_msg("%s: %s instead of %s", text_of(row, "case"), wrong, text_of(row, "wrong"));
    message_done(&m, count);
    free(source.data);
}

static void test_messages(void **state)
{
    json_t *file = load("tests/golden_bytes/rpc_frames.json"), *rows = json_object_get(file, "messages"), *row;
    size_t i;
    assert_true(json_array_size(rows) > 50);
    json_array_foreach(rows, i, row) check_message(row);
    json_decref(file);
}

static void test_malformed_messages(void **state)
{
    json_t *file = load("tests/golden_bytes/rpc_frames.json"), *rows = json_object_get(file, "malformed"), *row;
    size_t i;
    assert_true(json_array_size(rows) > 20);
    json_array_foreach(rows, i, row) check_malformed(row);
    json_decref(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_malformed_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
