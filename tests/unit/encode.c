/* encode.c: records and values to the bytes that are wanted, and a clear refusal of what cannot be sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "shapes.h"

static void assert_encodes(const lymph_record *record, const void *value, const char *bytes, size_t size)
{
    writer w;
    failure f = {0};
    writer_init(&w);
    assert_int_equal(encode_record(&w, record, value, &f), LYMPH_OK);
    assert_false(w.failed);
    assert_int_equal(w.size, size);
    assert_memory_equal(w.data, bytes, size);
    writer_done(&w);
}

static void assert_refused(const order *o, const char *message)
{
    writer w;
    failure f = {0};
    writer_init(&w);
    assert_int_equal(encode_record(&w, &order_record, o, &f), LYMPH_EINVAL);
    assert_string_equal(f.message, message);
    assert_int_equal(encode_record(&w, &order_record, o, NULL), LYMPH_EINVAL);
    writer_done(&w);
}

static void test_keys_are_in_declaration_order_and_absent_ones_left_out(void **state)
{
    lymph_decimal price = {"1.10"};
    static const char without[] = "\x82\xa3sku\xa3pen\xa8quantity\x02";
    static const char with[] = "\x83\xa3sku\xa3pen\xa8quantity\x02\xa5price\x82\xa8__type__\xa7"
                               "Decimal\xa1_\xa4"
                               "1.10";
    assert_encodes(&item_record, &(item){"pen", 2, NULL}, without, sizeof without - 1);
    assert_encodes(&item_record, &(item){"pen", 2, &price}, with, sizeof with - 1);
}

static void test_a_record_without_fields_is_an_empty_map(void **state)
{
    static const lymph_record nothing = {"I.m", 0, NULL, 0, "", 0};
    assert_encodes(&nothing, NULL, "\x80", 1);
}

static void test_members_that_lie_apart_are_the_same_bytes(void **state)
{
    const order o = sample_order();
    const void *members[sizeof order_fields / sizeof *order_fields];
    writer whole, apart;
    failure f = {0};
    writer_init(&whole);
    writer_init(&apart);
    for (size_t i = 0; i < order_record.field_count; i++)
        members[i] = (const char *)&o + order_fields[i].offset;
    assert_int_equal(encode_record(&whole, &order_record, &o, &f), LYMPH_OK);
    assert_int_equal(encode_arguments(&apart, &order_record, members, &f), LYMPH_OK);
    assert_int_equal(apart.size, whole.size);
    assert_memory_equal(apart.data, whole.data, whole.size);

    static const lymph_field fields[] = {{.name = "a", .type = &item_type}, {.name = "b", .type = &item_type}};
    static const lymph_record params = {"I.m", 2 * sizeof(item), fields, 2, "", 0};
    const void *missing[] = {&(item){"pen", 2, NULL}, NULL};
    assert_int_equal(encode_arguments(&apart, &params, missing, &f), LYMPH_EINVAL);
    assert_string_equal(f.message, "I.m.b: missing (NULL)");
    writer_done(&whole);
    writer_done(&apart);
}

static void test_what_cannot_be_sent_names_its_place(void **state)
{
    order o = sample_order();
    o.customer = NULL;
    assert_refused(&o, "Shop.order.customer: missing (NULL)");
    o = sample_order();
    o.customer = "\xff";
    assert_refused(&o, "Shop.order.customer: not UTF-8");
    o = sample_order();
    o.signature.data = NULL;
    assert_refused(&o, "Shop.order.signature: 3 bytes, but no pointer to them");
    o = sample_order();
    o.placed.date.month = 13;
    assert_refused(&o, "Shop.order.placed: not a valid datetime");
    o = sample_order();
    o.day = (lymph_date){2015, 2, 29};
    assert_refused(&o, "Shop.order.day: not a valid date");
    o = sample_order();
    o.hour.minute = 60;
    assert_refused(&o, "Shop.order.hour: not a valid time");
    o = sample_order();
    o.total.text = "1,10";
    assert_refused(&o, "Shop.order.total: not a valid Decimal");
    o.total.text = NULL;
    assert_refused(&o, "Shop.order.total: missing (NULL)");
    o = sample_order();
    o.status = STATUS_UNRECOGNIZED;
    assert_refused(&o, "Shop.order.status: -1 is no value of Status");
    o = sample_order();
    o.level = 2;
    assert_refused(&o, "Shop.order.level: 2 is no value of Level");
    o = sample_order();
    o.items = (item_list){NULL, 2};
    assert_refused(&o, "Shop.order.items: 2 items, but no pointer to them");
    o = sample_order();
    item items[] = {{"a", 1, NULL}, {"b", 1, NULL}, {NULL, 1, NULL}};
    o.items = (item_list){items, 3};
    assert_refused(&o, "Shop.order.items[2].sku: missing (NULL)");
    o = sample_order();
    o.counts = (count_map){&(count_entry){"\x80", 1}, 1};
    assert_refused(&o, "Shop.order.counts{0}: not UTF-8");
    o.counts = (count_map){NULL, 1};
    assert_refused(&o, "Shop.order.counts: 1 entries, but no pointer to them");
}

static void test_a_set_has_no_duplicates(void **state)
{
    const char *tags[] = {"a", "", "b", "ab", "a"};
    order o = sample_order();
    o.tags = (lymph_string_list){tags, 5};
    assert_refused(&o, "Shop.order.tags: items 0 and 4 of the set are equal");
    o.tags = (lymph_string_list){NULL, 5};
    assert_refused(&o, "Shop.order.tags: 5 items, but no pointer to them");

    enum { N = 20000 };
    static char texts[N][8];
    static const char *many[N];
    for (int i = 0; i < N; i++) {
        for (int n = i, d = 0; d < 5; d++, n /= 10)
            texts[i][d] = (char)('0' + n % 10);
        many[i] = texts[i];
    }
    writer w;
    writer_init(&w);
    o.tags = (lymph_string_list){many, N};
    assert_int_equal(encode_record(&w, &order_record, &o, NULL), LYMPH_OK);
    many[N - 1] = many[12345];
    writer_reset(&w);
    assert_refused(&o, "Shop.order.tags: items 12345 and 19999 of the set are equal");
    writer_done(&w);
}

static void test_nesting_has_an_end(void **state)
{
    tree chain[READER_MAX_DEPTH + 2] = {0};
    for (int i = 0; i + 1 < (int)(sizeof chain / sizeof *chain); i++)
        chain[i].children = (tree_list){&chain[i + 1], 1};
    writer w;
    failure f = {0};
    writer_init(&w);
    assert_int_equal(encode_record(&w, &tree_record, &chain[0], &f), LYMPH_EINVAL);
    assert_non_null(strstr(f.message, "nested deeper than 64 levels"));
    assert_memory_equal(f.message, "Tree...", 7); /* a long path keeps its ends */

    lymph_value lists[READER_MAX_DEPTH + 2] = {{0}};
    for (int i = 0; i + 1 < (int)(sizeof lists / sizeof *lists); i++)
        lists[i] = lymph_list(&lists[i + 1], 1);
    assert_int_equal(encode_value(&w, &lists[0], &f), LYMPH_EINVAL);
    assert_non_null(strstr(f.message, "nested deeper than 64 levels"));
    assert_int_equal(encode_value(&w, &lists[1], &f), LYMPH_OK);
    writer_done(&w);
}

static void assert_value_refused(lymph_value v, const char *message)
{
    writer w;
    failure f = {0};
    writer_init(&w);
    assert_int_equal(encode_value(&w, &v, &f), LYMPH_EINVAL);
    assert_string_equal(f.message, message);
    writer_done(&w);
}

static void test_dynamic_values_are_checked(void **state)
{
    lymph_value bad = {.kind = LYMPH_VALUE_DECIMAL, .size = 1, .as.text = "x"};
    lymph_entry entries[] = {{lymph_string("a"), lymph_int(1)}, {lymph_string("b"), bad}};
    assert_value_refused(bad, "value: not a valid Decimal");
    assert_value_refused(lymph_map(entries, 2), "value{1}: not a valid Decimal");
    assert_value_refused(lymph_list(&bad, 1), "value[0]: not a valid Decimal");
    assert_value_refused(lymph_string("\xc3("), "value: not UTF-8");
    assert_value_refused(lymph_list(NULL, 3), "value: its size is 3, but there is no pointer");
    assert_value_refused(lymph_bytes_value(NULL, 3), "value: its size is 3, but there is no pointer");
    assert_value_refused((lymph_value){.kind = 99}, "value: unknown kind of value 99");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_are_in_declaration_order_and_absent_ones_left_out),
        cmocka_unit_test(test_a_record_without_fields_is_an_empty_map),
        cmocka_unit_test(test_members_that_lie_apart_are_the_same_bytes),
        cmocka_unit_test(test_what_cannot_be_sent_names_its_place),
        cmocka_unit_test(test_a_set_has_no_duplicates),
        cmocka_unit_test(test_nesting_has_an_end),
        cmocka_unit_test(test_dynamic_values_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
