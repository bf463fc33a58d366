/* table.c: against a plain array, with many keys, equal keys and removals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/table.h"

typedef struct item {
    table_node node;
    char key[24];
    int in;
} item;

static void test_finds_what_was_put_and_not_what_was_removed(void **state)
{
    enum { N = 5000 };
    static item items[N];
    table t = {0};
    assert_null(table_find(&t, "x", 1));
    for (int i = 0; i < N; i++) {
        snprintf(items[i].key, sizeof items[i].key, "key-%d", i);
        assert_true(table_put(&t, &items[i].node, items[i].key, strlen(items[i].key)));
        items[i].in = 1;
    }
    for (int i = 0; i < N; i += 3) {
        table_remove(&t, &items[i].node);
        items[i].in = 0;
    }
    for (int i = 0; i < N; i++)
        assert_ptr_equal(table_find(&t, items[i].key, strlen(items[i].key)), items[i].in ? &items[i].node : NULL);
    size_t seen = 0;
    for (table_node *n = NULL; (n = table_next(&t, n));)
        seen += (size_t)((item *)n)->in;
    assert_int_equal(seen, t.count);
    assert_int_equal(seen, N - (N + 2) / 3);
    table_done(&t);
}

static void test_equal_keys_are_all_reached(void **state)
{
    static item items[100];
    table t = {0};
    for (int i = 0; i < 100; i++)
        assert_true(table_put(&t, &items[i].node, i % 2 ? "odd" : "even", i % 2 ? 3 : 4));
    int odd = 0;
    for (table_node *n = table_find(&t, "odd", 3); n; n = table_next_same(n))
        odd++;
    assert_int_equal(odd, 50);
    table_done(&t);
}

static void test_keys_may_hold_any_bytes(void **state)
{
    static item a, b;
    table t = {0};
    assert_true(table_put(&t, &a.node, "a\0b", 3));
    assert_true(table_put(&t, &b.node, "a\0c", 3));
    assert_ptr_equal(table_find(&t, "a\0c", 3), &b.node);
    assert_null(table_find(&t, "a", 1));
    assert_null(table_find(&t, "", 0));
    table_done(&t);
}

/* Keys that differ only in the byte that one multiplication carries least far: what a peer would choose for collisions.
 */
static void test_keys_that_are_chosen_to_collide_do_not(void **state)
{
    enum { N = 256 };
    static item items[N];
    table t = {0};
    for (int i = 0; i < N; i++) {
        memcpy(items[i].key, "012345", 6);
        items[i].key[6] = (char)i;
        assert_true(table_put(&t, &items[i].node, items[i].key, 7));
    }
    for (size_t b = 0; b < t.bucket_count; b++) {
        int chain = 0;
        for (table_node *n = t.buckets[b]; n; n = n->next)
            chain++;
        assert_true(chain < 16);
    }
    table_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_was_put_and_not_what_was_removed),
        cmocka_unit_test(test_equal_keys_are_all_reached),
        cmocka_unit_test(test_keys_may_hold_any_bytes),
        cmocka_unit_test(test_keys_that_are_chosen_to_collide_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
