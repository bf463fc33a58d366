/* table.c: many keys, equal keys, and keys that are looked for in vain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "table.h"

static void test_put_and_get(void **state)
{
    enum { N = 5000 };
    static int values[N];
    arena a;
    arena_init(&a);
    table t = {0};
    assert_null(table_get(&t, "key-0"));
    for (int i = 0; i < N; i++)
        assert_null(table_put(&a, &t, arena_printf(&a, "key-%d", i), &values[i]));
    assert_int_equal(t.count, N);
    for (int i = 0; i < N; i++) {
        char key[24];
        snprintf(key, sizeof key, "key-%d", i);
        assert_ptr_equal(table_get(&t, key), &values[i]);
        key[0] = 'K';
        assert_null(table_get(&t, key));
    }
    arena_done(&a);
}

static void test_the_first_value_stays(void **state)
{
    int first, second;
    arena a;
    arena_init(&a);
    table t = {0};
    assert_null(table_put(&a, &t, "", &first)); /* also an empty key */
    assert_ptr_equal(table_put(&a, &t, "", &second), &first);
    assert_ptr_equal(table_get(&t, ""), &first);
    assert_int_equal(t.count, 1);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_and_get),
        cmocka_unit_test(test_the_first_value_stays),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
