/* utf8.h: what is a character, and which of them are shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "utf8.h"

static void test_characters(void **state)
{
    static const struct {
        const char *text;
        size_t length; /* 0: not valid */
        uint32_t code;
    } cases[] = {
        {"a", 1, 'a'},
        {"\xc2\x80", 2, 0x80},
        {"\xdf\xbf", 2, 0x7ff},
        {"\xe0\xa0\x80", 3, 0x800},
        {"\xed\x9f\xbf", 3, 0xd7ff},
        {"\xee\x80\x80", 3, 0xe000},
        {"\xef\xbf\xbf", 3, 0xffff},
        {"\xf0\x90\x80\x80", 4, 0x10000},
        {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
        {"\x80", 0, 0},             /* begins with a continuation */
        {"\xc0\xaf", 0, 0},         /* overlong, two bytes */
        {"\xc1\xbf", 0, 0},         /* overlong, two bytes */
        {"\xe0\x9f\xbf", 0, 0},     /* overlong, three bytes */
        {"\xf0\x8f\xbf\xbf", 0, 0}, /* overlong, four bytes */
        {"\xed\xa0\x80", 0, 0},     /* first surrogate */
        {"\xed\xbf\xbf", 0, 0},     /* last surrogate */
        {"\xf4\x90\x80\x80", 0, 0}, /* beyond U+10FFFF */
        {"\xf5\x80\x80\x80", 0, 0}, /* no such byte */
        {"\xff", 0, 0},             /* no such byte */
        {"\xc3", 0, 0},             /* cut off */
        {"\xe2\x82", 0, 0},         /* cut off */
        {"\xf0\x9d\x84", 0, 0},     /* cut off */
        {"\xc3(", 0, 0},            /* no continuation */
        {"\xe2\x82(", 0, 0},        /* no continuation */
        {"", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t code = 0;
        assert_int_equal(utf8_decode(cases[i].text, strlen(cases[i].text), &code), cases[i].length);
        assert_int_equal(code, cases[i].code);
    }
}

static void test_the_size_is_the_end(void **state)
{
    uint32_t code = 7;
    for (size_t size = 0; size < 4; size++)
        assert_int_equal(utf8_decode("\xf0\x9f\x98\x80", size, &code), 0);
    assert_int_equal(code, 7);
    assert_int_equal(utf8_decode("\xf0\x9f\x98\x80", 4, &code), 4);
    assert_int_equal(utf8_decode("", 1, &code), 1); /* a NUL is a character */
    assert_int_equal(code, 0);
}

/* All that is not, and nothing else. */
static void test_what_is_shown(void **state)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {{0, 0x1f}, {0x7f, 0x9f}, {0x61c, 0x61c}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}};
    size_t at = 0;
    for (uint32_t code = 0; code < 0x110000; code++) {
        if (at < sizeof hidden / sizeof *hidden && code > hidden[at].last)
            at++;
        bool wanted = at == sizeof hidden / sizeof *hidden || code < hidden[at].first;
        if (utf8_is_shown(code) != wanted)
            fail_msg("U+%04X", code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_the_size_is_the_end),
        cmocka_unit_test(test_what_is_shown),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
