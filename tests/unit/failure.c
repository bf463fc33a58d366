/* failure.c: statuses have names, and texts are cut, not overrun. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <limits.h>
#include <string.h>

#include "core/failure.h"

static void test_names(void **state)
{
    assert_string_equal(lymph_status_name(LYMPH_OK), "LYMPH_OK");
    assert_string_equal(lymph_status_name(LYMPH_ETIMEDOUT), "LYMPH_ETIMEDOUT");
    assert_string_equal(lymph_status_name(LYMPH_ESYSTEM), "LYMPH_ESYSTEM");
    assert_string_equal(lymph_status_name(LYMPH_ESYSTEM - 1), "LYMPH_E?");
    assert_string_equal(lymph_status_name(1), "LYMPH_E?");
    assert_string_equal(lymph_status_name(INT_MIN), "LYMPH_E?");
}

static void test_texts(void **state)
{
    failure f = {0};
    assert_int_equal(failure_set(&f, LYMPH_EINVAL, "%s is %d", "x", 1), LYMPH_EINVAL);
    assert_string_equal(f.message, "x is 1");
    assert_int_equal(f.status, LYMPH_EINVAL);
    failure_set(&f, LYMPH_ENOMEM, "%1000d", 1);
    assert_int_equal(strlen(f.message), sizeof f.message - 1);
    assert_int_equal(failure_set(NULL, LYMPH_ENOMEM, "x"), LYMPH_ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names), cmocka_unit_test(test_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
