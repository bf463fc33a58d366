/* plain.c: typed values as plain JSON text, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec/plain.h"
#include "shapes.h"

static arena a;
static failure f;
static const lymph_type order_type = {.kind = LYMPH_KIND_STRUCT, .size = sizeof(order), .record = &order_record};

static int set_up(void **state)
{
    arena_init(&a);
    f = (failure){0};
    return 0;
}

static int tear_down(void **state)
{
    arena_done(&a);
    return 0;
}

static const char *printed(const lymph_type *type, const void *value)
{
    const char *text = NULL;
    if (plain_print(&a, type, value, "it", 0, &text, &f))
        fail_msg("%s", f.message);
    return text;
}

static void assert_refused(const lymph_type *type, const char *text, const char *message)
{
    static order out;
    if (plain_parse(&a, type, text, strlen(text), "it", &out, &f) != LYMPH_EINVAL)
        fail_msg("%s: %s", text, f.message);
    assert_int_equal(f.status, LYMPH_EINVAL);
    assert_string_equal(f.message, message);
}

static void test_reads_as_people_write_it(void **state)
{
    order o = sample_order();
    o.extra = lymph_nil();
    assert_string_equal(
        printed(&order_type, &o),
        "{\"urgent\": true, \"i8\": -128, \"i16\": -32768, \"i32\": -2147483648, \"i64\": -9223372036854775808, "
        "\"u8\": 255, \"u16\": 65535, \"u32\": 4294967295, \"u64\": 18446744073709551615, \"f32\": 0.5, \"f64\": 0.1, "
        "\"customer\": \"J\xc3\xbcrgen\", \"signature\": \"AAEC\", \"placed\": \"2015-07-08T20:51:30-0530\", "
        "\"day\": \"2015-07-08\", \"hour\": \"20:51:30Z\", \"total\": \"1.10\", "
        "\"id\": \"12345678-1234-5678-1234-567812345678\", \"extra\": null, \"status\": \"PAID\", \"level\": 300, "
        "\"first\": {\"sku\": \"pen\", \"quantity\": 2, \"price\": \"9.90\"}, "
        "\"items\": [{\"sku\": \"pen\", \"quantity\": 2, \"price\": \"9.90\"}, {\"sku\": \"caf\xc3\xa9\", "
        "\"quantity\": 1}], "
        "\"tags\": [\"a\", \"b\", \"\"], \"counts\": {\"x\": -1, \"y\": 70000}, \"note\": \"soon\", \"left\": 5, "
        "\"spare\": {\"sku\": \"caf\xc3\xa9\", \"quantity\": 1}, \"history\": {\"children\": [{\"children\": "
        "[{\"children\": []}, "
        "{\"children\": []}]}]}}");
}

static void assert_same_bytes(const order *before, const order *after)
{
    writer w[2];
    const order *orders[] = {before, after};
    for (int i = 0; i < 2; i++) {
        writer_init(&w[i]);
        assert_int_equal(encode_record(&w[i], &order_record, orders[i], NULL), LYMPH_OK);
    }
    assert_int_equal(w[0].size, w[1].size);
    assert_memory_equal(w[0].data, w[1].data, w[0].size);
    writer_done(&w[0]);
    writer_done(&w[1]);
}

static void test_there_and_back(void **state)
{
    order o = sample_order(), back;
    static const lymph_entry tagged[] = {
        {{.kind = LYMPH_VALUE_STRING, .size = 3, .as.text = "day"},
         {.kind = LYMPH_VALUE_DATE, .size = 10, .as.text = "2015-07-08"}},
        {{.kind = LYMPH_VALUE_STRING, .size = 4, .as.text = "text"},
         {.kind = LYMPH_VALUE_STRING, .size = 10, .as.text = "2015-07-08"}},
    };
    o.extra = lymph_map(tagged, 2); /* inside any both must stay what they are */
    const char *text = printed(&order_type, &o);
    if (plain_parse(&a, &order_type, text, strlen(text), "it", &back, &f))
        fail_msg("%s", f.message);
    assert_same_bytes(&o, &back);
}

typedef struct number_entry {
    int64_t key;
    lymph_uuid value;
} number_entry;
typedef struct number_map {
    const number_entry *entries;
    size_t count;
} number_map;
static const lymph_type number_map_type = {.kind = LYMPH_KIND_MAP,
                                           .size = sizeof(number_map),
                                           .key = &lymph_type_int64,
                                           .element = &lymph_type_uuid,
                                           .entry_size = sizeof(number_entry),
                                           .value_offset = offsetof(number_entry, value)};

static void test_keys_are_texts(void **state)
{
    static const number_entry entries[] = {{-5, {{1}}}, {7, {{2}}}};
    number_map m = {entries, 2}, back;
    const char *text = printed(&number_map_type, &m);
    assert_string_equal(text, "{\"-5\": \"01000000-0000-0000-0000-000000000000\", "
                              "\"7\": \"02000000-0000-0000-0000-000000000000\"}");
    assert_int_equal(plain_parse(&a, &number_map_type, text, strlen(text), "it", &back, &f), LYMPH_OK);
    assert_int_equal(back.count, 2);
    assert_int_equal(back.entries[0].key, -5);
    assert_int_equal(back.entries[1].value.bytes[0], 2);
    assert_int_equal(plain_parse(&a, &number_map_type, "{\"x\": null}", 11, "it", &back, &f), LYMPH_EINVAL);
}

static void test_what_does_not_fit(void **state)
{
    assert_refused(&lymph_type_uuid, "\"12\"", "it: a UUID is expected, not a string");
    assert_refused(&lymph_type_uuid, "12", "it: a UUID is expected, not an integer");
    assert_refused(&lymph_type_date, "\"2015-02-30\"", "it: a date is expected, not a string");
    assert_refused(&lymph_type_bytes, "\"AAE\"", "it: base64 is expected");
    assert_refused(&order_type, "{\"signature\": \"*\"}", "it.signature: base64 is expected");
    assert_refused(&lymph_type_int8, "300", "it: 300 is not between -128 and 127");
    assert_refused(&lymph_type_int8, "[1", "JSON: line 1, column 3: ',' or ']' is expected");
    assert_refused(&item_type, "{\"quantity\": 1}", "it.sku: missing");
    assert_refused(&tag_set_type, "\"a\"", "it: a set is expected, not a string");
}

static void test_what_cannot_be_said(void **state)
{
    const char *text;
    double nothing = strtod("nan", NULL);
    assert_int_equal(plain_print(&a, &lymph_type_float64, &nothing, "it", 0, &text, &f), LYMPH_EINVAL);
    int32_t unknown = STATUS_UNRECOGNIZED;
    assert_int_equal(plain_print(&a, &status_type, &unknown, "it", 0, &text, &f), LYMPH_EINVAL);
    order deep = sample_order();
    tree nested[80] = {{{NULL, 0}}};
    for (int i = 1; i < 80; i++)
        nested[i].children = (tree_list){&nested[i - 1], 1};
    deep.history = nested[79];
    assert_int_equal(plain_print(&a, &order_type, &deep, "it", 0, &text, &f), LYMPH_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_as_people_write_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_there_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys_are_texts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_does_not_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_said, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
