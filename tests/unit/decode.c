/* decode.c: records back from bytes; whatever a peer sends that does not fit is refused with its place, and nothing it
 * sends takes memory, time or stack without bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "shapes.h"

#define BYTES(text) text, sizeof text - 1

typedef struct fixture {
    arena a;
    failure f;
} fixture;

static int setup(void **state)
{
    *state = calloc(1, sizeof(fixture));
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    fixture *x = *state;
    arena_done(&x->a);
    free(x);
    return 0;
}

static lymph_status decode_bytes(fixture *x, const lymph_record *record, bool strict, void *out, const void *bytes,
                                 size_t size)
{
    reader r;
    reader_init(&r, bytes, size);
    lymph_status st = decode_record(&r, &x->a, record, strict, out, &x->f);
    if (!st)
        assert_true(reader_at_end(&r));
    return st;
}

static lymph_status decode_one(fixture *x, const lymph_type *type, void *out, const void *bytes, size_t size)
{
    reader r;
    reader_init(&r, bytes, size);
    return decode_type(&r, &x->a, type, "I.m", out, &x->f);
}

static void assert_error(fixture *x, const lymph_type *type, const char *bytes, size_t size, const char *message)
{
    max_align_t out[sizeof(order) / sizeof(max_align_t) + 1];
    assert_int_equal(decode_one(x, type, out, bytes, size), LYMPH_EPROTO);
    assert_string_equal(x->f.message, message);
}

static void test_every_type_comes_back(void **state)
{
    fixture *x = *state;
    order in = sample_order(), out;
    writer w, again;
    writer_init(&w);
    writer_init(&again);
    assert_int_equal(encode_record(&w, &order_record, &in, &x->f), LYMPH_OK);
    assert_int_equal(decode_bytes(x, &order_record, true, &out, w.data, w.size), LYMPH_OK);
    assert_true(out.urgent && out.i64 == INT64_MIN && out.u64 == UINT64_MAX && out.f32 == 0.5f && out.f64 == 0.1);
    assert_string_equal(out.customer, in.customer);
    assert_int_equal(out.placed.offset_minutes, -330);
    assert_string_equal(out.items.items[1].sku, "caf\xc3\xa9");
    assert_null(out.items.items[1].price);
    assert_int_equal(*out.left, 5);
    assert_int_equal(out.history.children.items[0].children.count, 2);
    assert_true(lymph_value_equal(in.extra, out.extra));
    assert_int_equal(encode_record(&again, &order_record, &out, &x->f), LYMPH_OK);
    assert_int_equal(again.size, w.size);
    assert_memory_equal(again.data, w.data, w.size);
    writer_done(&w);
    writer_done(&again);
}

static void test_every_truncation_is_refused(void **state)
{
    fixture *x = *state;
    order in = sample_order(), out;
    writer w;
    writer_init(&w);
    assert_int_equal(encode_record(&w, &order_record, &in, NULL), LYMPH_OK);
    for (size_t size = 0; size < w.size; size++) {
        uint8_t *exact = malloc(size ? size : 1); /* so that a sanitizer sees a read behind the end */
        memcpy(exact, w.data, size);
        assert_int_equal(decode_bytes(x, &order_record, true, &out, exact, size), LYMPH_EPROTO);
        free(exact);
        arena_reset(&x->a);
    }
    writer_done(&w);
}

static void test_presets_optionals_and_missing_keys(void **state)
{
    fixture *x = *state;
    item out;
    memset(&out, 0xff, sizeof out);
    assert_int_equal(decode_bytes(x, &item_record, true, &out, BYTES("\x81\xa3sku\xa1x")), LYMPH_OK);
    assert_string_equal(out.sku, "x");
    assert_int_equal(out.quantity, 1);
    assert_null(out.price);
    memset(&out, 0xff, sizeof out);
    assert_int_equal(decode_bytes(x, &item_record, true, &out, BYTES("\x83\xa3sku\xa0\xa8quantity\xc0\xa5price\xc0")),
                     LYMPH_OK);
    assert_string_equal(out.sku, "");
    assert_int_equal(out.quantity, 1);
    assert_null(out.price);
    assert_int_equal(decode_bytes(x, &item_record, true, &out, BYTES("\x80")), LYMPH_EPROTO);
    assert_string_equal(x->f.message, "Item.sku: missing");
    assert_int_equal(decode_bytes(x, &item_record, true, &out, BYTES("\x81\xa3sku\xc0")), LYMPH_EPROTO);
    assert_string_equal(x->f.message, "Item.sku: a string is expected, not nil");
}

static void test_unknown_and_repeated_keys(void **state)
{
    fixture *x = *state;
    item out;
    static const char surplus[] = "\x83\xa3sku\xa1x\xa4"
                                  "more\x92\x81\x01\x90\x02\xc0\x03";
    assert_int_equal(decode_bytes(x, &item_record, false, &out, BYTES(surplus)), LYMPH_OK);
    assert_string_equal(out.sku, "x");
    assert_int_equal(decode_bytes(x, &item_record, true, &out, BYTES(surplus)), LYMPH_EPROTO);
    assert_string_equal(x->f.message, "Item: unexpected 'more'");
    assert_int_equal(decode_bytes(x, &item_record, false, &out, BYTES("\x82\xa3sku\xa1x\x91\x01\x02")), LYMPH_EPROTO);
    assert_string_equal(x->f.message, "Item: a key is a list");

    static const char twice[] = "\x84\xa3sku\xa1x\xa8quantity\x05\xa3sku\xa1y\xa8quantity\xc0";
    assert_int_equal(decode_bytes(x, &item_record, true, &out, BYTES(twice)), LYMPH_OK);
    assert_string_equal(out.sku, "y");
    assert_int_equal(out.quantity, 1); /* the last one counts, and it is nil: the preset */
    assert_int_equal(decode_bytes(x, &item_record, true, &out, BYTES("\x82\xa4sku\0\xa1x\xa3sku\xa1y")), LYMPH_EPROTO);
}

static void test_keys_may_come_in_any_order(void **state)
{
    fixture *x = *state;
    item out;
    assert_int_equal(decode_bytes(x, &item_record, true, &out, BYTES("\x83\xa5price\xc0\xa8quantity\x02\xa3sku\xa1x")),
                     LYMPH_OK);
    assert_int_equal(out.quantity, 2);
}

static void test_errors_name_the_path(void **state)
{
    fixture *x = *state;
    order out;
    static const char head[] = "\x81\xa5items\x92\x81\xa3sku\xa1x\x81\xa8quantity";
    char bytes[64];
    size_t size = sizeof head - 1;
    memcpy(bytes, head, size);
    memcpy(bytes + size, "\x01", 1);
    assert_int_equal(decode_bytes(x, &order_record, true, &out, bytes, size + 1), LYMPH_EPROTO);
    assert_string_equal(x->f.message, "Shop.order.items[1].sku: missing");
    memcpy(bytes + size, "\xce\x80\x00\x00\x00", 5);
    assert_int_equal(decode_bytes(x, &order_record, true, &out, bytes, size + 5), LYMPH_EPROTO);
    assert_string_equal(x->f.message,
                        "Shop.order.items[1].quantity: 2147483648 is not between -2147483648 and 2147483647");
    assert_error(x, &count_map_type, BYTES("\x82\xa1x\x01\xa1y\xa1z"),
                 "I.m result{1}: an integer is expected, not a string");
    assert_int_equal(decode_bytes(x, &order_record, true, &out, BYTES("\x93\x01\x02\x03")), LYMPH_EPROTO);
    assert_string_equal(x->f.message, "Shop.order: a map is expected, not a list");
    assert_error(x, &item_list_type, BYTES("\xc0"), "I.m result: a list is expected, not nil");
}

static void test_integers_of_any_width_within_their_range(void **state)
{
    fixture *x = *state;
    int8_t i8;
    uint8_t u8;
    int64_t i64;
    uint64_t u64;
    assert_int_equal(decode_one(x, &lymph_type_int8, &i8, BYTES("\xd3\xff\xff\xff\xff\xff\xff\xff\x80")), LYMPH_OK);
    assert_int_equal(i8, -128);
    assert_int_equal(decode_one(x, &lymph_type_int8, &i8, BYTES("\xcf\0\0\0\0\0\0\0\x7f")), LYMPH_OK);
    assert_int_equal(i8, 127);
    assert_int_equal(decode_one(x, &lymph_type_uint8, &u8, BYTES("\xd1\x00\xff")), LYMPH_OK);
    assert_int_equal(u8, 255);
    assert_int_equal(decode_one(x, &lymph_type_int64, &i64, BYTES("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff")), LYMPH_OK);
    assert_true(i64 == INT64_MAX);
    assert_int_equal(decode_one(x, &lymph_type_uint64, &u64, BYTES("\xcf\xff\xff\xff\xff\xff\xff\xff\xff")), LYMPH_OK);
    assert_true(u64 == UINT64_MAX);
    assert_error(x, &lymph_type_int8, BYTES("\xcc\x80"), "I.m result: 128 is not between -128 and 127");
    assert_error(x, &lymph_type_int8, BYTES("\xd1\xff\x7f"), "I.m result: -129 is not between -128 and 127");
    assert_error(x, &lymph_type_uint8, BYTES("\xff"), "I.m result: -1 is not between 0 and 255");
    assert_error(x, &lymph_type_uint16, BYTES("\xce\x00\x01\x00\x00"), "I.m result: 65536 is not between 0 and 65535");
    assert_error(x, &lymph_type_uint32, BYTES("\xcf\0\0\0\x01\0\0\0\0"),
                 "I.m result: 4294967296 is not between 0 and 4294967295");
    assert_error(x, &lymph_type_int64, BYTES("\xcf\x80\0\0\0\0\0\0\0"),
                 "I.m result: 9223372036854775808 is not between -9223372036854775808 and 9223372036854775807");
    assert_error(x, &lymph_type_int32, BYTES("\xcb\x3f\xf0\0\0\0\0\0\0"),
                 "I.m result: an integer is expected, not a float");
    assert_error(x, &lymph_type_bool, BYTES("\x01"), "I.m result: a bool is expected, not an integer");
}

static void test_floats(void **state)
{
    fixture *x = *state;
    float f;
    double d;
    assert_int_equal(decode_one(x, &lymph_type_float64, &d, BYTES("\x07")), LYMPH_OK);
    assert_true(d == 7);
    assert_int_equal(decode_one(x, &lymph_type_float64, &d, BYTES("\xcf\xff\xff\xff\xff\xff\xff\xff\xff")), LYMPH_OK);
    assert_true(d == 18446744073709551615.0);
    assert_int_equal(decode_one(x, &lymph_type_float64, &d, BYTES("\xca\x3f\xc0\0\0")), LYMPH_OK);
    assert_true(d == 1.5);
    assert_int_equal(decode_one(x, &lymph_type_float32, &f, BYTES("\xcb\x7f\xf0\0\0\0\0\0\0")), LYMPH_OK);
    assert_true(isinf(f));
    assert_int_equal(decode_one(x, &lymph_type_float32, &f, BYTES("\xcb\x7f\xf8\0\0\0\0\0\0")), LYMPH_OK);
    assert_true(isnan(f));
    assert_error(x, &lymph_type_float32, BYTES("\xcb\x47\xf0\0\0\0\0\0\0"),
                 "I.m result: 3.40282e+38 is too large for a float32");
    assert_error(x, &lymph_type_float64, BYTES("\xa1x"), "I.m result: a number is expected, not a string");
}

static void test_texts_and_bytes(void **state)
{
    fixture *x = *state;
    const char *text;
    lymph_bytes bytes;
    assert_int_equal(decode_one(x, &lymph_type_string, &text, BYTES("\xda\x00\x02hi")), LYMPH_OK);
    assert_string_equal(text, "hi");
    assert_int_equal(decode_one(x, &lymph_type_bytes, &bytes, BYTES("\xda\x00\x02\xff\x00")),
                     LYMPH_OK); /* before there was bin */
    assert_int_equal(bytes.size, 2);
    assert_error(x, &lymph_type_string, BYTES("\xa2\xc0\x80"), "I.m result: not UTF-8, or with a NUL inside");
    assert_error(x, &lymph_type_string, BYTES("\xa2\x61\x00"), "I.m result: not UTF-8, or with a NUL inside");
    assert_error(x, &lymph_type_string, BYTES("\xc4\x01x"), "I.m result: a string is expected, not bytes");
    assert_error(x, &lymph_type_bytes, BYTES("\x01"), "I.m result: bytes is expected, not an integer");
    assert_error(x, &lymph_type_string, BYTES("\xdb\xff\xff\xff\xffx"), "I.m result: the bytes end early");
}

static void test_enums(void **state)
{
    fixture *x = *state;
    int32_t e;
    assert_int_equal(decode_one(x, &status_type, &e, BYTES("\xa4PAID")), LYMPH_OK);
    assert_int_equal(e, STATUS_PAID);
    assert_int_equal(decode_one(x, &status_type, &e, BYTES("\xa8REFUNDED")), LYMPH_OK);
    assert_int_equal(e, STATUS_UNRECOGNIZED);
    assert_int_equal(decode_one(x, &level_type, &e, BYTES("\xcd\x01\x2c")), LYMPH_OK);
    assert_int_equal(e, LEVEL_HIGH);
    assert_int_equal(decode_one(x, &level_type, &e, BYTES("\xcf\xff\xff\xff\xff\xff\xff\xff\xff")), LYMPH_OK);
    assert_int_equal(e, LEVEL_UNRECOGNIZED);
    assert_error(x, &status_type, BYTES("\x01"), "I.m result: a string is expected, not an integer");
    assert_error(x, &level_type, BYTES("\xa3LOW"), "I.m result: an integer is expected, not a string");
}

/* {"__type__": name, "_": …}, the content to follow. */
static void begin_form(writer *w, const char *name)
{
    write_map(w, 2);
    write_cstr(w, "__type__");
    write_cstr(w, name);
    write_cstr(w, "_");
}

static void check_form(fixture *x, const lymph_type *type, const char *name, const char *text, const char *message,
                       void *out)
{
    writer w;
    writer_init(&w);
    begin_form(&w, name);
    write_cstr(&w, text);
    if (message)
        assert_error(x, type, (char *)w.data, w.size, message);
    else
        assert_int_equal(decode_one(x, type, out, w.data, w.size), LYMPH_OK);
    writer_done(&w);
}

static void test_extension_types(void **state)
{
    fixture *x = *state;
    lymph_datetime t;
    lymph_uuid u;
    check_form(x, &lymph_type_datetime, "datetime", "2015-07-08T20:51:30+02:00", NULL, &t);
    assert_int_equal(t.offset_minutes, 120);
    check_form(x, &lymph_type_uuid, "UUID", "12345678123456781234567812345678", NULL, &u);
    assert_int_equal(u.bytes[15], 0x78);
    check_form(x, &lymph_type_date, "datetime", "2015-07-08", "I.m result: a date is expected, not a map", NULL);
    check_form(x, &lymph_type_date, "date", "2015-02-29", "I.m result: '2015-02-29' is not a valid date", NULL);
    check_form(x, &tag_set_type, "set", "x", "I.m result: a list is expected, not a string", NULL);
    assert_error(x, &lymph_type_date, BYTES("\xa1x"), "I.m result: a date is expected, not a string");
    assert_error(x, &lymph_type_date, BYTES("\x81\x01\x02"), "I.m result: a date is expected, not a map");
    assert_error(x, &tag_set_type, BYTES("\x91\xa1x"), "I.m result: a set is expected, not a list");

    writer w;
    writer_init(&w);
    lymph_decimal d;
    begin_form(&w, "Decimal");
    write_int(&w, -5);
    assert_int_equal(decode_one(x, &lymph_type_decimal, &d, w.data, w.size), LYMPH_OK);
    assert_string_equal(d.text, "-5");
    lymph_string_list set;
    writer_reset(&w);
    begin_form(&w, "set");
    write_array(&w, 2);
    write_cstr(&w, "x");
    write_cstr(&w, "y");
    assert_int_equal(decode_one(x, &tag_set_type, &set, w.data, w.size), LYMPH_OK);
    assert_int_equal(set.count, 2);
    assert_string_equal(set.items[1], "y");
    writer_done(&w);
}

static void test_extension_types_with_other_keys_and_order(void **state)
{
    fixture *x = *state;
    lymph_decimal d;
    writer w;
    writer_init(&w);
    write_map(&w, 3);
    write_cstr(&w, "_");
    write_cstr(&w, "1.5");
    write_nil(&w);
    write_array(&w, 0);
    write_cstr(&w, "__type__");
    write_cstr(&w, "Decimal");
    assert_int_equal(decode_one(x, &lymph_type_decimal, &d, w.data, w.size), LYMPH_OK);
    assert_string_equal(d.text, "1.5");
    writer_done(&w);
}

static void test_embedded_msgpack_is_taken_as_if_it_stood_there(void **state)
{
    fixture *x = *state;
    item out;
    assert_int_equal(decode_bytes(x, &item_record, true, &out, BYTES("\xc7\x07\x65\x81\xa3sku\xa1x")), LYMPH_OK);
    assert_string_equal(out.sku, "x");
    assert_int_equal(
        decode_bytes(x, &item_record, true, &out, BYTES("\x82\xa3sku\xd5\x65\xa1x\xa8quantity\xd4\x65\x09")), LYMPH_OK);
    assert_int_equal(out.quantity, 9);
    const char *text;
    assert_int_equal(decode_one(x, &optional_string, &text, BYTES("\xd4\x65\xc0")), LYMPH_OK);
    assert_null(text);
    assert_error(x, &lymph_type_int32, BYTES("\xd5\x65\x01\x02"), "I.m result: bytes are left behind embedded msgpack");
    assert_error(x, &lymph_type_int32, BYTES("\xd5\x05\x01\x02"),
                 "I.m result: an integer is expected, not an extension");
}

static void test_embedded_msgpack_cannot_nest_without_end(void **state)
{
    fixture *x = *state;
    uint8_t bytes[3000];
    size_t at = sizeof bytes;
    bytes[--at] = 0x01;
    for (int i = 0; i < 200; i++) {
        size_t size = sizeof bytes - at;
        bytes[--at] = 0x65;
        bytes[--at] = (uint8_t)size;
        bytes[--at] = (uint8_t)(size >> 8);
        bytes[--at] = 0xc8;
    }
    int32_t out;
    assert_int_equal(decode_one(x, &lymph_type_int32, &out, bytes + at, sizeof bytes - at), LYMPH_ELIMIT);
    assert_string_equal(x->f.message, "I.m result: nested deeper than 64 levels");
}

static void test_nesting_has_an_end(void **state)
{
    fixture *x = *state;
    writer w;
    writer_init(&w);
    for (int i = 0; i < 1000; i++) {
        write_map(&w, 1);
        write_cstr(&w, "children");
        write_array(&w, 1);
    }
    tree out;
    assert_int_equal(decode_bytes(x, &tree_record, true, &out, w.data, w.size), LYMPH_ELIMIT);
    assert_non_null(strstr(x->f.message, "nested deeper than 64 levels"));
    writer_done(&w);
}

static void test_counts_that_cannot_be_true(void **state)
{
    fixture *x = *state;
    assert_error(x, &item_list_type, BYTES("\xdd\xff\xff\xff\xff\xc0"),
                 "I.m result: a count is larger than the bytes that are left");
    assert_error(x, &count_map_type, BYTES("\xdf\xff\xff\xff\xff\xa1x\x01"),
                 "I.m result: a count is larger than the bytes that are left");
    assert_error(x, &lymph_type_any, BYTES("\xdd\xff\xff\xff\xff\xc0"),
                 "I.m result: a count is larger than the bytes that are left");
}

/* A list of `count` empty maps, each of which would be a large struct. */
static lymph_status decode_maps(fixture *x, const lymph_type *type, uint32_t count)
{
    writer w;
    writer_init(&w);
    write_array(&w, count);
    for (uint32_t i = 0; i < count; i++)
        write_map(&w, 0);
    lymph_string_list out;
    lymph_status st = decode_one(x, type, &out, w.data, w.size);
    writer_done(&w);
    return st;
}

#define LARGE 4000

static void test_few_bytes_do_not_become_much_memory(void **state)
{
    fixture *x = *state;
    static const lymph_record record = {"Large", LARGE, NULL, 0, "", 0};
    static const lymph_type large_type = {.kind = LYMPH_KIND_STRUCT, .size = LARGE, .record = &record};
    static const lymph_type list = {.kind = LYMPH_KIND_LIST, .size = sizeof(lymph_string_list), .element = &large_type};
    assert_int_equal(decode_maps(x, &list, 100), LYMPH_OK);
    assert_int_equal(decode_maps(x, &list, 100000), LYMPH_ELIMIT);
    assert_string_equal(x->f.message, "I.m result: 100000 items need more memory than a message of this size may take");

    /* Neither when it is spread over many sets. */
    static const lymph_type set = {.kind = LYMPH_KIND_SET, .size = sizeof(lymph_string_list), .element = &large_type};
    static const lymph_type sets = {.kind = LYMPH_KIND_LIST, .size = sizeof(lymph_string_list), .element = &set};
    writer w;
    writer_init(&w);
    write_array(&w, 1000);
    for (int i = 0; i < 1000; i++) {
        begin_form(&w, "set");
        write_array(&w, 200);
        for (int n = 0; n < 200; n++)
            write_map(&w, 0);
    }
    lymph_string_list out;
    assert_int_equal(decode_one(x, &sets, &out, w.data, w.size), LYMPH_ELIMIT);
    writer_done(&w);
}

static void test_the_number_of_values_is_bounded(void **state)
{
    fixture *x = *state;
    size_t size = READER_MAX_ELEMENTS + 100;
    uint8_t *bytes = malloc(size);
    memset(bytes, 0xc0, size);
    memcpy(bytes, "\xdd\x00\x40\x00\x01", 5);
    assert_int_equal(decode_one(x, &item_list_type, &(item_list){0}, bytes, size), LYMPH_EPROTO);
    assert_string_equal(x->f.message, "I.m result: the message holds too many values");
    free(bytes);
}

static void test_a_record_of_more_than_64_fields(void **state)
{
    fixture *x = *state;
    enum { N = 130 };
    static char names[N][8];
    static lymph_field fields[N];
    int32_t out[N];
    writer w;
    writer_init(&w);
    write_map(&w, N - 1);
    for (int i = 0; i < N; i++) {
        names[i][0] = 'f';
        names[i][1] = (char)('0' + i / 100);
        names[i][2] = (char)('0' + i / 10 % 10);
        names[i][3] = (char)('0' + i % 10);
        fields[i] = (lymph_field){names[i], &lymph_type_int32, (size_t)i * sizeof(int32_t), NULL, 0, 0, 0};
        if (i != 100) {
            write_cstr(&w, names[i]);
            write_int(&w, i);
        }
    }
    const lymph_record record = {"Wide", sizeof out, fields, N, "", 0};
    assert_int_equal(decode_bytes(x, &record, true, out, w.data, w.size), LYMPH_EPROTO);
    assert_string_equal(x->f.message, "Wide.f100: missing");
    fields[100].preset = &(int32_t){7};
    assert_int_equal(decode_bytes(x, &record, true, out, w.data, w.size), LYMPH_OK);
    assert_int_equal(out[99], 99);
    assert_int_equal(out[100], 7);
    assert_int_equal(out[129], 129);
    writer_done(&w);
}

static void test_failures_do_not_quote_sensitive_values(void **state)
{
    static const lymph_field fields[] = {{"pin", &lymph_type_int8, 0, NULL, LYMPH_FIELD_SENSITIVE, 0, 0}};
    static const lymph_record record = {.name = "I.m", .size = sizeof(int8_t), .fields = fields, .field_count = 1};
    static const uint8_t bytes[] = "\x81\xa3pin\xcd\x12\x34";
    arena a;
    reader r;
    failure f = {0};
    int8_t pin;
    arena_init(&a);
    reader_init(&r, bytes, sizeof bytes - 1);
    assert_int_equal(decode_record(&r, &a, &record, true, &pin, &f), LYMPH_EPROTO);
    assert_string_equal(f.message, "I.m.pin: not valid");
    arena_done(&a);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failures_do_not_quote_sensitive_values),
        TEST(test_every_type_comes_back),
        TEST(test_every_truncation_is_refused),
        TEST(test_presets_optionals_and_missing_keys),
        TEST(test_unknown_and_repeated_keys),
        TEST(test_keys_may_come_in_any_order),
        TEST(test_errors_name_the_path),
        TEST(test_integers_of_any_width_within_their_range),
        TEST(test_floats),
        TEST(test_texts_and_bytes),
        TEST(test_enums),
        TEST(test_extension_types),
        TEST(test_extension_types_with_other_keys_and_order),
        TEST(test_embedded_msgpack_is_taken_as_if_it_stood_there),
        TEST(test_embedded_msgpack_cannot_nest_without_end),
        TEST(test_nesting_has_an_end),
        TEST(test_counts_that_cannot_be_true),
        TEST(test_few_bytes_do_not_become_much_memory),
        TEST(test_the_number_of_values_is_bounded),
        TEST(test_a_record_of_more_than_64_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
