/* version.c: the original's semantic versions. The table is what it answered for a request of `want` and an instance of
 * `have`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "registry/version.h"

static void compatible(void **state)
{
    static const struct {
        const char *want, *have;
        bool compatible;
    } table[] = {
        /* captured */
        {"1.2", "1.1.9", false},
        {"1.2", "1.2.0", true},
        {"1.2", "1.2.5", true},
        {"1.2", "1.9.0", true},
        {"1.2", "2.0.0", false},
        {"1.2", "2.0.0-rc1", false},
        {"1.2", "1.2.0-rc1", false},
        {"1.2", "1.3.0-rc1", true},
        {"1.2", NULL, false},
        /* the specs it made: >=1.0.0,<2.0.0; >=1.2.3,<2.0.0; >=0.5.0,<1.0.0; >=1.2.3-rc1,<2.0.0 */
        {"1", "0.9.9", false},
        {"1", "1.0.0", true},
        {"1.2.3", "1.2.2", false},
        {"1.2.3", "1.2.3", true},
        {"0.5", "0.4.9", false},
        {"0.5", "0.99.0", true},
        {"0.5", "1.0.0", false},
        {"1.2.3-rc1", "1.2.3-rc0", false},
        {"1.2.3-rc1", "1.2.3-rc1", true},
        {"1.2.3-rc1", "1.2.3", true},
        /* beyond any integer type */
        {"99999999999999999999.1", "99999999999999999999.2.0", true},
        {"99999999999999999999.1", "99999999999999999998.2.0", false},
        /* not a version, though registered */
        {"1", "1.0", false},
        {"1", "one", false},
        {"1", "", false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (version_compatible(table[i].want, table[i].have) != table[i].compatible)
            fail_msg("%s asked for, %s there: compatible should be %d", table[i].want,
                     table[i].have ? table[i].have : "no version", table[i].compatible);
}

static void requestable(void **state)
{
    static const char *const good[] = {"1", "1.2", "1.2.3", "0.5", "1.2.3-rc1", "1.2.3-rc.1+build.5", "10.20.30"};
    static const char *const bad[] = {"",     "v1",     "1.2.3.4",    "1@2",    "1.", ".1", "01",
                                      "1.02", "1.2.3-", "1.2.3-a..b", "1.2.3+", "1 ", "-1", "1.2.x"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!version_requestable(good[i]))
            fail_msg("%s is a version", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (version_requestable(bad[i]))
            fail_msg("%s is no version", bad[i]);
}

static void valid(void **state)
{
    assert_true(version_valid("1.2.3"));
    assert_true(version_valid("1.0.0-rc.1+build.5"));
    assert_false(version_valid("1.2"));
    assert_false(version_valid("1"));
    assert_false(version_valid("1.2.3.4"));
}

/* Semantic versioning 2.0, rule 11, in ascending order; build metadata does not count. */
static void order(void **state)
{
    static const char *const ascending[] = {"0.9.10",     "1.0.0-alpha",  "1.0.0-alpha.1", "1.0.0-alpha.beta",
                                            "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
                                            "1.0.0",      "1.0.9",        "1.0.10",        "2.0.0"};
    enum { COUNT = sizeof ascending / sizeof *ascending };
    for (int i = 0; i < COUNT; i++) {
        for (int j = 0; j < COUNT; j++) {
            int c = version_compare(ascending[i], ascending[j]);
            if ((c > 0) - (c < 0) != (i > j) - (i < j))
                fail_msg("%s and %s compare as %d", ascending[i], ascending[j], c);
        }
    }
    assert_int_equal(version_compare("1.0.0+a", "1.0.0+b"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compatible),
        cmocka_unit_test(requestable),
        cmocka_unit_test(valid),
        cmocka_unit_test(order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
