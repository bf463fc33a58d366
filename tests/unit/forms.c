/* forms.c: dates, times, decimals and names as texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "codec/forms.h"

static bool datetime(const char *text, lymph_datetime *out)
{
    return datetime_parse(text, strlen(text), out);
}

static void test_datetimes(void **state)
{
    lymph_datetime t;
    char text[FORM_MAX];
    static const struct {
        const char *in, *out; /* out NULL: as in */
    } good[] = {
        {"2015-07-08T20:51:30", NULL},
        {"2015-07-08T20:51:30+0200", NULL},
        {"2015-07-08T20:51:30-0530", NULL},
        {"2015-07-08T20:51:30+0000", NULL},
        {"2015-07-08T20:51:30Z", "2015-07-08T20:51:30+0000"},
        {"2015-07-08 20:51:30+02:00", "2015-07-08T20:51:30+0200"},
        {"2015-07-08T20:51:30+02", "2015-07-08T20:51:30+0200"},
        {"2015-07-08T20:51:30.123456789", "2015-07-08T20:51:30"},
        {"2015-07-08", "2015-07-08T00:00:00"},
        {"2016-02-29T00:00", "2016-02-29T00:00:00"},
        {"9999-12-31T23:59:59-2359", NULL},
        {"0001-01-01T00:00:00", NULL},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!datetime(good[i].in, &t))
            fail_msg("%s", good[i].in);
        assert_true(datetime_valid(&t));
        datetime_print(&t, text);
        assert_string_equal(text, good[i].out ? good[i].out : good[i].in);
    }
    assert_true(datetime("2015-07-08T20:51:30.25Z", &t));
    assert_int_equal(t.time.microsecond, 250000);
    assert_true(datetime("2015-07-08T20:51:30,000001", &t));
    assert_int_equal(t.time.microsecond, 1);
    static const char *const bad[] = {"",
                                      "nope",
                                      "2015-7-8",
                                      "2015-07-08T",
                                      "2015-07-08T25:00",
                                      "2015-07-08T20:60",
                                      "2015-07-08T20:51:60",
                                      "2015-02-29",
                                      "2015-13-01",
                                      "2015-00-01",
                                      "2015-01-00",
                                      "0000-01-01",
                                      "2015-07-08T20:51:30+",
                                      "2015-07-08T20:51:30+2",
                                      "2015-07-08T20:51:30+2400",
                                      "2015-07-08T20:51:30+0260",
                                      "2015-07-08T20:51:30.",
                                      "2015-07-08T20:51:30 ",
                                      "2015-07-08T20:51:30ZZ",
                                      "2015-07-08x20:51:30",
                                      "1900-02-29",
                                      "33-01-02T03:04:05",
                                      "+015-07-08"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (datetime(bad[i], &t))
            fail_msg("%s is taken", bad[i]);
    t = (lymph_datetime){.date = {2015, 7, 8}, .has_offset = true, .offset_minutes = 1440};
    assert_false(datetime_valid(&t));
}

static void test_dates_and_times(void **state)
{
    lymph_date d;
    lymph_time t;
    char text[FORM_MAX];
    assert_true(date_parse("2000-02-29", 10, &d));
    date_print(&d, text);
    assert_string_equal(text, "2000-02-29");
    assert_false(date_parse("2000-02-29T", 11, &d));
    assert_true(time_parse("20:51:30Z", 9, &t));
    time_print(&t, text);
    assert_string_equal(text, "20:51:30Z");
    assert_false(time_parse("20:51:30", 8, &t));
    assert_false(time_parse("20:51:30Zx", 10, &t));
    t.microsecond = 1000000;
    assert_false(time_valid(&t));
    /* What a user may have left in the struct is printed within bounds, and refused. */
    lymph_datetime wild = {{INT32_MIN, 255, 255}, {255, 255, 255, UINT32_MAX}, true, INT16_MIN};
    datetime_print(&wild, text);
    assert_false(datetime_valid(&wild));
}

static void test_uuids(void **state)
{
    lymph_uuid u;
    char text[FORM_MAX];
    assert_true(uuid_parse("12345678-1234-5678-1234-567812345678", 36, &u));
    uuid_print(&u, text);
    assert_string_equal(text, "12345678-1234-5678-1234-567812345678");
    assert_true(uuid_parse("ABCDEF78123456781234567812345678", 32, &u));
    uuid_print(&u, text);
    assert_string_equal(text, "abcdef78-1234-5678-1234-567812345678");
    assert_false(uuid_parse("1234567812345678123456781234567", 31, &u));
    assert_false(uuid_parse("123456781234567812345678123456789", 33, &u));
    assert_false(uuid_parse("1234567812345678123456781234567g", 32, &u));
    assert_false(uuid_parse("", 0, &u));
}

static void test_decimals(void **state)
{
    static const char *const good[] = {
        "0", "-0", "1.10", "-123.456", "1E+3", "1e-9", "+.5", "5.", "NaN", "-Infinity", "12345678901234567890.123"};
    static const char *const bad[] = {"",    "-",   ".",  "1,10", "1.1.1",  "e5",  "1e",
                                      "1e+", "0x1", " 1", "1 ",   "nan(1)", "--1", "1E5.0"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(decimal_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(decimal_valid(bad[i], strlen(bad[i])));
    assert_false(decimal_valid("1\0002", 3));
}

static void test_names(void **state)
{
    for (int kind = LYMPH_VALUE_SET; kind <= LYMPH_VALUE_UNDEFINED; kind++) {
        assert_non_null(form_name(kind));
        assert_int_equal(form_kind(form_name(kind), strlen(form_name(kind))), kind);
    }
    assert_null(form_name(LYMPH_VALUE_STRING));
    assert_int_equal(form_kind("Nope", 4), LYMPH_VALUE_NIL);
    assert_int_equal(form_kind("sets", 4), LYMPH_VALUE_NIL);
    assert_true(form_valid(LYMPH_VALUE_UNDEFINED, "", 0));
    assert_false(form_valid(LYMPH_VALUE_STRING, "x", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_datetimes), cmocka_unit_test(test_dates_and_times), cmocka_unit_test(test_uuids),
        cmocka_unit_test(test_decimals),  cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
