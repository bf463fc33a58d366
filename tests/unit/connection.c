/* connection.c: who counts as alive, and what is to be done when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "rpc/connection.h"

#define SECOND 1000000
#define BEGIN  (1000 * (int64_t)SECOND)

static const connection_limits limits = {SECOND, 3 * SECOND, 10 * SECOND, 30 * SECOND, 60 * SECOND};

static connection *made(void)
{
    connection *c = calloc(1, sizeof *c + 1);
    assert_non_null(c);
    connection_init(c, BEGIN);
    return c;
}

static int64_t at(int64_t second)
{
    return BEGIN + second * SECOND;
}

static void test_one_that_answers_lives(void **state)
{
    connection *c = made();
    assert_int_equal(c->state, CONNECTION_UNKNOWN);
    assert_true(connection_alive(c));
    for (int i = 1; i <= 9; i++) {
        assert_int_equal(connection_check(c, &limits, at(i)), CONNECTION_PING);
        connection_answered(c, true);
        assert_int_equal(c->state, CONNECTION_RESPONSIVE);
    }
    free(c);
}

static void test_one_that_never_answered_is_dead_within_the_timeout(void **state)
{
    connection *c = made();
    assert_int_equal(connection_check(c, &limits, at(1)), CONNECTION_PING);
    assert_int_equal(connection_check(c, &limits, at(2)), CONNECTION_PING);
    assert_true(connection_alive(c));
    assert_int_equal(connection_check(c, &limits, at(3)), CONNECTION_PING);
    assert_false(connection_alive(c));
    free(c);
}

static void test_its_requests_prove_nothing(void **state)
{
    connection *c = made();
    connection_check(c, &limits, at(1));
    connection_answered(c, true);
    for (int i = 2; i <= 4; i++) {
        connection_used(c, at(i));
        connection_check(c, &limits, at(i));
    }
    assert_int_equal(c->state, CONNECTION_UNRESPONSIVE);
    connection_used(c, at(5));
    assert_false(connection_alive(c));
    connection_answered(c, true);
    assert_true(connection_alive(c));
    free(c);
}

static void test_a_program_that_stood_still_blames_nobody(void **state)
{
    connection *c = made();
    connection_check(c, &limits, at(1)); /* whose answer is not read */
    assert_int_equal(connection_check(c, &limits, at(20)), CONNECTION_PING);
    assert_true(connection_alive(c));
    connection_check(c, &limits, at(21));
    assert_true(connection_alive(c));
    connection_check(c, &limits, at(22));
    assert_false(connection_alive(c));
    free(c);
}

static void test_the_dead_are_closed(void **state)
{
    connection *c = made();
    int64_t now = 1;
    while (connection_check(c, &limits, at(now)) != CONNECTION_CLOSE)
        now++;
    assert_int_equal(now, 33);
    connection_hold(c);
    assert_int_equal(connection_check(c, &limits, at(34)), CONNECTION_PING);
    connection_release(c);
    assert_int_equal(connection_check(c, &limits, at(35)), CONNECTION_CLOSE);
    connection_answered(c, true);
    assert_int_equal(connection_check(c, &limits, at(36)), CONNECTION_PING);
    free(c);
}

static void test_the_idle_are_closed(void **state)
{
    connection *c = made();
    int64_t now = 1;
    for (; connection_check(c, &limits, at(now)) != CONNECTION_CLOSE; now++) {
        connection_answered(c, true);
        assert_int_equal(c->state, now < 10 ? CONNECTION_RESPONSIVE : CONNECTION_IDLE);
    }
    assert_int_equal(now, 60);
    connection_used(c, at(60));
    assert_int_equal(c->state, CONNECTION_RESPONSIVE);
    assert_int_equal(connection_check(c, &limits, at(61)), CONNECTION_PING);
    free(c);
}

/* The answers to what an earlier connection took there come late, all at once. */
static void test_late_answers_to_an_earlier_one_prove_nothing(void **state)
{
    connection *c = made();
    connection_answered(c, false);
    assert_int_equal(c->state, CONNECTION_UNKNOWN);
    assert_true(connection_check(c, &limits, at(1)) == CONNECTION_PING);
    connection_answered(c, true);
    assert_int_equal(c->state, CONNECTION_RESPONSIVE);
    connection_check(c, &limits, at(2));
    connection_answered(c, false);
    assert_int_equal(c->pinged_us, 0);
    free(c);
}

static void test_one_that_is_ignored_is_made_anew(void **state)
{
    connection *c = made();
    for (int64_t second = 1; second <= 9; second++) {
        if (second % 2)
            connection_heard(c);
        connection_action expected = second % 3 ? CONNECTION_PING : CONNECTION_REMAKE;
        assert_int_equal(connection_check(c, &limits, at(second)), expected);
        if (expected == CONNECTION_REMAKE)
            connection_made(c);
        assert_int_equal(connection_alive(c), second < 3);
    }
    connection_answered(c, true);
    assert_true(connection_alive(c));
    for (int64_t second = 10; second <= 30; second++) {
        connection_heard(c);
        connection_answered(c, true);
        assert_int_equal(connection_check(c, &limits, at(second)), CONNECTION_PING);
    }
    free(c);
}

/* Where nothing comes, the network may be cut: the peer would hold what was there before. */
static void test_one_that_is_not_heard_stays(void **state)
{
    connection *c = made();
    for (int64_t second = 1; second <= 30; second++) {
        if (second % 4 == 1)
            connection_heard(c);
        assert_int_equal(connection_check(c, &limits, at(second)), CONNECTION_PING);
    }
    free(c);
}

static void test_what_speaks_for_one_that_is_called(void **state)
{
    connection *c = made();
    assert_true(connection_doubtful(c, at(1)));
    connection_asked(c, 0, at(1));
    assert_false(connection_doubtful(c, at(1)));
    assert_true(connection_doubtful(c, at(2))); /* somebody listened, but it has not answered since */
    connection_asked(c, ECONNREFUSED, at(2));
    assert_int_equal(c->refused, ECONNREFUSED);
    assert_true(connection_doubtful(c, at(2)));
    connection_answered(c, true);
    assert_int_equal(c->refused, 0);
    assert_false(connection_doubtful(c, at(3)));
    connection_check(c, &limits, at(3)); /* a heartbeat goes out */
    assert_false(connection_doubtful(c, at(3)));
    assert_true(connection_doubtful(c, at(3) + at(1) / 2));
    connection_answered(c, true);
    assert_false(connection_doubtful(c, at(3) + at(1) / 2));
    connection_made(c);
    assert_true(connection_doubtful(c, at(4)));
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_that_answers_lives),
        cmocka_unit_test(test_one_that_never_answered_is_dead_within_the_timeout),
        cmocka_unit_test(test_its_requests_prove_nothing),
        cmocka_unit_test(test_a_program_that_stood_still_blames_nobody),
        cmocka_unit_test(test_the_dead_are_closed),
        cmocka_unit_test(test_the_idle_are_closed),
        cmocka_unit_test(test_late_answers_to_an_earlier_one_prove_nothing),
        cmocka_unit_test(test_one_that_is_ignored_is_made_anew),
        cmocka_unit_test(test_one_that_is_not_heard_stays),
        cmocka_unit_test(test_what_speaks_for_one_that_is_called),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
