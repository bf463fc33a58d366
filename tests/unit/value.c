/* value.c: making, reading and comparing dynamic values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include <lymph/value.h>

static void test_makers(void **state)
{
    assert_int_equal(lymph_string(NULL).kind, LYMPH_VALUE_NIL);
    assert_int_equal(lymph_string("abc").size, 3);
    assert_int_equal(lymph_uint(INT64_MAX).kind, LYMPH_VALUE_INT);
    assert_int_equal(lymph_uint((uint64_t)INT64_MAX + 1).kind, LYMPH_VALUE_UINT);
    assert_true(lymph_bool(true).as.boolean);
    assert_true(lymph_float(1.5).as.number == 1.5);
    assert_string_equal(lymph_text(lymph_string("abc")), "abc");
    assert_null(lymph_text(lymph_int(1)));
}

static void test_looking_up_keys(void **state)
{
    lymph_entry e[] = {
        {lymph_int(1), lymph_int(10)}, {lymph_string("a"), lymph_int(20)}, {lymph_string("ab"), lymph_int(30)}};
    lymph_value map = lymph_map(e, 3);
    assert_int_equal(lymph_get(map, "a")->as.integer, 20);
    assert_int_equal(lymph_get(map, "ab")->as.integer, 30);
    assert_null(lymph_get(map, "abc"));
    assert_null(lymph_get(map, ""));
    assert_null(lymph_get(lymph_nil(), "a"));
    assert_null(lymph_get(lymph_map(NULL, 0), "a"));
}

static void test_forms(void **state)
{
    lymph_value v = {.kind = LYMPH_VALUE_DATETIME, .size = 19, .as.text = "2015-07-08T20:51:30"};
    lymph_datetime t;
    lymph_date d;
    lymph_time h;
    lymph_uuid u;
    assert_int_equal(lymph_value_datetime(v, &t), LYMPH_OK);
    assert_int_equal(t.date.day, 8);
    assert_int_equal(lymph_value_date(v, &d), LYMPH_EINVAL);
    assert_int_equal(lymph_value_time(v, &h), LYMPH_EINVAL);
    assert_int_equal(lymph_value_uuid(v, &u), LYMPH_EINVAL);
    assert_int_equal(lymph_value_datetime(lymph_string("2015-07-08T20:51:30"), &t), LYMPH_EINVAL);
    v = (lymph_value){.kind = LYMPH_VALUE_DATE, .size = 10, .as.text = "2015-07-08"};
    assert_int_equal(lymph_value_date(v, &d), LYMPH_OK);
    v = (lymph_value){.kind = LYMPH_VALUE_TIME, .size = 9, .as.text = "20:51:30Z"};
    assert_int_equal(lymph_value_time(v, &h), LYMPH_OK);
    v = (lymph_value){.kind = LYMPH_VALUE_UUID, .size = 32, .as.text = "12345678123456781234567812345678"};
    assert_int_equal(lymph_value_uuid(v, &u), LYMPH_OK);
    v.size = 31;
    assert_int_equal(lymph_value_uuid(v, &u), LYMPH_EINVAL);
}

static void test_equality(void **state)
{
    lymph_value one = lymph_int(1), odd = {.kind = LYMPH_VALUE_UINT, .as.unsigned_integer = 1},
                items[] = {one, lymph_string("x")};
    lymph_value other[] = {one, lymph_string("y")};
    assert_true(lymph_value_equal(one, odd));
    assert_true(lymph_value_equal(odd, one));
    assert_false(lymph_value_equal(lymph_int(-1), lymph_uint(UINT64_MAX)));
    assert_false(lymph_value_equal(one, lymph_float(1)));
    assert_false(lymph_value_equal(one, lymph_bool(true)));
    assert_true(lymph_value_equal(lymph_float(NAN), lymph_float(NAN)));
    assert_true(lymph_value_equal(lymph_float(0.0), lymph_float(-0.0)));
    assert_true(lymph_value_equal(lymph_nil(), lymph_nil()));
    assert_false(lymph_value_equal(lymph_string("x"), lymph_bytes_value("x", 1)));
    assert_true(lymph_value_equal(lymph_bytes_value(NULL, 0), lymph_bytes_value("", 0)));
    assert_true(lymph_value_equal(lymph_list(items, 2), lymph_list(items, 2)));
    assert_false(lymph_value_equal(lymph_list(items, 2), lymph_list(other, 2)));
    assert_false(lymph_value_equal(lymph_list(items, 2), lymph_list(items, 1)));
    lymph_entry e[] = {{one, items[1]}, {items[1], one}}, swapped[] = {{items[1], one}, {one, items[1]}};
    assert_true(lymph_value_equal(lymph_map(e, 2), lymph_map(e, 2)));
    assert_false(lymph_value_equal(lymph_map(e, 2), lymph_map(swapped, 2)));
    lymph_value ext = {.kind = LYMPH_VALUE_EXT, .ext = 5, .size = 1, .as.text = "x"}, ext6 = ext;
    ext6.ext = 6;
    assert_true(lymph_value_equal(ext, ext));
    assert_false(lymph_value_equal(ext, ext6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_makers),
        cmocka_unit_test(test_looking_up_keys),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_equality),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
