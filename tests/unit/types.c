/* types.c: the built-in types' descriptors, and names of enums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <lymph/call.h>

#include "shapes.h"

static void test_sizes(void **state)
{
    assert_int_equal(lymph_type_bool.size, sizeof(bool));
    assert_int_equal(lymph_type_int8.size, 1);
    assert_int_equal(lymph_type_uint64.size, 8);
    assert_int_equal(lymph_type_string.size, sizeof(char *));
    assert_int_equal(lymph_type_datetime.size, sizeof(lymph_datetime));
    assert_int_equal(lymph_type_any.size, sizeof(lymph_value));
    assert_int_equal(lymph_type_any.kind, LYMPH_KIND_ANY);
}

static void test_enums(void **state)
{
    assert_string_equal(lymph_enum_name(&status_enum, STATUS_PAID), "PAID");
    assert_null(lymph_enum_name(&status_enum, STATUS_UNRECOGNIZED));
    assert_int_equal(lymph_enum_number(&status_enum, "PAID"), STATUS_PAID);
    assert_int_equal(lymph_enum_number(&status_enum, "paid"), STATUS_UNRECOGNIZED);
    assert_int_equal(lymph_enum_number(&status_enum, NULL), STATUS_UNRECOGNIZED);
    assert_int_equal(order_record.field_count, 29);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes), cmocka_unit_test(test_enums)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
