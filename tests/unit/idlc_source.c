/* source.c: lines and columns. */
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
    };
    return cmocka_run_group_tests_name("source", tests, NULL, done);
}
