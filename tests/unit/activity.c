/* activity.c: work in coroutines with contexts of their own: how many, what they start with, and who waits for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "room.h"

#define MAX 3

/* A kind of work: waits until it is let go. */
typedef struct work {
    activity activity;
    waiter *gate;
    int *steps;
} work;

static room x;
static activity_pool serving, other;

static int set_up(void **state)
{
    if (room_open(&x, MAX))
        return -1;
    activity_pool_init(&serving, &x.activities, sizeof(work), true);
    activity_pool_init(&other, &x.activities, sizeof(work), false);
    return 0;
}

static int tear_down(void **state)
{
    activity_pool_done(&serving);
    activity_pool_done(&other);
    return room_close(&x);
}

static activity *made(activity_pool *p)
{
    return activity_new(p, (slice){NULL, 0});
}

static void pass_the_gate(activity *a)
{
    work *w = (work *)a;
    ++*w->steps;
    assert_int_equal(loop_wait(a->ctx.host->loop, w->gate, WAIT_FOREVER), LYMPH_OK);
    ++*w->steps;
}

static void begin(activity_pool *p, waiter *gate, int *steps)
{
    work *w = (work *)made(p);
    assert_non_null(w);
    w->gate = gate;
    w->steps = steps;
    *gate = (waiter)WAITER_INIT;
    *steps = 0;
    assert_int_equal(activity_run(&w->activity, pass_the_gate), LYMPH_OK);
    assert_int_equal(*steps, 1); /* at once, until its first wait */
}

static void test_runs_at_once_and_is_gone_at_its_end(void **state)
{
    waiter gate;
    int steps;
    begin(&serving, &gate, &steps);
    assert_int_equal(x.activities.alive, 1);
    assert_int_equal(x.activities.serving, 1);
    loop_wake(x.host.loop, &gate);
    ROOM_UNTIL(&x, steps == 2);
    assert_int_equal(x.activities.alive, 0);
    assert_int_equal(x.activities.serving, 0);
}

static void test_the_limit_counts_all_kinds(void **state)
{
    activity *a[MAX];
    for (int i = 0; i < MAX; i++)
        assert_non_null(a[i] = made(i % 2 ? &serving : &other));
    assert_null(made(&serving));
    assert_null(made(&other));
    activity_free(a[0]);
    assert_non_null(a[0] = made(&serving));
    assert_null(made(&other));
    for (int i = 0; i < MAX; i++)
        activity_free(a[i]);
    assert_int_equal(x.activities.alive, 0);
}

static void test_trace_ids(void **state)
{
    char text[MESSAGE_TRACE_MAX + 1];
    memset(text, 't', sizeof text);
    activity *kept = activity_new(&serving, (slice){"abc", 2}), *none = made(&serving);
    assert_string_equal(kept->ctx.trace_id, "ab");
    assert_int_equal(strlen(none->ctx.trace_id), 32);
    activity_free(kept);
    activity *longest = activity_new(&serving, (slice){text, MESSAGE_TRACE_MAX});
    activity *longer = activity_new(&serving, (slice){text, MESSAGE_TRACE_MAX + 1});
    assert_int_equal(strlen(longest->ctx.trace_id), MESSAGE_TRACE_MAX);
    assert_int_equal(strlen(longer->ctx.trace_id), 32);
    assert_string_not_equal(longer->ctx.trace_id, none->ctx.trace_id);
    activity_free(none);
    activity_free(longest);
    activity_free(longer);
}

static void test_one_that_is_used_again_starts_anew(void **state)
{
    static ctx_interface acting;
    activity *a = made(&serving);
    assert_non_null(lymph_alloc(&a->ctx, 100));
    ctx_fail(&a->ctx, LYMPH_EINVAL, "an earlier one's");
    a->ctx.interface = &acting;
    a->ctx.options.timeout = 1;
    a->ctx.options.address = "tcp://127.0.0.1:1";
    activity_free(a);
    activity *again = made(&serving);
    assert_ptr_equal(again, a);
    assert_int_equal(lymph_error_status(&again->ctx), LYMPH_OK);
    assert_null(again->ctx.interface);
    assert_null(again->ctx.options.address);
    assert_true(again->ctx.options.timeout == LYMPH_LEFT_OUT);
    activity_free(again);
}

typedef struct waiting {
    bool done;
} waiting;

static void wait_for_all(void *arg)
{
    waiting *w = arg;
    activities_wait(&x.activities, clock_now_us() + ROOM_WAIT_US);
    w->done = true;
}

/* A stop waits for requests and events, not for what was spawned. */
static void test_who_waits_for_all_waits_for_what_serves(void **state)
{
    waiter first, second, spawned;
    int one, two, three;
    waiting w = {0};
    begin(&serving, &first, &one);
    begin(&serving, &second, &two);
    begin(&other, &spawned, &three);
    assert_int_equal(loop_spawn(x.host.loop, wait_for_all, &w), LYMPH_OK);
    loop_wake(x.host.loop, &first);
    ROOM_UNTIL(&x, one == 2);
    room_turn(&x);
    assert_false(w.done);
    loop_wake(x.host.loop, &second);
    ROOM_UNTIL(&x, w.done);
    assert_int_equal(three, 1);
    loop_wake(x.host.loop, &spawned);
    ROOM_UNTIL(&x, three == 2);
}

static void test_who_waits_for_all_can_be_hurried_and_has_a_deadline(void **state)
{
    waiter gate;
    int steps;
    waiting w = {0};
    begin(&serving, &gate, &steps);
    assert_int_equal(loop_spawn(x.host.loop, wait_for_all, &w), LYMPH_OK);
    activities_hurry(&x.activities);
    ROOM_UNTIL(&x, w.done);
    assert_int_equal(steps, 1);
    activities_wait(&x.activities, clock_now_us() + 1000);
    assert_int_equal(steps, 1);
    loop_wake(x.host.loop, &gate);
    ROOM_UNTIL(&x, steps == 2);
}

/* ---- functions of the user's ---- */

typedef struct seen {
    lymph_ctx *ctx;
    char address[40], version[10], trace_id[10];
    bool done;
} seen;

static void look(lymph_ctx *ctx, void *arg)
{
    seen *s = arg;
    assert_int_equal(lymph_sleep(ctx, 0), LYMPH_OK); /* what the options of the one who spawned it point to is gone */
    s->ctx = ctx;
    strcpy(s->address, ctx->options.address);
    strcpy(s->version, ctx->options.version);
    strcpy(s->trace_id, ctx->trace_id);
    assert_true(ctx->options.timeout == 0.5);
    s->done = true;
}

static void test_a_spawned_function_has_options_of_its_own(void **state)
{
    seen s = {0};
    char address[] = "tcp://127.0.0.1:1", version[] = "1.2";
    lymph_ctx with = x.ctx;
    with.options.timeout = 0.5;
    with.options.address = address;
    with.options.version = version;
    with.trace_id = "trace";
    assert_int_equal(lymph_spawn(&with, look, &s), LYMPH_OK);
    memset(address, 'x', sizeof address - 1);
    memset(version, 'x', sizeof version - 1);
    ROOM_UNTIL(&x, s.done);
    assert_ptr_not_equal(s.ctx, &x.ctx);
    assert_string_equal(s.address, "tcp://127.0.0.1:1");
    assert_string_equal(s.version, "1.2");
    assert_string_equal(s.trace_id, "trace");
    ROOM_UNTIL(&x, !x.activities.alive);
}

static void nothing(lymph_ctx *ctx, void *arg)
{
    ++*(int *)arg;
}

static void test_too_many_are_refused(void **state)
{
    activity *a[MAX];
    int ran = 0;
    for (int i = 0; i < MAX; i++)
        a[i] = made(&serving);
    assert_int_equal(lymph_spawn(&x.ctx, nothing, &ran), LYMPH_ELIMIT);
    assert_string_equal(lymph_error_message(&x.ctx), "3 activities are running already");
    activity_free(a[0]);
    assert_int_equal(lymph_spawn(&x.ctx, nothing, &ran), LYMPH_OK);
    assert_int_equal(ran, 1);
    for (int i = 1; i < MAX; i++)
        activity_free(a[i]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_runs_at_once_and_is_gone_at_its_end),
        TEST(test_the_limit_counts_all_kinds),
        TEST(test_trace_ids),
        TEST(test_one_that_is_used_again_starts_anew),
        TEST(test_who_waits_for_all_waits_for_what_serves),
        TEST(test_who_waits_for_all_can_be_hurried_and_has_a_deadline),
        TEST(test_a_spawned_function_has_options_of_its_own),
        TEST(test_too_many_are_refused),
    };
    return cmocka_run_group_tests_name("activity", tests, NULL, NULL);
}
