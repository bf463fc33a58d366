/* copy.c: a copy is equal, and points to nothing of what it was copied from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "shapes.h"

static void encode(writer *w, const order *o)
{
    writer_init(w);
    assert_int_equal(encode_record(w, &order_record, o, NULL), LYMPH_OK);
}

static void test_a_record_lives_on_without_its_source(void **state)
{
    order sample = sample_order(), *source = malloc(sizeof *source);
    writer before, after;
    arena first, second;
    reader r;
    arena_init(&first);
    arena_init(&second);
    encode(&before, &sample);
    reader_init(&r, before.data, before.size);
    assert_int_equal(decode_record(&r, &first, &order_record, true, source, NULL), LYMPH_OK);
    order *copy = copy_record(&second, &order_record, source);
    assert_non_null(copy);
    arena_done(&first); /* a sanitizer sees whatever still points there */
    free(source);
    encode(&after, copy);
    assert_int_equal(after.size, before.size);
    assert_memory_equal(after.data, before.data, after.size);
    writer_done(&before);
    writer_done(&after);
    arena_done(&second);
}

static void test_absent_and_empty_things(void **state)
{
    arena a;
    arena_init(&a);
    order o = {.customer = NULL, .total = {NULL}};
    order *copy = copy_record(&a, &order_record, &o);
    assert_non_null(copy);
    assert_null(copy->customer);
    assert_null(copy->note);
    assert_null(copy->spare);
    assert_int_equal(copy->items.count, 0);
    static const lymph_record nothing = {"Nothing", 0, NULL, 0, "", 0};
    assert_non_null(copy_record(&a, &nothing, NULL));
    arena_done(&a);
}

static void test_values(void **state)
{
    arena first, second;
    arena_init(&first);
    arena_init(&second);
    static const char json[] =
        "{\"a\": [1, 1.5, null, true, \"x\\u0000y\"], \"b\": {\"__type__\": \"set\", \"_\": [1]}, \"c\": "
        "{\"__type__\": \"bytes\", \"_\": \"AAE=\"}, \"d\": {\"__type__\": \"Decimal\", \"_\": \"1.1\"}}";
    lymph_value v, copy, expected;
    assert_int_equal(json_parse(&first, json, sizeof json - 1, &v, NULL), LYMPH_OK);
    assert_int_equal(json_parse(&second, json, sizeof json - 1, &expected, NULL), LYMPH_OK);
    assert_true(copy_value(&second, &v, &copy));
    arena_done(&first);
    assert_true(lymph_value_equal(copy, expected));
    assert_true(copy_value(&second, &copy, &copy)); /* onto itself */
    assert_true(lymph_value_equal(copy, expected));
    arena_done(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_lives_on_without_its_source),
        cmocka_unit_test(test_absent_and_empty_things),
        cmocka_unit_test(test_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
