/* options.c: what a program gives that was compiled with fewer or with more members. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/options.h"

typedef struct known {
    int a, b, c;
} known;

typedef struct newer {
    int a, b, c, d, e;
} newer;

static void test_all(void **state)
{
    known out = {-1, -1, -1};
    assert_true(options_take(&out, sizeof out, &(known){1, 2, 3}, sizeof out));
    assert_int_equal(out.a * 100 + out.b * 10 + out.c, 123);
}

static void test_fewer_leave_the_rest(void **state)
{
    known out = {-1, -1, -1};
    assert_true(options_take(&out, sizeof out, &(known){1, 2, 3}, offsetof(known, b)));
    assert_int_equal(out.a, 1);
    assert_int_equal(out.b, -1);
    assert_int_equal(out.c, -1);
    assert_true(options_take(&out, sizeof out, &out, 0));
    assert_int_equal(out.a, 1);
}

static void test_more_may_not_be_set(void **state)
{
    known out = {-1, -1, -1};
    assert_true(options_take(&out, sizeof out, &(newer){1, 2, 3, 0, 0}, sizeof(newer)));
    assert_int_equal(out.c, 3);
    assert_false(options_take(&out, sizeof out, &(newer){1, 2, 3, 4, 0}, sizeof(newer)));
    assert_false(options_take(&out, sizeof out, &(newer){1, 2, 3, 0, 5}, sizeof(newer)));
    assert_true(options_take(&out, sizeof out, &(newer){1, 2, 3, 0, 5}, offsetof(newer, e)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_fewer_leave_the_rest),
        cmocka_unit_test(test_more_may_not_be_set),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
