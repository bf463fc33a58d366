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

static void test_a_text_may_be_made_from_the_old_one(void **state)
{
    failure f = {0};
    failure_set(&f, LYMPH_EUNREACHABLE, "Shop.order: none of the 2 instances of Shop answers");
    failure_set(&f, LYMPH_EBACKEND, "cannot place the order: %s (%.4s)", f.message, f.message + 5);
    assert_string_equal(f.message,
                        "cannot place the order: Shop.order: none of the 2 instances of Shop answers (orde)");
    assert_int_equal(f.status, LYMPH_EBACKEND);
}

static void test_a_failure_is_wrapped(void **state)
{
    failure f = {0};
    failure_set(&f, LYMPH_EBACKEND, "no database");
    assert_int_equal(failure_wrap(&f, LYMPH_EBACKEND, "cannot start %s: ", "Shop"), LYMPH_EBACKEND);
    assert_string_equal(f.message, "cannot start Shop: no database");
    failure_wrap(&f, LYMPH_EBACKEND, "%s / ", f.message);
    assert_string_equal(f.message, "cannot start Shop: no database / cannot start Shop: no database");
    assert_int_equal(failure_wrap(NULL, LYMPH_EBACKEND, "x"), LYMPH_EBACKEND);

    /* What is too long is cut at its end. */
    failure_set(&f, LYMPH_EBACKEND, "%290d", 1);
    failure_wrap(&f, LYMPH_EBACKEND, "0123456789: ");
    assert_int_equal(strlen(f.message), sizeof f.message - 1);
    assert_memory_equal(f.message, "0123456789:   ", 14);
    failure_wrap(&f, LYMPH_EBACKEND, "%1000d", 7);
    assert_int_equal(strlen(f.message), sizeof f.message - 1);
}

static void test_no_failure_has_an_empty_text(void **state)
{
    failure f = {0};
    failure_set(&f, LYMPH_ESYSTEM, "%s", "");
    assert_string_equal(f.message, "LYMPH_ESYSTEM");
    failure_set(&f, 17, "%s", "");
    assert_string_equal(f.message, "status 17");

    /* A status that came without a text does not take an earlier failure's. */
    failure_set(&f, LYMPH_ENOMEM, "out of memory");
    failure_settle(&f, LYMPH_ENOMEM);
    assert_string_equal(f.message, "out of memory");
    failure_settle(&f, -99);
    assert_string_equal(f.message, "status -99");
    assert_int_equal(f.status, -99);
    failure_wrap(&f, LYMPH_EINVAL, "on_start failed: ");
    assert_string_equal(f.message, "on_start failed: LYMPH_EINVAL");
    failure_settle(&f, INT_MIN);
    assert_string_equal(f.message, "status -2147483648");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names), cmocka_unit_test(test_texts),
                                       cmocka_unit_test(test_a_text_may_be_made_from_the_old_one),
                                       cmocka_unit_test(test_a_failure_is_wrapped),
                                       cmocka_unit_test(test_no_failure_has_an_empty_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
