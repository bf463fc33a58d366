/* suggest.c: what is near enough to be meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "suggest.h"

static const char *const names[] = {"string", "int32", "int64", "Item", "timeout", "idempotent"};
#define SUGGEST(word) suggest(word, names, sizeof names / sizeof *names)

static void test_one_mistake(void **state)
{
    assert_string_equal(SUGGEST("sting"), "string");   /* left out */
    assert_string_equal(SUGGEST("strring"), "string"); /* put in */
    assert_string_equal(SUGGEST("Otem"), "Item");      /* changed */
    assert_string_equal(SUGGEST("Itme"), "Item");      /* two letters changed places */
    assert_string_equal(SUGGEST("imt32"), "int32");
}

static void test_the_nearest_wins_then_the_first(void **state)
{
    assert_string_equal(SUGGEST("int_64"), "int64");
    assert_string_equal(SUGGEST("int16"), "int32");
    assert_string_equal(SUGGEST("int3"), "int32");
    assert_string_equal(SUGGEST("idenpotnt"), "idempotent");
}

static void test_what_is_far_is_not_meant(void **state)
{
    assert_null(SUGGEST("nothing"));
    assert_null(SUGGEST("x"));
    assert_null(suggest("x", (const char *const[]){"y"}, 1)); /* nothing of the word is left */
    assert_null(SUGGEST("Order"));
    assert_null(suggest("a", names, 0));
}

static void test_the_name_itself_is_no_suggestion(void **state)
{
    static const char *const one[] = {"Item"};
    assert_null(suggest("Item", one, 1));
}

static void test_long_names(void **state)
{
    char word[300], other[300];
    memset(word, 'x', sizeof word);
    word[299] = '\0';
    memcpy(other, word, sizeof other);
    other[0] = 'y';
    const char *const one[] = {other};
    assert_null(suggest(word, one, 1)); /* too long to be worth the time */
    word[60] = other[60] = '\0';
    assert_string_equal(suggest(word, one, 1), other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_mistake),
        cmocka_unit_test(test_the_nearest_wins_then_the_first),
        cmocka_unit_test(test_what_is_far_is_not_meant),
        cmocka_unit_test(test_the_name_itself_is_no_suggestion),
        cmocka_unit_test(test_long_names),
    };
    return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
