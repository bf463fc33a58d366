/* lock.c: one writer at a time, everybody has a turn, and who lives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "store/lock.h"

#define SECOND 1000000

static char folder[40], path[60];

static int set_up(void **state)
{
    strcpy(folder, "/tmp/lymph-lock-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/lock", folder);
    return 0;
}

static int tear_down(void **state)
{
    unlink(path);
    return rmdir(folder);
}

static lock opened(void)
{
    lock k;
    failure f = {0};
    assert_int_equal(lock_open(&k, folder, &f), LYMPH_OK);
    return k;
}

static void test_one_at_a_time_with_a_deadline(void **state)
{
    lock one = opened(), other = opened();
    assert_true(lock_take(&one, clock_now_us()));
    int64_t begin = clock_now_us();
    assert_false(lock_take(&other, begin + SECOND / 10));
    assert_true(clock_now_us() >= begin + SECOND / 10);
    lock_give(&one);
    assert_true(lock_take(&other, clock_now_us() + 10 * SECOND));
    lock_close(&other); /* gives it back */
    assert_true(lock_take(&one, clock_now_us() + 10 * SECOND));
    lock_close(&one);
}

#define TURNS 300

static atomic_int inside, turns[3];

static void *use(void *arg)
{
    int me = *(int *)arg;
    lock k = opened();
    for (int i = 0; i < TURNS; i++) {
        if (!lock_take(&k, clock_now_us() + 60 * SECOND))
            return "not taken";
        if (atomic_fetch_add(&inside, 1))
            return "two at once";
        atomic_fetch_add(&turns[me], 1);
        atomic_fetch_sub(&inside, 1);
        lock_give(&k);
    }
    lock_close(&k);
    return NULL;
}

static void test_nobody_is_left_out(void **state)
{
    pthread_t threads[3];
    int numbers[] = {0, 1, 2};
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use, &numbers[i]), 0);
    for (int i = 0; i < 3; i++) {
        void *wrong;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
        assert_int_equal(turns[i], TURNS);
    }
}

static void test_a_member_lives_as_long_as_it_holds_its_byte(void **state)
{
    lock one = opened(), other = opened();
    failure f = {0};
    assert_true(lock_dead(&other, 77));
    assert_int_equal(lock_live(&one, 77, &f), LYMPH_OK);
    assert_false(lock_dead(&other, 77));
    assert_true(lock_dead(&other, 78));
    assert_int_equal(lock_live(&other, 77, &f), LYMPH_EBACKEND);
    lock_close(&one);
    assert_true(lock_dead(&other, 77));
    lock_close(&other);
}

static void test_a_file_that_is_gone_or_another(void **state)
{
    lock k = opened();
    assert_true(lock_present(&k));
    assert_int_equal(unlink(path), 0);
    assert_false(lock_present(&k));
    lock again = opened();
    assert_false(lock_present(&k));
    assert_true(lock_present(&again));
    assert_int_not_equal(lock_number(&k), lock_number(&again));
    lock_close(&k);
    lock_close(&again);
}

static void test_a_link_is_not_followed(void **state)
{
    lock k;
    failure f = {0};
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(lock_open(&k, folder, &f), LYMPH_EBACKEND);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_one_at_a_time_with_a_deadline),
        TEST(test_nobody_is_left_out),
        TEST(test_a_member_lives_as_long_as_it_holds_its_byte),
        TEST(test_a_file_that_is_gone_or_another),
        TEST(test_a_link_is_not_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
