/* dynamic.c: any msgpack as a value. The original's own bytes are in golden_bytes.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"

#define BYTES(text) (text), sizeof(text) - 1

static arena a;
static failure f;

static int set_up(void **state)
{
    arena_init(&a);
    f = (failure){0};
    return 0;
}

static int tear_down(void **state)
{
    arena_done(&a);
    return 0;
}

static lymph_value decoded(const void *bytes, size_t size)
{
    lymph_value v;
    if (decode_value_all(bytes, size, &a, &v, &f))
        fail_msg("%s", f.message);
    return v;
}

static void assert_refused(const void *bytes, size_t size, lymph_status status, const char *message)
{
    lymph_value v;
    assert_int_equal(decode_value_all(bytes, size, &a, &v, &f), status);
    assert_string_equal(f.message, message);
    assert_int_equal(decode_value_all(bytes, size, &a, &v, NULL), status);
}

static void test_texts_end_with_a_nul_and_are_copies(void **state)
{
    char bytes[] = "\xa3"
                   "abc";
    lymph_value v = decoded(bytes, 4);
    memset(bytes, 'x', sizeof bytes);
    assert_string_equal(v.as.text, "abc");
    v = decoded(BYTES("\xa3"
                      "a\0c"));
    assert_int_equal(v.size, 3);
    assert_memory_equal(v.as.text, "a\0c", 4);
    v = decoded(BYTES("\xc4\x02\xff\x00"));
    assert_int_equal(v.kind, LYMPH_VALUE_BYTES);
    v = decoded(BYTES("\xc7\x00\x07"));
    assert_int_equal(v.kind, LYMPH_VALUE_EXT);
    assert_int_equal(v.ext, 7);
}

static void test_extension_maps(void **state)
{
    writer w;
    writer_init(&w);
    write_map(&w, 3);
    write_cstr(&w, "_");
    write_uint(&w, 12);
    write_int(&w, 1);
    write_nil(&w);
    write_cstr(&w, "__type__");
    write_cstr(&w, "Decimal");
    lymph_value v = decoded(w.data, w.size);
    assert_int_equal(v.kind, LYMPH_VALUE_DECIMAL);
    assert_string_equal(v.as.text, "12");

    static const char *const unknown[] = {"Nope", "", "Set"};
    for (size_t i = 0; i < 3; i++) {
        writer_reset(&w);
        write_map(&w, 2);
        write_cstr(&w, "__type__");
        write_cstr(&w, unknown[i]);
        write_cstr(&w, "_");
        write_array(&w, 0);
        assert_int_equal(decoded(w.data, w.size).kind, LYMPH_VALUE_MAP);
    }
    writer_reset(&w);
    write_map(&w, 2);
    write_cstr(&w, "__type__");
    write_cstr(&w, "set");
    write_cstr(&w, "_");
    write_nil(&w);
    assert_refused(w.data, w.size, LYMPH_EPROTO, "value: a set without a list");
    writer_reset(&w);
    write_array(&w, 2);
    write_nil(&w);
    write_map(&w, 2);
    write_cstr(&w, "__type__");
    write_cstr(&w, "UUID");
    write_cstr(&w, "_");
    write_cstr(&w, "x");
    assert_refused(w.data, w.size, LYMPH_EPROTO, "value[1]: not a valid UUID");
    writer_done(&w);
}

static void test_embedded_msgpack(void **state)
{
    lymph_value v = decoded(BYTES("\x92\xd6\x65\xd5\x65\x91\x07\xc0"));
    assert_int_equal(v.as.items[0].as.items[0].as.integer, 7);
    assert_refused(BYTES("\xd5\x65\xc0\xc0"), LYMPH_EPROTO, "value: bytes are left behind embedded msgpack");
    assert_refused(BYTES("\xc7\x00\x65"), LYMPH_EPROTO, "value: the bytes end early");
    assert_refused(BYTES("\x91\xd4\x65\x92"), LYMPH_EPROTO, "value[0]: a count is larger than the bytes that are left");
}

static void test_what_is_refused(void **state)
{
    assert_refused("", 0, LYMPH_EPROTO, "value: the bytes end early");
    assert_refused(BYTES("\xc0\xc0"), LYMPH_EPROTO, "value: bytes are left behind it");
    assert_refused(BYTES("\x82\xa1x\x01\xa1y\xa1\xff"), LYMPH_EPROTO, "value{1}: a string is not UTF-8");
    assert_refused(BYTES("\xdd\xff\xff\xff\xff\xc0"), LYMPH_EPROTO,
                   "value: a count is larger than the bytes that are left");
    assert_refused(BYTES("\xdf\xff\xff\xff\xff\xc0"), LYMPH_EPROTO,
                   "value: a count is larger than the bytes that are left");
    uint8_t deep[1000];
    memset(deep, 0x91, sizeof deep);
    lymph_value v;
    assert_int_equal(decode_value_all(deep, sizeof deep, &a, &v, &f), LYMPH_ELIMIT);
    assert_non_null(strstr(f.message, "nested deeper than 64 levels"));
    deep[64] = 0xc0;
    assert_int_equal(decode_value_all(deep, 65, &a, &v, &f), LYMPH_OK);
}

static void test_counts_within_counts_share_one_budget(void **state)
{
    /* Each header is true for itself: 2,000,000 nils three times. */
    enum { N = 2000000 };
    uint8_t *bytes = malloc(3 * (N + 5) + 1), *at = bytes;
    *at++ = 0x93;
    for (int i = 0; i < 3; i++) {
        memcpy(at, "\xdd\x00\x1e\x84\x80", 5);
        memset(at + 5, 0xc0, N);
        at += N + 5;
    }
    assert_refused(bytes, (size_t)(at - bytes), LYMPH_EPROTO, "value[2]: the message holds too many values");
    free(bytes);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_texts_end_with_a_nul_and_are_copies),
        TEST(test_extension_maps),
        TEST(test_embedded_msgpack),
        TEST(test_what_is_refused),
        TEST(test_counts_within_counts_share_one_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
