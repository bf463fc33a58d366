/* wait_fd.c: a descriptor is waited for by the plain program and by coroutines; what ends the wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include <lymph/lymph.h>

static lymph_ctx *root;
static int ends[2]; /* of a pipe */

/* How the coroutines fared. */
static struct {
    int done;
    lymph_status status;
} waits;

static int set_up(void **state)
{
    waits.done = 0;
    waits.status = LYMPH_OK;
    root = lymph_open(&(lymph_options){.config = "/dev/null", .log_level = "CRITICAL"});
    return root ? pipe(ends) : -1;
}

static int tear_down(void **state)
{
    lymph_close(root);
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static void wait_for_byte(lymph_ctx *ctx, void *arg)
{
    waits.status = lymph_wait_fd(ctx, ends[0], LYMPH_READABLE, HUGE_VAL);
    waits.done++;
}

static void write_byte(lymph_ctx *ctx, void *arg)
{
    assert_int_equal(lymph_sleep(ctx, 0.01), LYMPH_OK);
    assert_int_equal(write(ends[1], "x", 1), 1);
}

static void test_what_is_ready_is_told_at_once(void **state)
{
    assert_int_equal(lymph_wait_fd(root, ends[1], LYMPH_WRITABLE, 0), LYMPH_OK);
    assert_int_equal(lymph_wait_fd(root, ends[1], LYMPH_READABLE | LYMPH_WRITABLE, -1), LYMPH_OK);
    int file = open("/proc/self/exe", O_RDONLY);
    assert_int_equal(lymph_wait_fd(root, file, LYMPH_READABLE, 1e9), LYMPH_OK);
    close(file);
}

static void test_the_program_waits_while_others_run(void **state)
{
    assert_int_equal(lymph_spawn(root, write_byte, NULL), LYMPH_OK);
    assert_int_equal(lymph_wait_fd(root, ends[0], LYMPH_READABLE, 1e9), LYMPH_OK);
}

static void test_several_wait_for_one(void **state)
{
    assert_int_equal(lymph_spawn(root, wait_for_byte, NULL), LYMPH_OK);
    assert_int_equal(lymph_spawn(root, wait_for_byte, NULL), LYMPH_OK);
    assert_int_equal(waits.done, 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    while (waits.done < 2)
        assert_int_equal(lymph_sleep(root, 0.001), LYMPH_OK);
    assert_int_equal(waits.status, LYMPH_OK);
}

static void test_a_peer_that_hangs_up_ends_the_wait(void **state)
{
    assert_int_equal(lymph_spawn(root, wait_for_byte, NULL), LYMPH_OK);
    close(ends[1]);
    ends[1] = -1;
    while (!waits.done)
        assert_int_equal(lymph_sleep(root, 0.001), LYMPH_OK);
    assert_int_equal(waits.status, LYMPH_OK);
}

static void test_time_passes(void **state)
{
    assert_int_equal(lymph_wait_fd(root, ends[0], LYMPH_READABLE, 0.01), LYMPH_ETIMEDOUT);
    assert_non_null(strstr(lymph_error_message(root), "was not ready within 0.01 seconds"));
    assert_int_equal(lymph_wait_fd(root, ends[0], LYMPH_READABLE, -3), LYMPH_ETIMEDOUT);
}

static void test_a_stop_cancels(void **state)
{
    assert_int_equal(lymph_spawn(root, wait_for_byte, NULL), LYMPH_OK);
    assert_int_equal(waits.done, 0);
    lymph_close(root);
    root = NULL;
    assert_int_equal(waits.done, 1);
    assert_int_equal(waits.status, LYMPH_ECANCELED);
}

static void test_what_cannot_be_waited_for(void **state)
{
    assert_int_equal(lymph_wait_fd(NULL, ends[0], LYMPH_READABLE, 1), LYMPH_ENOMEM);
    assert_int_equal(lymph_wait_fd(root, -1, LYMPH_READABLE, 1), LYMPH_EINVAL);
    assert_int_equal(lymph_wait_fd(root, 1 << 20, LYMPH_READABLE, 1), LYMPH_EINVAL);
    assert_int_equal(lymph_wait_fd(root, ends[0], 0, 1), LYMPH_EINVAL);
    assert_int_equal(lymph_wait_fd(root, ends[0], 4, 1), LYMPH_EINVAL);
    assert_int_equal(lymph_wait_fd(root, ends[0], LYMPH_READABLE, (double)NAN), LYMPH_EINVAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_ready_is_told_at_once),
        TEST(test_the_program_waits_while_others_run),
        TEST(test_several_wait_for_one),
        TEST(test_a_peer_that_hangs_up_ends_the_wait),
        TEST(test_time_passes),
        TEST(test_a_stop_cancels),
        TEST(test_what_cannot_be_waited_for),
    };
    return cmocka_run_group_tests_name("wait_fd", tests, NULL, NULL);
}
