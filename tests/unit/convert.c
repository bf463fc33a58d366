/* convert.c: UUIDs and datetimes from and to what C has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <lymph/convert.h>
#include <string.h>

static const char text[] = "67e55044-10b1-426f-9247-bb680e5fe0c8";

static void test_uuids_are_read_and_printed(void **state)
{
    lymph_uuid u = {{0}}, other;
    char printed[LYMPH_UUID_TEXT];
    assert_int_equal(lymph_uuid_parse(text, &u), LYMPH_OK);
    assert_int_equal(u.bytes[0], 0x67);
    assert_int_equal(u.bytes[15], 0xc8);
    lymph_uuid_print(&u, printed);
    assert_string_equal(printed, text);
    assert_int_equal(lymph_uuid_parse("67E5504410B1426F9247BB680E5FE0C8", &other), LYMPH_OK);
    assert_memory_equal(&other, &u, sizeof u);
    static const char *const wrong[] = {NULL, "", "67e55044", "67e55044-10b1-426f-9247-bb680e5fe0cx"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(lymph_uuid_parse(wrong[i], &other), LYMPH_EINVAL);
    assert_memory_equal(&other, &u, sizeof u);
}

static void test_new_uuids_differ_and_are_random_ones(void **state)
{
    lymph_uuid a = lymph_uuid_new(), b = lymph_uuid_new();
    assert_memory_not_equal(&a, &b, sizeof a);
    assert_int_equal(a.bytes[6] >> 4, 4);
    assert_int_equal(a.bytes[8] >> 6, 2);
}

static void test_datetimes_and_seconds(void **state)
{
    static const struct {
        time_t seconds;
        lymph_datetime datetime;
    } cases[] = {
        {0, {{1970, 1, 1}, {0, 0, 0, 0}, true, 0}},
        {-1, {{1969, 12, 31}, {23, 59, 59, 0}, true, 0}},
        {951782400, {{2000, 2, 29}, {0, 0, 0, 0}, true, 0}},
        {-62135596800, {{1, 1, 1}, {0, 0, 0, 0}, true, 0}},
        {253402300799, {{9999, 12, 31}, {23, 59, 59, 0}, true, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lymph_datetime d;
        time_t back;
        memset(&d, 0xff, sizeof d);
        assert_int_equal(lymph_datetime_from_time(cases[i].seconds, &d), LYMPH_OK);
        assert_int_equal(d.date.year, cases[i].datetime.date.year);
        assert_int_equal(d.date.month, cases[i].datetime.date.month);
        assert_int_equal(d.date.day, cases[i].datetime.date.day);
        assert_int_equal(d.time.hour, cases[i].datetime.time.hour);
        assert_int_equal(d.time.minute, cases[i].datetime.time.minute);
        assert_int_equal(d.time.second, cases[i].datetime.time.second);
        assert_true(d.has_offset && d.offset_minutes == 0 && d.time.microsecond == 0);
        assert_int_equal(lymph_datetime_to_time(&d, &back), LYMPH_OK);
        assert_int_equal(back, cases[i].seconds);
    }
}

static void test_offsets_count(void **state)
{
    time_t t = 0;
    lymph_datetime d = {{1970, 1, 1}, {2, 0, 0, 999999}, true, 120};
    assert_int_equal(lymph_datetime_to_time(&d, &t), LYMPH_OK);
    assert_int_equal(t, 0);
    d.has_offset = false;
    d.offset_minutes = 0;
    assert_int_equal(lymph_datetime_to_time(&d, &t), LYMPH_OK);
    assert_int_equal(t, 7200);
}

static void test_what_is_no_datetime(void **state)
{
    time_t t = 5;
    lymph_datetime kept = {{2000, 1, 1}, {0, 0, 0, 0}, false, 0}, wrong = {{2001, 2, 29}, {0, 0, 0, 0}, false, 0};
    assert_int_equal(lymph_datetime_to_time(&wrong, &t), LYMPH_EINVAL);
    assert_int_equal(lymph_datetime_to_time(NULL, &t), LYMPH_EINVAL);
    assert_int_equal(t, 5);
    assert_int_equal(lymph_datetime_from_time(253402300800, &kept), LYMPH_EINVAL);
    assert_int_equal(lymph_datetime_from_time(-62135596801, &kept), LYMPH_EINVAL);
    assert_int_equal(kept.date.year, 2000);
}

static void test_now_is_between_two_looks_at_the_clock(void **state)
{
    time_t before = time(NULL), after, now;
    lymph_datetime d = lymph_datetime_now();
    after = time(NULL);
    assert_int_equal(lymph_datetime_to_time(&d, &now), LYMPH_OK);
    assert_true(d.time.microsecond < 1000000);
    assert_in_range(now, before - 1, after + 1); /* time() may lag behind by a tick */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uuids_are_read_and_printed), cmocka_unit_test(test_new_uuids_differ_and_are_random_ones),
        cmocka_unit_test(test_datetimes_and_seconds),      cmocka_unit_test(test_offsets_count),
        cmocka_unit_test(test_what_is_no_datetime),        cmocka_unit_test(test_now_is_between_two_looks_at_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
