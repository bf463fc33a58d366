/* text.c: texts from others, made fit for a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

static void assert_escaped(const char *from, const char *to)
{
    char out[200];
    assert_int_equal(text_escape(out, sizeof out, from, strlen(from)), strlen(to));
    assert_string_equal(out, to);
}

static void test_what_is_shown_raw(void **state)
{
    assert_escaped("", "");
    assert_escaped("plain ~\ttext\\x1b", "plain ~\ttext\\x1b");
    assert_escaped("h\u00e4llo \u20ac \U0001f600 \u3000", "h\u00e4llo \u20ac \U0001f600 \u3000");
    assert_escaped("\u05d0\u0628", "\u05d0\u0628"); /* right to left by nature */
}

static void test_what_is_escaped(void **state)
{
    assert_escaped("a\nb\r\x1b[31m\x7f", "a\\x0ab\\x0d\\x1b[31m\\x7f");
    assert_escaped("\xc2\x80\xc2\x9b"
                   "31m\xc2\x9f\xc2\xa0",
                   "\\x80\\x9b31m\\x9f\xc2\xa0");
    assert_escaped("x\u202e\u202a\u202d\u2066\u2069\u200e\u200f\u061c",
                   "x\\u202e\\u202a\\u202d\\u2066\\u2069\\u200e\\u200f\\u061c");
    assert_escaped("\u2028\u2029", "\\u2028\\u2029");
    assert_escaped("\u200d\u202f\u2065\u206a", "\u200d\u202f\u2065\u206a"); /* their neighbours */
}

static void test_what_is_no_utf8(void **state)
{
    assert_escaped("\xff-\x80-\xc3", "\\xff-\\x80-\\xc3");
    assert_escaped("\xc0\xaf", "\\xc0\\xaf");
    assert_escaped("\xe0\x80\xaf\xed\xa0\x80", "\\xe0\\x80\\xaf\\xed\\xa0\\x80");
    assert_escaped("\xf4\x90\x80\x80\xf0\x80\x80\x80", "\\xf4\\x90\\x80\\x80\\xf0\\x80\\x80\\x80");
    assert_escaped("\xe2\x82\xc3\xa9", "\\xe2\\x82\xc3\xa9"); /* what follows is read anew */
    char out[8];
    assert_int_equal(text_escape(out, sizeof out, "\xe2\x82\xac", 1), 4); /* the end is not read over */
    assert_string_equal(out, "\\xe2");
}

static void test_what_does_not_fit_is_left_out_whole(void **state)
{
    static const char text[] = "a\x1b\u20ac\u202e";
    for (size_t room = 1; room < 20; room++) {
        char *out = malloc(room); /* ASan sees every byte beyond */
        size_t n = text_escape(out, room, text, sizeof text - 1);
        size_t expected = room <= 1 ? 0 : room <= 5 ? 1 : room <= 8 ? 5 : room <= 14 ? 8 : 14;
        assert_int_equal(n, expected);
        assert_memory_equal(out, "a\\x1b\u20ac\\u202e", n);
        assert_int_equal(out[n], '\0');
        free(out);
    }
    char nul[8];
    assert_int_equal(text_escape(nul, sizeof nul, "a\0b", 3), 6);
    assert_string_equal(nul, "a\\x00b");
}

static void test_names(void **state)
{
    static const char *const clean[] = {"Greeting", "order.#", "gr\u00fc\u00dfe", "\u6ce8\u6587", ""};
    static const char *const not_clean[] = {"a\n",    "a\t",    "\x1b[2J", "\xc2\x9b", "a\u202e",
                                            "\u2066", "\u200f", "a\xff",   "\xc3"};
    for (size_t i = 0; i < sizeof clean / sizeof *clean; i++)
        assert_true(text_clean(clean[i], strlen(clean[i])));
    for (size_t i = 0; i < sizeof not_clean / sizeof *not_clean; i++)
        assert_false(text_clean(not_clean[i], strlen(not_clean[i])));
    assert_false(text_clean("a\0b", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_shown_raw),
        cmocka_unit_test(test_what_is_escaped),
        cmocka_unit_test(test_what_is_no_utf8),
        cmocka_unit_test(test_what_does_not_fit_is_left_out_whole),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
