/* path.c: steps in front of a reason; what is too long loses its middle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "codec/path.h"

static void test_steps(void **state)
{
    failure f = {0};
    assert_int_equal(path_fail(&f, LYMPH_EPROTO, "missing"), LYMPH_EPROTO);
    path_at(&f, LYMPH_EPROTO, ".%s", "sku");
    path_at(&f, LYMPH_EPROTO, "[%d]", 3);
    path_at(&f, LYMPH_EPROTO, ".items");
    assert_int_equal(path_at(&f, LYMPH_EPROTO, "Shop.place_order"), LYMPH_EPROTO);
    assert_string_equal(f.message, "Shop.place_order.items[3].sku: missing");
    assert_int_equal(f.status, LYMPH_EPROTO);
    assert_int_equal(path_fail(NULL, LYMPH_EINVAL, "x"), LYMPH_EINVAL);
    assert_int_equal(path_at(NULL, LYMPH_EINVAL, "x"), LYMPH_EINVAL);
}

static void test_a_long_path_keeps_its_ends(void **state)
{
    failure f = {0};
    path_fail(&f, LYMPH_EPROTO, "missing");
    path_at(&f, LYMPH_EPROTO, ".last");
    for (int i = 0; i < 200; i++) {
        path_at(&f, LYMPH_EPROTO, ".step_%d", i);
        assert_true(strlen(f.message) < sizeof f.message);
    }
    path_at(&f, LYMPH_EPROTO, "Shop.m");
    assert_memory_equal(f.message, "Shop.m...", 9);
    assert_non_null(strstr(f.message, ".step_1.step_0.last: missing"));
}

static void test_a_long_step_and_a_long_reason(void **state)
{
    failure f = {0};
    char lengthy[1000];
    memset(lengthy, 'x', sizeof lengthy - 1);
    lengthy[sizeof lengthy - 1] = '\0';
    path_fail(&f, LYMPH_EPROTO, "%s", lengthy);
    path_at(&f, LYMPH_EPROTO, ".%s", lengthy);
    assert_int_equal(strlen(f.message), sizeof f.message - 1);
    assert_memory_equal(f.message, ".xxx", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_a_long_path_keeps_its_ends),
        cmocka_unit_test(test_a_long_step_and_a_long_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
