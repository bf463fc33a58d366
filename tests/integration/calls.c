/* calls.c: the caller's side: options, futures, and that a program without a loop of its own sees the world move. */
#include "service.h"

#include <math.h>

#include "calls.lymph.h"

/* ---- the service ---- */

static lymph_status pid_of(lymph_ctx *ctx, int32_t *result)
{
    *result = (int32_t)getpid();
    return LYMPH_OK;
}

static lymph_status echo(lymph_ctx *ctx, int32_t number, int32_t *result)
{
    *result = number;
    return LYMPH_OK;
}

static lymph_status hang(lymph_ctx *ctx)
{
    return lymph_sleep(ctx, 1e6);
}

const callee_interface Callee = {.pid = pid_of, .echo = echo, .patient = pid_of, .hang = hang};

static lymph_status install(lymph_ctx *root)
{
    return lymph_install(root, &Callee_descriptor, &Callee, NULL, NULL);
}

/* ---- the fixture ---- */

static int set_up(void **state)
{
    *state = lymph_open(&(lymph_options){.log_level = "CRITICAL"});
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    lymph_close(*state);
    return 0;
}

/* ---- options ---- */

static void test_no_time_left(void **state)
{
    lymph_ctx *ctx = *state;
    pid_t pid = service_start(NULL, install);
    int32_t number;
    assert_ok(ctx, callee_echo(ctx, 1, &number));
    static const double none[] = {0, -0.0, -1e-9, -3, -INFINITY};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        double began = now();
        assert_int_equal(callee_hang(lymph_with(ctx, .timeout = none[i])), LYMPH_ETIMEDOUT);
        assert_contains(lymph_error_message(ctx), "Callee.hang");
        assert_true(now() - began < 2.5); /* the default is 3 s */
        assert_int_equal(lymph_request(lymph_with(ctx, .timeout = none[i]), "Callee.hang", lymph_map(NULL, 0), NULL),
                         LYMPH_ETIMEDOUT);
        assert_int_equal(callee_echo_await(callee_echo_defer(lymph_with(ctx, .timeout = none[i]), 1), &number),
                         LYMPH_ETIMEDOUT);
    }
    assert_int_equal(callee_echo(lymph_with(ctx, .timeout = NAN), 1, &number), LYMPH_EINVAL);
    assert_ok(ctx, callee_echo(lymph_with(ctx, .timeout = INFINITY), 1, &number));
    service_stop(pid);
}

static void test_what_is_left_out_stays(void **state)
{
    lymph_ctx *ctx = *state, *late = lymph_with(ctx, .timeout = -1);
    pid_t pid = service_start(NULL, install);
    int32_t number;
    assert_ok(ctx, callee_echo(lymph_with(ctx, .version = NULL), 1, &number));
    assert_ok(ctx, callee_echo(lymph_with(ctx, .delay = -1), 1, &number));
    assert_int_equal(callee_echo(lymph_with(late, .trace_id = "x"), 1, &number), LYMPH_ETIMEDOUT);
    assert_ok(ctx, callee_echo(lymph_with(late, .timeout = 3), 1, &number));
    lymph_call_options o = LYMPH_CALL_OPTIONS;
    assert_ok(ctx, callee_echo(lymph_ctx_with(ctx, &o), 1, &number));
    service_stop(pid);
}

static void test_delays(void **state)
{
    lymph_ctx *ctx = *state;
    assert_int_equal(lymph_emit_value(lymph_with(ctx, .delay = -0.5), "x", lymph_map(NULL, 0)), LYMPH_EINVAL);
    assert_contains(lymph_error_message(ctx), "-0.5");
    assert_int_equal(lymph_emit_value(lymph_with(ctx, .delay = NAN), "x", lymph_map(NULL, 0)), LYMPH_EINVAL);
    assert_ok(ctx, lymph_emit_value(lymph_with(ctx, .delay = 0), "x", lymph_map(NULL, 0)));
    assert_ok(ctx, lymph_emit_value(lymph_with(ctx, .timeout = 1), "x", lymph_map(NULL, 0)));
}

int main(void)
{
    cluster_make();
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_no_time_left),
        TEST(test_what_is_left_out_stays),
        TEST(test_delays),
    };
    return cmocka_run_group_tests(tests, NULL, cluster_remove);
}
