/* complaints.c: of one kind about one a few are admitted in a while; all others are counted, none is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/complaints.h"

#define SECOND INT64_C(1000000)
#define WHILE  (COMPLAINTS_SECONDS * SECOND)

static const char one_kind[] = "one", other_kind[] = "other", name[] = "lymph.test";
static complaints all;

static int set_up(void **state)
{
    memset(&all, 0, sizeof all);
    return 0;
}

static bool admit(const char *kind, const char *who, int64_t now_us)
{
    return complaints_admit(&all, kind, slice_of(who), LYMPH_WARNING, name, now_us);
}

static unsigned admitted_of(unsigned count, const char *kind, const char *who, int64_t now_us)
{
    unsigned admitted = 0;
    for (unsigned i = 0; i < count; i++)
        admitted += admit(kind, who, now_us);
    return admitted;
}

static void test_a_few_then_a_count(void **state)
{
    complaint c;
    assert_int_equal(admitted_of(1000, one_kind, "a", 7), COMPLAINTS_LINES);
    assert_false(complaints_take(&all, 6 + WHILE, false, &c));
    assert_true(complaints_take(&all, 7 + WHILE, false, &c));
    assert_int_equal(c.more, 1000 - COMPLAINTS_LINES);
    assert_int_equal(c.since_us, 7);
    assert_int_equal(c.level, LYMPH_WARNING);
    assert_string_equal(c.name, name);
    assert_int_equal(c.who_size, 1);
    assert_memory_equal(c.who, "a", 1);
    assert_false(complaints_take(&all, 100 * WHILE, true, &c));
    assert_int_equal(admitted_of(1000, one_kind, "a", 8 + WHILE), COMPLAINTS_LINES); /* the next while */
}

static void test_each_has_its_own(void **state)
{
    complaint c;
    assert_int_equal(admitted_of(10, one_kind, "a", 1), COMPLAINTS_LINES);
    assert_int_equal(admitted_of(10, one_kind, "b", 1), COMPLAINTS_LINES);
    assert_int_equal(admitted_of(10, one_kind, "", 1), COMPLAINTS_LINES);
    assert_int_equal(admitted_of(10, other_kind, "a", 1), COMPLAINTS_LINES);
    for (int i = 0; i < 4; i++) {
        assert_true(complaints_take(&all, 2, true, &c));
        assert_int_equal(c.more, 10 - COMPLAINTS_LINES);
    }
    assert_false(complaints_take(&all, 2, true, &c));
}

static void test_what_is_few_is_forgotten_with_its_while(void **state)
{
    complaint c;
    assert_true(admit(one_kind, "a", 1));
    assert_true(complaints_take(&all, 1 + WHILE, false, &c));
    assert_int_equal(c.more, 0);
    assert_int_equal(all.count, 0);
}

/* Whoever calls himself otherwise each time gains nothing. */
static void test_thousands_of_names(void **state)
{
    enum { NAMES = 10000, EACH = 20 };
    unsigned admitted = 0;
    unsigned long more = 0;
    char who[200];
    for (unsigned i = 0; i < NAMES; i++) {
        snprintf(who, sizeof who, "%05u%0*u", i, 1 + (int)(i % 150), i);
        admitted += admitted_of(EACH, one_kind, who, i);
    }
    assert_int_equal(admitted, (COMPLAINTS_MAX + 1) * COMPLAINTS_LINES);
    unsigned others = 0;
    for (complaint c; complaints_take(&all, NAMES + WHILE, false, &c);) {
        more += c.more;
        others += !c.kind;
        assert_true(c.who_size <= COMPLAINTS_WHO);
    }
    assert_int_equal(others, 1);
    assert_int_equal(admitted + more, NAMES * EACH);
    assert_int_equal(all.count, 0);
    assert_true(admit(one_kind, "a", NAMES + WHILE));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(test_a_few_then_a_count),
        TEST(test_each_has_its_own),
        TEST(test_what_is_few_is_forgotten_with_its_while),
        TEST(test_thousands_of_names),
    };
    return cmocka_run_group_tests_name("complaints", tests, NULL, NULL);
}
