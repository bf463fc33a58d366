/* crowd.c: all who wait are woken once; who leaves early is not missed, and who comes while they run is not among them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/clock.h"
#include "fiber/crowd.h"

#define LONG_US 15000000 /* reached only when a test fails */

typedef struct place {
    loop *loop;
    crowd crowd;
    int woken, late, again;
    bool comes_again;
} place;

static int set_up(void **state)
{
    static place p;
    p = (place){.loop = loop_new(0)};
    *state = &p;
    return p.loop ? 0 : -1;
}

static int tear_down(void **state)
{
    place *p = *state;
    size_t left = loop_fibers(p->loop);
    loop_free(p->loop);
    return left || p->crowd.first ? -1 : 0;
}

static void wait_long(void *arg)
{
    place *p = arg;
    if (!crowd_wait(p->loop, &p->crowd, clock_now_us() + LONG_US))
        p->woken++;
    if (p->comes_again && !crowd_wait(p->loop, &p->crowd, clock_now_us() + LONG_US))
        p->again++;
}

static void wait_a_moment(void *arg)
{
    place *p = arg;
    p->late += crowd_wait(p->loop, &p->crowd, clock_now_us() + 1000) == LYMPH_ETIMEDOUT;
}

static void turn(place *p)
{
    waiter w = WAITER_INIT;
    (void)loop_wait(p->loop, &w, clock_now_us() + 1000);
}

static void test_all_are_woken(void **state)
{
    place *p = *state;
    crowd_wake(p->loop, &p->crowd); /* nobody */
    for (int i = 0; i < 5; i++)
        assert_int_equal(loop_spawn(p->loop, wait_long, p), LYMPH_OK);
    crowd_wake(p->loop, &p->crowd);
    assert_int_equal(p->woken, 5);
}

static void test_some_have_left(void **state)
{
    place *p = *state;
    void (*const kinds[])(void *) = {wait_a_moment, wait_long, wait_a_moment, wait_a_moment, wait_long};
    for (int i = 0; i < 5; i++)
        assert_int_equal(loop_spawn(p->loop, kinds[i], p), LYMPH_OK);
    for (int64_t end = clock_now_us() + LONG_US; p->late < 3 && clock_now_us() < end;)
        turn(p);
    assert_int_equal(p->late, 3);
    crowd_wake(p->loop, &p->crowd);
    assert_int_equal(p->woken, 2);
}

static void test_who_comes_again_waits_for_the_next_time(void **state)
{
    place *p = *state;
    p->comes_again = true;
    for (int i = 0; i < 3; i++)
        assert_int_equal(loop_spawn(p->loop, wait_long, p), LYMPH_OK);
    crowd_wake(p->loop, &p->crowd);
    assert_int_equal(p->woken, 3);
    assert_int_equal(p->again, 0);
    crowd_wake(p->loop, &p->crowd);
    assert_int_equal(p->again, 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_all_are_woken),
        TEST(test_some_have_left),
        TEST(test_who_comes_again_waits_for_the_next_time),
    };
    return cmocka_run_group_tests_name("crowd", tests, NULL, NULL);
}
