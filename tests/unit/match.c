/* match.c: routing patterns, against AMQP's rules: `*` is one word, `#` any number of them, none included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "events/events.h"

static void table(void **state)
{
    static const struct {
        const char *pattern, *matching[6], *other[6];
    } rows[] = {
        {"greeted", {"greeted"}, {"greete", "greeted.x", "x.greeted", "Greeted", "greetedx"}},
        {"user.*", {"user.a", "user.created"}, {"user", "user.a.b", "users.a", "x.user.a"}},
        {"*.created", {"user.created"}, {"created", "a.user.created", "user.created.x"}},
        {"*", {"a", "abc"}, {"a.b"}},
        {"*.*", {"a.b"}, {"a", "a.b.c"}},
        {"#", {"a", "a.b", "a.b.c"}, {NULL}},
        {"user.#", {"user", "user.a", "user.a.b"}, {"users", "users.a", "a.user"}},
        {"#.tail", {"tail", "a.tail", "a.b.tail", "tail.tail"}, {"tails", "tail.a", "a.tail.b"}},
        {"a.#.z", {"a.z", "a.b.z", "a.b.c.z", "a.z.z"}, {"a", "z", "a.b", "b.z", "az"}},
        {"#.a.#", {"a", "x.a", "a.x", "x.y.a.z"}, {"b", "x.b", "aa"}},
        {"#.a.*.#.b", {"a.x.b", "q.a.x.b", "a.a.a.b.b", "a.x.y.z.b"}, {"a.b", "a.x", "b.x.a"}},
        {"#.#", {"a", "a.b"}, {NULL}},
        {"*.#", {"a", "a.b"}, {NULL}},
        {"a.*.#", {"a.b", "a.b.c"}, {"a"}},
        {"a*", {"a*"}, {"ab", "a", "a.b"}}, /* only a whole word is a wildcard */
        {"a..b", {"a..b"}, {"a.b", "a.x.b"}},
        {"a.*.b", {"a..b", "a.x.b"}, {"a.b"}}, /* an empty word is one */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int j = 0; j < 6 && rows[i].matching[j]; j++)
            if (!events_match(rows[i].pattern, rows[i].matching[j]))
                fail_msg("%s should match %s", rows[i].pattern, rows[i].matching[j]);
        for (int j = 0; j < 6 && rows[i].other[j]; j++)
            if (events_match(rows[i].pattern, rows[i].other[j]))
                fail_msg("%s should not match %s", rows[i].pattern, rows[i].other[j]);
    }
}

/* The definition, word by word, without any cleverness. */
static bool slow_match(const char *p, const char *k)
{
    if (!p)
        return !k;
    size_t ps = strcspn(p, "."), ks = k ? strcspn(k, ".") : 0;
    const char *pn = p[ps] ? p + ps + 1 : NULL, *kn = k && k[ks] ? k + ks + 1 : NULL;
    if (ps == 1 && *p == '#')
        return slow_match(pn, k) || (k && slow_match(p, kn));
    return k && ((ps == 1 && *p == '*') || (ps == ks && memcmp(p, k, ps) == 0)) && slow_match(pn, kn);
}

/* All patterns of up to 4 words out of a, b, *, # against all keys of up to 5 words out of a, b. */
static void every_small_one(void **state)
{
    static const char words[] = "ab*#";
    for (int np = 1; np <= 4; np++) {
        for (int ip = 0; ip < 1 << 2 * np; ip++) {
            char p[10] = "";
            for (int w = 0; w < np; w++)
                strcat(p, (char[]){w ? '.' : words[ip & 3], w ? words[ip >> 2 * w & 3] : '\0', '\0'});
            for (int nk = 1; nk <= 5; nk++) {
                for (int ik = 0; ik < 1 << nk; ik++) {
                    char k[12] = "";
                    for (int w = 0; w < nk; w++)
                        strcat(k, (char[]){w ? '.' : words[ik & 1], w ? words[ik >> w & 1] : '\0', '\0'});
                    if (events_match(p, k) != slow_match(p, k))
                        fail_msg("%s against %s should be %d", p, k, slow_match(p, k));
                }
            }
        }
    }
}

/* What would take a backtracking matcher for ever. */
static void many_hashes(void **state)
{
    char p[256] = "", k[256] = "";
    for (int i = 0; i < 40; i++) {
        strcat(p, i % 2 ? ".#" : i ? ".a" : "a");
        strcat(k, i ? ".a" : "a");
    }
    strcat(p, ".b");
    assert_false(events_match(p, k));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(every_small_one),
        cmocka_unit_test(many_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
