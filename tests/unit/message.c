/* message.c: frames and headers as peers send them, good and bad. The original's own are in golden_bytes.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/message.h"

static message m;

static void set(int frame, const char *bytes, size_t size)
{
    m.frames[frame] = (slice){bytes, size};
}

#define SET(frame, bytes) set(frame, bytes, sizeof(bytes) - 1)

static int set_up(void **state)
{
    m = (message){0};
    SET(FRAME_ID, "id");
    SET(FRAME_TYPE, "REQ");
    SET(FRAME_SUBJECT, "A.b");
    return 0;
}

static void test_types(void **state)
{
    static const char *const names[] = {"REQ", "REP", "ACK", "NACK", "ERROR"};
    for (int i = 0; i < 5; i++) {
        set(FRAME_TYPE, names[i], strlen(names[i]));
        assert_null(message_parse(&m));
        assert_int_equal(m.type, i);
        assert_string_equal(message_type_name(m.type), names[i]);
    }
    static const char *const bad[] = {"", "req", "REQ ", "RE", "NACKS", "FOO"};
    for (int i = 0; i < 6; i++) {
        set(FRAME_TYPE, bad[i], strlen(bad[i]));
        assert_string_equal(message_parse(&m), "its type is none of REQ, REP, ACK, NACK, ERROR");
    }
}

static void test_ids_and_subjects(void **state)
{
    static char lengthy[MESSAGE_ID_MAX + 1];
    memset(lengthy, 'x', sizeof lengthy);
    SET(FRAME_ID, "");
    assert_null(message_parse(&m));
    set(FRAME_ID, lengthy, MESSAGE_ID_MAX);
    assert_null(message_parse(&m));
    assert_int_equal(m.id.size, MESSAGE_ID_MAX);
    set(FRAME_ID, lengthy, MESSAGE_ID_MAX + 1);
    assert_string_equal(message_parse(&m), "its id is not UTF-8 text of at most 255 bytes");
    SET(FRAME_ID, "\xff\xfe");
    assert_string_equal(message_parse(&m), "its id is not UTF-8 text of at most 255 bytes");
    SET(FRAME_ID, "a\0b");
    SET(FRAME_SUBJECT, "\xff");
    assert_string_equal(message_parse(&m), "its subject is not UTF-8 text of at most 255 bytes");
    set(FRAME_SUBJECT, lengthy, MESSAGE_ID_MAX + 1);
    assert_string_equal(message_parse(&m), "its subject is not UTF-8 text of at most 255 bytes");
}

static const char *headers(const char *bytes, size_t size, request_headers *h)
{
    set(FRAME_HEADERS, bytes, size);
    return message_headers(&m, h);
}

#define HEADERS(bytes, h) headers(bytes, sizeof(bytes) - 1, h)

static void test_headers(void **state)
{
    request_headers h;
    assert_null(HEADERS("", &h));
    assert_null(h.version.at);
    assert_null(HEADERS("\x80", &h));
    assert_null(h.trace_id.at);
    assert_null(HEADERS("\x82\xa7version\xc0\xa8trace_id\xc0", &h));
    assert_null(h.version.at);
    assert_null(h.trace_id.at);
    assert_null(HEADERS("\x84\xa3new\x81\x01\x92\xc0\xc0\xa8trace_id\xd9\x01t\x05\xc0\xa7version\xa5"
                        "1.2.3",
                        &h));
    assert_int_equal(h.version.size, 5);
    assert_memory_equal(h.version.at, "1.2.3", 5);
    assert_int_equal(h.trace_id.size, 1);
    /* A trace id that is no text, or one that could not be logged or passed on, counts as none. */
    assert_null(HEADERS("\x81\xa8trace_id\x07", &h));
    assert_null(h.trace_id.at);
    assert_null(HEADERS("\x81\xa8trace_id\xa1\xff", &h));
    assert_null(h.trace_id.at);
    assert_null(HEADERS("\x81\xa8trace_id\xa2"
                        "a\0",
                        &h));
    assert_null(h.trace_id.at);
}

static void test_bad_headers(void **state)
{
    request_headers h;
    assert_string_equal(HEADERS("\xc0", &h), "headers are not a map");
    assert_string_equal(HEADERS("\x90", &h), "headers are not a map");
    assert_string_equal(HEADERS("\x81", &h), "headers are not a map");
    assert_string_equal(HEADERS("\x80\x80", &h), "bytes are left behind the headers");
    assert_string_equal(HEADERS("\x82\xa7version\xc0", &h), "headers end early");
    assert_string_equal(HEADERS("\x81\xa8trace_id\xa9"
                                "abc",
                                &h),
                        "the bytes end early");
    assert_string_equal(HEADERS("\x81\x91\x01\x02", &h), "headers are malformed");
    assert_string_equal(HEADERS("\x81\xa1x\x91", &h), "headers are malformed");
    uint8_t deep[500];
    memset(deep, 0x91, sizeof deep);
    memcpy(deep, "\x81\xa1x", 3);
    deep[sizeof deep - 1] = 0xc0;
    assert_string_equal(headers((char *)deep, sizeof deep, &h), "headers are malformed");
}

static void test_a_version_that_is_no_text_is_not_none(void **state)
{
    request_headers h;
    assert_string_equal(HEADERS("\x81\xa7version\x01", &h), "its version is not a text");
    assert_string_equal(HEADERS("\x81\xa7version\xa1\xff", &h), "its version is not a text");
}

static void test_what_is_kept(void **state)
{
    SET(FRAME_HEADERS, "\x80");
    SET(FRAME_BODY, "body");
    char *copy = message_keep(&m);
    assert_non_null(copy);
    assert_null(m.memory);
    assert_true(m.frames[FRAME_BODY].at >= copy && m.frames[FRAME_BODY].at <= copy + 5);
    assert_memory_equal(m.frames[FRAME_BODY].at, "body", 4);
    assert_memory_equal(m.frames[FRAME_HEADERS].at, "\x80", 1);
    m.memory = copy; /* what has memory of its own is not copied */
    assert_ptr_equal(message_keep(&m), copy);
    assert_null(m.memory);
    assert_memory_equal(m.frames[FRAME_BODY].at, "body", 4);
    free(copy);
    m = (message){0};
    free(message_keep(&m));
}

static void test_what_we_write(void **state)
{
    writer w;
    writer_init(&w);
    write_headers(&w, NULL, "t", 1);
    assert_int_equal(w.size, 21);
    assert_memory_equal(w.data, "\x82\xa7version\xc0\xa8trace_id\xa1t", w.size);
    writer_reset(&w);
    write_headers(&w, "1.2.3", "t", 1);
    assert_memory_equal(w.data,
                        "\x82\xa7version\xa5"
                        "1.2.3\xa8trace_id\xa1t",
                        w.size);
    writer_reset(&w);
    write_trace_header(&w, "t", 1);
    assert_memory_equal(w.data, "\x81\xa8trace_id\xa1t", w.size);
    writer_done(&w);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(test_types),
        TEST(test_ids_and_subjects),
        TEST(test_headers),
        TEST(test_bad_headers),
        TEST(test_a_version_that_is_no_text_is_not_none),
        TEST(test_what_is_kept),
        TEST(test_what_we_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
