/* limits.c: min and max of fields hold on both sides of the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "codec/codec.h"
#include "codec/limits.h"

typedef struct all {
    int8_t i8;
    uint64_t u64;
    double ratio;
    const char *name, *maybe;
    lymph_bytes raw;
    lymph_string_list tags;
    const int32_t *number;
} all;

static const lymph_type optional_string = {
    .kind = LYMPH_KIND_OPTIONAL, .size = sizeof(char *), .element = &lymph_type_string};
static const lymph_type optional_int = {
    .kind = LYMPH_KIND_OPTIONAL, .size = sizeof(int32_t *), .element = &lymph_type_int32};
static const lymph_type strings = {
    .kind = LYMPH_KIND_LIST, .size = sizeof(lymph_string_list), .element = &lymph_type_string};

#define BOTH (LYMPH_FIELD_MIN | LYMPH_FIELD_MAX)
static const lymph_field fields[] = {
    {"i8", &lymph_type_int8, offsetof(all, i8), NULL, BOTH, -2, 100},
    {"u64", &lymph_type_uint64, offsetof(all, u64), NULL, LYMPH_FIELD_MAX, 0, 9007199254740991},
    {"ratio", &lymph_type_float64, offsetof(all, ratio), NULL, LYMPH_FIELD_MIN, 0.5, 0},
    {"name", &lymph_type_string, offsetof(all, name), NULL, BOTH, 1, 4},
    {"maybe", &optional_string, offsetof(all, maybe), NULL, LYMPH_FIELD_MAX, 0, 2},
    {"raw", &lymph_type_bytes, offsetof(all, raw), NULL, LYMPH_FIELD_MAX, 0, 1},
    {"tags", &strings, offsetof(all, tags), NULL, LYMPH_FIELD_MIN, 1, 0},
    {"number", &optional_int, offsetof(all, number), NULL, LYMPH_FIELD_MIN, 7, 0},
};
#define FREE(member, descriptor)                                                                                       \
    {                                                                                                                  \
        .name = #member, .type = descriptor, .offset = offsetof(all, member)                                           \
    }
static const lymph_field free_fields[] = {
    FREE(i8, &lymph_type_int8),     FREE(u64, &lymph_type_uint64), FREE(ratio, &lymph_type_float64),
    FREE(name, &lymph_type_string), FREE(maybe, &optional_string), FREE(raw, &lymph_type_bytes),
    FREE(tags, &strings),           FREE(number, &optional_int),
};
static const lymph_record limited = {"R", sizeof(all), fields, 8, "", 0},
                          unlimited = {"R", sizeof(all), free_fields, 8, "", 0};

static const char *const tags[] = {"a"};
static const int32_t seven = 7, six = 6;
static all good;

static int set_up(void **state)
{
    good = (all){.i8 = -2,
                 .u64 = 9007199254740991,
                 .ratio = 0.5,
                 .name = "four",
                 .maybe = "ab",
                 .raw = {(const uint8_t *)"x", 1},
                 .tags = {tags, 1},
                 .number = &seven};
    return 0;
}

/* Refused at the sender, and at a receiver whose peer knows no limits; NULL: taken by both. */
static void assert_limits(const all *value, const char *expected)
{
    failure f = {0};
    writer w;
    arena a;
    all got;
    reader r;
    writer_init(&w);
    arena_init(&a);
    lymph_status st = encode_record(&w, &limited, value, &f);
    assert_int_equal(st, expected ? LYMPH_EINVAL : LYMPH_OK);
    if (expected)
        assert_string_equal(f.message, expected);
    writer_done(&w);
    writer_init(&w);
    assert_int_equal(encode_record(&w, &unlimited, value, &f), LYMPH_OK);
    reader_init(&r, w.data, w.size);
    st = decode_record(&r, &a, &limited, true, &got, &f);
    assert_int_equal(st, expected ? LYMPH_EPROTO : LYMPH_OK);
    if (expected)
        assert_string_equal(f.message, expected);
    arena_done(&a);
    writer_done(&w);
}

static void test_limits_themselves_are_within(void **state)
{
    assert_limits(&good, NULL);
    good.maybe = NULL;
    good.number = NULL;
    good.i8 = 100;
    good.u64 = 0;
    good.ratio = INFINITY;
    good.name = "x";
    assert_limits(&good, NULL);
}

static void test_numbers(void **state)
{
    all v = good;
    v.i8 = -3;
    assert_limits(&v, "R.i8: a value of -2 to 100 is expected");
    v.i8 = 101;
    assert_limits(&v, "R.i8: a value of -2 to 100 is expected");
    v = good;
    v.u64 = 9007199254740992; /* the next integer; none beyond it is taken for the limit */
    assert_limits(&v, "R.u64: a value of at most 9007199254740991 is expected");
    v.u64 = UINT64_MAX;
    assert_limits(&v, "R.u64: a value of at most 9007199254740991 is expected");
    v = good;
    v.ratio = nextafter(0.5, 0);
    assert_limits(&v, "R.ratio: a value of at least 0.5 is expected");
    v.ratio = NAN;
    assert_limits(&v, "R.ratio: a value of at least 0.5 is expected");
    v = good;
    v.number = &six;
    assert_limits(&v, "R.number: a value of at least 7 is expected");
}

static void test_sizes(void **state)
{
    all v = good;
    v.name = "";
    assert_limits(&v, "R.name: a size of 1 to 4 is expected");
    v.name = "fi\xc3\xb6r"; /* bytes, not characters */
    assert_limits(&v, "R.name: a size of 1 to 4 is expected");
    v = good;
    v.maybe = "abc";
    assert_limits(&v, "R.maybe: a size of at most 2 is expected");
    v = good;
    v.raw.size = 2;
    v.raw.data = (const uint8_t *)"xy";
    assert_limits(&v, "R.raw: a size of at most 1 is expected");
    v = good;
    v.tags.count = 0;
    assert_limits(&v, "R.tags: a size of at least 1 is expected");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_limits_themselves_are_within, set_up),
        cmocka_unit_test_setup(test_numbers, set_up),
        cmocka_unit_test_setup(test_sizes, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
