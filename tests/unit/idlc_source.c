/* source.c: lines, columns and UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "source.h"

static arena a;

static const source *of(const char *text)
{
    return source_new(&a, "x", text, strlen(text));
}

static void assert_position(const source *s, uint32_t offset, unsigned line, unsigned column)
{
    position p = source_position(s, offset);
    assert_int_equal(p.line, line);
    assert_int_equal(p.column, column);
    assert_int_equal(source_line(s, offset), line);
}

static void test_positions(void **state)
{
    const source *s = of("ab\n\ncd\r\ne");
    assert_int_equal(s->line_count, 4);
    assert_position(s, 0, 1, 1);
    assert_position(s, 1, 1, 2);
    assert_position(s, 2, 1, 3); /* the line's end belongs to it */
    assert_position(s, 3, 2, 1);
    assert_position(s, 4, 3, 1);
    assert_position(s, 8, 4, 1);
    assert_position(s, 9, 4, 2); /* the end of the text */
}

static void test_an_empty_text_has_one_line(void **state)
{
    assert_position(of(""), 0, 1, 1);
    assert_position(of("\n"), 1, 2, 1);
}

static void test_columns_are_characters(void **state)
{
    const source *s = of("ä€𝄞x");
    assert_position(s, 2, 1, 2);
    assert_position(s, 5, 1, 3);
    assert_position(s, 9, 1, 4);
    assert_position(of("\xff\xffx"), 2, 1, 3); /* what is not valid counts byte by byte */
}

static void test_utf8(void **state)
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

static int done(void **state)
{
    arena_done(&a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_positions),
        cmocka_unit_test(test_an_empty_text_has_one_line),
        cmocka_unit_test(test_columns_are_characters),
        cmocka_unit_test(test_utf8),
    };
    return cmocka_run_group_tests_name("source", tests, NULL, done);
}
