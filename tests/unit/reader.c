/* reader.c: every kind of token, every truncation, counts that cannot be true, skipping, and UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec/reader.h"

#define BYTES(text) (text), sizeof(text) - 1

static token next(const void *bytes, size_t size)
{
    reader r;
    token t;
    reader_init(&r, bytes, size);
    if (!reader_next(&r, &t))
        fail_msg("%s", r.error);
    assert_true(reader_at_end(&r));
    return t;
}

static void assert_fails(const void *bytes, size_t size, const char *why)
{
    reader r;
    token t;
    reader_init(&r, bytes, size);
    assert_false(reader_next(&r, &t));
    assert_string_equal(r.error, why);
}

static void test_scalars(void **state)
{
    assert_int_equal(next(BYTES("\xc0")).kind, TOKEN_NIL);
    assert_true(next(BYTES("\xc3")).as.boolean);
    assert_false(next(BYTES("\xc2")).as.boolean);
    assert_true(next(BYTES("\xca\x3f\xc0\x00\x00")).as.number == 1.5);
    assert_true(next(BYTES("\xcb\xbf\xf8\0\0\0\0\0\0")).as.number == -1.5);
    static const struct {
        const char *bytes;
        size_t size;
        int64_t value;
    } integers[] = {
        {BYTES("\x7f"), 127},
        {BYTES("\xe0"), -32},
        {BYTES("\xcc\xff"), 255},
        {BYTES("\xcd\x01\x00"), 256},
        {BYTES("\xce\xff\xff\xff\xff"), UINT32_MAX},
        {BYTES("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"), INT64_MAX},
        {BYTES("\xd0\x80"), -128},
        {BYTES("\xd1\x80\x00"), INT16_MIN},
        {BYTES("\xd2\x80\x00\x00\x00"), INT32_MIN},
        {BYTES("\xd3\x80\0\0\0\0\0\0\0"), INT64_MIN},
    };
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        token t = next(integers[i].bytes, integers[i].size);
        assert_int_equal(t.kind, TOKEN_INT);
        assert_true(t.as.integer == integers[i].value);
    }
    token large = next(BYTES("\xcf\x80\0\0\0\0\0\0\0"));
    assert_int_equal(large.kind, TOKEN_UINT);
    assert_true(large.as.unsigned_integer == (uint64_t)1 << 63);
}

static void test_sized_tokens_borrow_the_input(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        token_kind kind;
        int ext;
    } tokens[] = {
        {BYTES("\xa2xy"), TOKEN_STR, 0},
        {BYTES("\xd9\x02xy"), TOKEN_STR, 0},
        {BYTES("\xda\x00\x02xy"), TOKEN_STR, 0},
        {BYTES("\xdb\x00\x00\x00\x02xy"), TOKEN_STR, 0},
        {BYTES("\xc4\x02xy"), TOKEN_BIN, 0},
        {BYTES("\xc5\x00\x02xy"), TOKEN_BIN, 0},
        {BYTES("\xc6\x00\x00\x00\x02xy"), TOKEN_BIN, 0},
        {BYTES("\xd5\x65xy"), TOKEN_EXT, 101},
        {BYTES("\xc7\x02\xffxy"), TOKEN_EXT, -1},
        {BYTES("\xc8\x00\x02\x05xy"), TOKEN_EXT, 5},
        {BYTES("\xc9\x00\x00\x00\x02\x80xy"), TOKEN_EXT, -128},
    };
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        token t = next(tokens[i].bytes, tokens[i].size);
        assert_int_equal(t.kind, tokens[i].kind);
        assert_int_equal(t.size, 2);
        assert_ptr_equal(t.data, tokens[i].bytes + tokens[i].size - 2);
        if (t.kind == TOKEN_EXT)
            assert_int_equal(t.ext, tokens[i].ext);
    }
}

static void test_everything_cut_short_fails(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } whole[] = {{BYTES("\xca\0\0\0\0")},
                 {BYTES("\xcb\0\0\0\0\0\0\0\0")},
                 {BYTES("\xcf\0\0\0\0\0\0\0\0")},
                 {BYTES("\xd3\0\0\0\0\0\0\0\0")},
                 {BYTES("\xd9\x02xy")},
                 {BYTES("\xc6\0\0\0\x02xy")},
                 {BYTES("\xc9\0\0\0\x02\x05xy")},
                 {BYTES("\xd8\x05"
                        "0123456789abcdef")},
                 {BYTES("\xdd\0\0\0\0")},
                 {BYTES("\xdf\0\0\0\0")}};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        for (size_t size = 0; size < whole[i].size; size++) {
            uint8_t *exact = malloc(size ? size : 1);
            memcpy(exact, whole[i].bytes, size);
            assert_fails(exact, size, "the bytes end early");
            free(exact);
        }
    }
    assert_fails(BYTES("\xc1"), "a reserved byte (0xc1)");
}

static void test_counts_against_the_bytes_left_and_the_budget(void **state)
{
    assert_int_equal(next(BYTES("\x90")).as.count, 0);
    assert_fails(BYTES("\x92\xc0"), "a count is larger than the bytes that are left");
    assert_fails(BYTES("\x81\xc0"), "a count is larger than the bytes that are left");
    assert_fails(BYTES("\xdd\xff\xff\xff\xff"), "a count is larger than the bytes that are left");
    assert_fails(BYTES("\xdf\x80\x00\x00\x00"), "a count is larger than the bytes that are left");

    reader r;
    token t;
    reader_init(&r, BYTES("\x92\x93\xc0\xc0\xc0\x92\xc0\xc0"));
    r.elements = 6; /* of 7 */
    assert_true(reader_next(&r, &t) && reader_next(&r, &t));
    assert_int_equal(r.elements, 1);
    assert_true(reader_next(&r, &t) && reader_next(&r, &t) && reader_next(&r, &t));
    assert_false(reader_next(&r, &t));
    assert_string_equal(r.error, "the message holds too many values");
}

static void test_skipping(void **state)
{
    reader r;
    reader_init(&r, BYTES("\x83\xa1x\x92\x80\x91\xc0\xa1y\xc7\x01\x05z\xa1z\x90\x07"));
    assert_true(reader_skip(&r));
    assert_int_equal(r.end - r.at, 1);
    assert_true(reader_skip(&r));
    assert_true(reader_at_end(&r));
    assert_false(reader_skip(&r));

    uint8_t deep[100000];
    memset(deep, 0x91, sizeof deep);
    reader_init(&r, deep, sizeof deep);
    assert_false(reader_skip(&r));
    assert_string_equal(r.error, "the values are nested too deep");
    deep[READER_MAX_DEPTH] = 0xc0;
    reader_init(&r, deep, READER_MAX_DEPTH + 1);
    assert_true(reader_skip(&r));
}

static void test_utf8(void **state)
{
    static const char *const good[] = {"",
                                       "a",
                                       "plain ascii text that is longer than eight",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "12345678\xc3\xa9"
                                       "12345678"};
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc3",
                                      "\xe0\x9f\xbf",
                                      "\xe1\x80",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "1234567\x80",
                                      "12345678\xc3",
                                      "\xf0\x90\x80",
                                      "\xe2\x28\xa1"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(utf8_valid(good[i], strlen(good[i]), false));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(utf8_valid(bad[i], strlen(bad[i]), true));
    char text[] = "0123456789abcdefghij";
    for (size_t i = 0; i < sizeof text - 1; i++) { /* a NUL at each place of a word and behind it */
        char kept = text[i];
        text[i] = '\0';
        assert_false(utf8_valid(text, sizeof text - 1, false));
        assert_true(utf8_valid(text, sizeof text - 1, true));
        text[i] = kept;
    }
    assert_true(utf8_valid(text, sizeof text - 1, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_sized_tokens_borrow_the_input),
        cmocka_unit_test(test_everything_cut_short_fails),
        cmocka_unit_test(test_counts_against_the_bytes_left_and_the_budget),
        cmocka_unit_test(test_skipping),
        cmocka_unit_test(test_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
