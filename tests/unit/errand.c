/* errand.c: what ran on a thread is done on the loop, once; what was abandoned is freed and never done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "core/clock.h"
#include "fiber/errand.h"

#define LONG_US 15000000 /* reached only when a test fails */

static struct {
    loop *loop;
    mailbox *mailbox;
    pthread_t loops_thread;
    sem_t go;
    atomic_int ran, freed;
    int done;
} x;

static void run(errand *e)
{
    assert_false(pthread_equal(pthread_self(), x.loops_thread));
    while (sem_wait(&x.go))
        ;
    x.ran++;
}

static void done(errand *e)
{
    assert_true(pthread_equal(pthread_self(), x.loops_thread));
    assert_int_equal(x.freed, 0);
    x.done++;
}

static void end(errand *e)
{
    x.freed++;
}

static errand one;

static int set_up(void **state)
{
    x.loop = loop_new(0);
    x.mailbox = mailbox_new(x.loop);
    x.loops_thread = pthread_self();
    x.ran = x.freed = x.done = 0;
    one = (errand){.run = run, .done = done, .free = end};
    return !x.mailbox || sem_init(&x.go, 0, 0) || errand_start(&one, x.mailbox, NULL) ? -1 : 0;
}

static int tear_down(void **state)
{
    mailbox_free(x.mailbox);
    loop_free(x.loop);
    return 0;
}

static void turn_until(const atomic_int *count)
{
    for (int64_t end_us = clock_now_us() + LONG_US; !*count && clock_now_us() < end_us;) {
        waiter w = WAITER_INIT;
        (void)loop_wait(x.loop, &w, clock_now_us() + 1000);
    }
    assert_int_equal(*count, 1);
}

static void test_done_on_the_loop(void **state)
{
    sem_post(&x.go);
    turn_until(&x.freed);
    assert_int_equal(x.done, 1);
}

static void test_abandoned_while_it_runs(void **state)
{
    errand_abandon(&one);
    sem_post(&x.go);
    turn_until(&x.freed);
    assert_int_equal(x.done, 0);
}

static void test_abandoned_on_its_way(void **state)
{
    sem_post(&x.go);
    for (bool posted = false; !posted;) { /* the loop does not turn */
        pthread_mutex_lock(&one.lock);
        posted = one.posted;
        pthread_mutex_unlock(&one.lock);
    }
    errand_abandon(&one);
    turn_until(&x.freed);
    assert_int_equal(x.done, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_done_on_the_loop),
        TEST(test_abandoned_while_it_runs),
        TEST(test_abandoned_on_its_way),
    };
    return cmocka_run_group_tests_name("errand", tests, NULL, NULL);
}
