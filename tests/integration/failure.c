/* failure.c: what a program and the log are told when something fails. */
#include "../outcome.h"
#include "service.h"

#include "failure.lymph.h"

static lymph_status start_status;

static lymph_status on_start(lymph_ctx *ctx)
{
    return start_status;
}

static lymph_status end_with(lymph_ctx *ctx, int32_t status)
{
    return status;
}

static lymph_status recurse(lymph_ctx *ctx)
{
    overflow_stack();
    return LYMPH_OK;
}

static const odd_interface table = {.on_start = on_start, .end_with = end_with, .recurse = recurse};

static int set_up(void **state)
{
    start_status = LYMPH_OK;
    lymph_ctx *ctx = *state =
        lymph_open(&(lymph_options){.log_level = "ERROR", .log_file = cluster_file("test.log", "")});
    return ctx ? lymph_install(ctx, &Odd_descriptor, &table, NULL, NULL) : -1;
}

static int tear_down(void **state)
{
    lymph_close(*state);
    return 0;
}

static const char *logged(void)
{
    static char text[4096], path[128];
    snprintf(path, sizeof path, "%s/test.log", cluster_folder);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

static void test_a_text_may_be_made_from_the_last_one(void **state)
{
    lymph_ctx *ctx = *state;
    assert_string_equal(lymph_error_message(ctx), "nothing has failed");
    assert_int_equal(lymph_request(ctx, "nodot", lymph_nil(), NULL), LYMPH_EINVAL);
    assert_int_equal(lymph_fail(ctx, LYMPH_EBACKEND, "cannot place the order: %s", lymph_error_message(ctx)),
                     LYMPH_EBACKEND);
    assert_string_equal(lymph_error_message(ctx), "cannot place the order: 'nodot' is not of the form Service.method");
    lymph_fail(ctx, LYMPH_EINVAL, "%s", "");
    assert_string_equal(lymph_error_message(ctx), "LYMPH_EINVAL");
    lymph_fail(ctx, 17, "%s", "");
    assert_string_equal(lymph_error_message(ctx), "status 17");
}

static void test_a_hook_without_a_text(void **state)
{
    lymph_ctx *ctx = *state;
    lymph_fail(ctx, LYMPH_ELIMIT, "an earlier one, of which nothing may be told");
    start_status = LYMPH_ELIMIT;
    assert_int_equal(lymph_start(ctx), LYMPH_ELIMIT);
    assert_string_equal(lymph_error_message(ctx), "Odd: on_start failed: LYMPH_ELIMIT");
}

static void test_a_handler_with_a_status_of_its_own(void **state)
{
    lymph_ctx *ctx = *state;
    assert_ok(ctx, lymph_start(ctx));
    assert_int_equal(odd_end_with(ctx, 17), LYMPH_ENACK);
    assert_contains(logged(), "Odd.end_with failed: LYMPH_E?: status 17");
    assert_int_equal(odd_end_with(ctx, LYMPH_EBACKEND), LYMPH_ENACK);
    assert_contains(logged(), "Odd.end_with failed: LYMPH_EBACKEND");
}

static void serve_and_overflow(void *arg)
{
    lymph_ctx *ctx = lymph_open(NULL);
    (void)lymph_install(ctx, &Odd_descriptor, &table, NULL, NULL);
    (void)lymph_start(ctx);
    (void)odd_recurse(ctx);
}

static void test_a_handler_that_overflows_its_stack_is_named(void **state)
{
    outcome o = outcome_of(serve_and_overflow, NULL);
    assert_faulted(&o);
    assert_contains(o.said, "lymph: Odd.recurse overflowed its stack of 262144 bytes; raise container.stack_size\n");
}

int main(void)
{
    cluster_make();
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_text_may_be_made_from_the_last_one),
        TEST(test_a_hook_without_a_text),
        TEST(test_a_handler_with_a_status_of_its_own),
        cmocka_unit_test(test_a_handler_that_overflows_its_stack_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, cluster_remove);
}
