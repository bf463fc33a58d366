/* suggest.c: near words are found, far ones are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <lymph/client.h>

static const char *const known[] = {"registry", "events", "ip", "port", "drain_timeout", NULL};

static void test_near(void **state)
{
    assert_string_equal(lymph_suggest("regstry", known), "registry");
    assert_string_equal(lymph_suggest("event", known), "events");
    assert_string_equal(lymph_suggest("ports", known), "port");
    assert_string_equal(lymph_suggest("drain-timeout", known), "drain_timeout");
    assert_string_equal(lymph_suggest("events", known), "events");
    assert_string_equal(lymph_suggest("it", known), "ip");
}

static void test_far(void **state)
{
    static const char *const none[] = {NULL};
    assert_null(lymph_suggest("greeting", known));
    assert_null(lymph_suggest("xyz", known));
    assert_null(lymph_suggest("a_very_long_key_that_is_nothing_of_what_is_known_here", known));
    assert_null(lymph_suggest("port", none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_near), cmocka_unit_test(test_far)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
