/* testing.c: what lymph/testing.h promises to those who test services with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <lymph/testing.h>

#include "testing.lymph.h"

static int orders, lookups, heard, any;
static double heard_at;
static lymph_status heard_ends;

/* ---- the services ---- */

static lymph_status order(lymph_ctx *ctx, const char *sku, int32_t count, int32_t *result)
{
    int32_t left;
    orders++;
    lymph_status st = stock_left(ctx, sku, &left);
    if (st)
        return st;
    *result = left - count;
    return placed_emit(ctx, &(placed){.sku = sku, .count = count});
}

static lymph_status slow(lymph_ctx *ctx, double seconds)
{
    return lymph_sleep(ctx, seconds);
}

static lymph_status patient(lymph_ctx *ctx, const char *sku, int32_t *result)
{
    *result = ++orders;
    return LYMPH_OK;
}

const shop_interface Shop = {.order = order, .slow = slow, .patient = patient};

/* A stand-in. */
static lymph_status ten_left(lymph_ctx *ctx, const char *sku, int32_t *result)
{
    lookups++;
    *result = 10;
    return LYMPH_OK;
}

const stock_interface Stock = {.left = ten_left};

static lymph_status on_placed(lymph_ctx *ctx, const placed *event)
{
    heard++;
    heard_at = lymph_test_seconds(ctx);
    return heard_ends;
}

static lymph_status on_any(lymph_ctx *ctx, const lymph_event *event)
{
    any++;
    return LYMPH_OK;
}

const office_interface Office = {.on_placed = on_placed, .on_any = on_any};

/* ---- the tests ---- */

static lymph_ctx *open_with(const lymph_test_options *options)
{
    orders = lookups = heard = any = 0;
    heard_ends = LYMPH_OK;
    lymph_ctx *ctx = lymph_test_open(options);
    assert_int_equal(lymph_install(ctx, &Shop_descriptor, &Shop, NULL, NULL), LYMPH_OK);
    assert_int_equal(lymph_install(ctx, &Stock_descriptor, &Stock, NULL, NULL), LYMPH_OK);
    assert_int_equal(lymph_install(ctx, &Office_descriptor, &Office, NULL, NULL), LYMPH_OK);
    assert_int_equal(lymph_start(ctx), LYMPH_OK);
    return ctx;
}

static int set_up(void **state)
{
    *state = open_with(&(lymph_test_options){.log_level = "CRITICAL"});
    return 0;
}

static int tear_down(void **state)
{
    return lymph_test_close(*state);
}

static void test_a_call_and_its_event(void **state)
{
    lymph_ctx *ctx = *state;
    int32_t left;
    assert_int_equal(shop_order(ctx, "pen", 3, &left), LYMPH_OK);
    assert_int_equal(left, 7);
    assert_int_equal(lookups, 1);
    assert_int_equal(lymph_test_emitted_count(ctx, &placed_record), 1);
    const placed *p = LYMPH_EMITTED(ctx, placed, 0);
    assert_string_equal(p->sku, "pen");
    assert_int_equal(p->count, 3);
    assert_null(LYMPH_EMITTED(ctx, placed, 1));
    assert_int_equal(lymph_test_settle(ctx), LYMPH_OK);
    assert_int_equal(heard, 1);
    assert_int_equal(any, 1);
}

static void test_nobody_is_found_who_was_not_installed(void **state)
{
    int32_t left;
    lymph_ctx *ctx = lymph_test_open(NULL);
    assert_int_equal(lymph_start(ctx), LYMPH_OK);
    assert_int_equal(stock_left(ctx, "pen", &left), LYMPH_ELOOKUP);
    assert_int_equal(lymph_test_close(ctx), 0);
}

static void later(lymph_ctx *ctx, void *arg)
{
    (void)lymph_sleep(ctx, 5);
    (void)placed_emit(ctx, &(placed){.sku = "late"});
}

static void test_waiting_for_an_event(void **state)
{
    lymph_ctx *ctx = *state;
    assert_int_equal(lymph_test_wait_emitted(ctx, &placed_record, 1, 60), LYMPH_ETIMEDOUT);
    assert_string_equal(lymph_error_message(ctx), "placed was emitted 0 times in 60 s, not 1");
    assert_int_equal(lymph_spawn(ctx, later, NULL), LYMPH_OK);
    assert_int_equal(lymph_test_wait_emitted(ctx, &placed_record, 1, 60), LYMPH_OK);
    assert_string_equal(LYMPH_EMITTED(ctx, placed, 0)->sku, "late");
    assert_true(lymph_test_seconds(ctx) < 70);
}

static void test_a_delayed_event(void **state)
{
    lymph_ctx *ctx = *state;
    assert_int_equal(placed_emit(lymph_with(ctx, .delay = 3600), &(placed){.sku = "pen"}), LYMPH_OK);
    assert_int_equal(lymph_sleep(ctx, 3599), LYMPH_OK);
    assert_int_equal(heard, 0);
    assert_int_equal(lymph_test_settle(ctx), LYMPH_OK);
    assert_int_equal(heard, 1);
    assert_true(heard_at >= 3600 && heard_at < 3601);
}

static void test_time_passes_at_once(void **state)
{
    lymph_ctx *ctx = *state;
    time_t before = time(NULL);
    for (int i = 0; i < 10; i++)
        assert_int_equal(shop_slow(ctx, 1000), LYMPH_OK);
    assert_true(lymph_test_seconds(ctx) >= 10000 && lymph_test_seconds(ctx) < 10001);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(lymph_sleep(ctx, 1), LYMPH_OK);
    assert_true(lymph_test_seconds(ctx) >= 20000 && lymph_test_seconds(ctx) < 20001);
    assert_true(time(NULL) - before < 1000); /* not the 20000 that it felt like */
}

static void test_lost_requests(void **state)
{
    lymph_ctx *ctx = *state;
    int32_t left;
    assert_int_equal(lymph_test_fault_add(ctx, &(lymph_test_fault){.subject = "Shop.order", .lose = 1}), LYMPH_OK);
    assert_int_equal(shop_order(ctx, "pen", 1, &left), LYMPH_ETIMEDOUT);
    assert_int_equal(orders, 0);
    assert_true(lymph_test_seconds(ctx) >= 2 && lymph_test_seconds(ctx) < 2.1);
    assert_int_equal(stock_left(ctx, "pen", &left), LYMPH_OK);
    lymph_test_fault_clear(ctx);
    assert_int_equal(shop_order(ctx, "pen", 1, &left), LYMPH_OK);
}

static void test_lost_replies(void **state)
{
    lymph_ctx *ctx = *state;
    int32_t left;
    assert_int_equal(lymph_test_fault_add(ctx, &(lymph_test_fault){.subject = "Shop.*", .lose_reply = 1}), LYMPH_OK);
    assert_int_equal(shop_order(ctx, "pen", 1, &left), LYMPH_ETIMEDOUT);
    assert_int_equal(orders, 1); /* it was placed: the caller cannot know */
    assert_int_equal(lymph_test_emitted_count(ctx, &placed_record), 1);
    /* What may be repeated is. */
    assert_int_equal(shop_patient(ctx, "pen", &left), LYMPH_ETIMEDOUT);
    assert_int_equal(orders, 1 + 4);
}

static void test_refusals_and_delays(void **state)
{
    lymph_ctx *ctx = *state;
    int32_t left;
    assert_int_equal(lymph_test_fault_add(ctx, &(lymph_test_fault){.delay = 0.5, .jitter = 0.25}), LYMPH_OK);
    assert_int_equal(stock_left(ctx, "pen", &left), LYMPH_OK);
    assert_true(lymph_test_seconds(ctx) >= 0.5 && lymph_test_seconds(ctx) < 0.75);
    assert_int_equal(lymph_test_fault_add(ctx, &(lymph_test_fault){.subject = "Stock.left", .refuse = 1}), LYMPH_OK);
    assert_int_equal(stock_left(ctx, "pen", &left), LYMPH_ENACK);
    assert_int_equal(shop_order(ctx, "pen", 1, &left), LYMPH_ENACK); /* for its handler failed */
    assert_int_equal(lookups, 1);
}

/* Which of 64 calls fail, as bits. */
static uint64_t pattern(uint64_t seed)
{
    uint64_t bits = 0;
    lymph_ctx *ctx = open_with(&(lymph_test_options){.log_level = "CRITICAL", .seed = seed});
    assert_int_equal(lymph_test_fault_add(ctx, &(lymph_test_fault){.refuse = 0.5}), LYMPH_OK);
    for (int i = 0; i < 64; i++) {
        int32_t left;
        bits = bits << 1 | (stock_left(ctx, "pen", &left) != LYMPH_OK);
    }
    assert_int_equal(lymph_test_close(ctx), 0);
    return bits;
}

static void test_a_seed_decides_the_same_again(void **state)
{
    uint64_t one = pattern(1), two = pattern(2);
    assert_true(one != 0 && one != UINT64_MAX);
    assert_true(one != two);
    assert_true(pattern(1) == one);
    assert_true(pattern(2) == two);
    setenv("LYMPH_TEST_SEED", "2", 1);
    assert_true(pattern(0) == two);
    unsetenv("LYMPH_TEST_SEED");
    assert_true(pattern(0) == one);
}

static void test_a_failed_handler_of_events(void **state)
{
    lymph_ctx *ctx = *state;
    heard_ends = LYMPH_EINVAL;
    assert_int_equal(placed_emit(ctx, &(placed){.sku = "pen"}), LYMPH_OK);
    assert_int_equal(lymph_test_settle(ctx), LYMPH_OK);
    assert_int_equal(heard, 1);
}

static void in_the_background(lymph_ctx *ctx, void *arg)
{
    while (lymph_sleep(ctx, 1000) == LYMPH_OK)
        ++*(int *)arg;
}

static void test_what_hangs_is_told(void **state)
{
    lymph_ctx *ctx = open_with(NULL);
    int rounds = 0;
    assert_int_equal(lymph_spawn(ctx, in_the_background, &rounds), LYMPH_OK);
    assert_int_equal(lymph_test_settle(ctx), LYMPH_OK);
    (void)shop_slow_defer(ctx, 200000);
    assert_int_equal(lymph_test_settle(ctx), LYMPH_ETIMEDOUT);
    assert_true(rounds > 80);
    assert_string_equal(lymph_error_message(ctx),
                        "after a day there are still 1 handlers, 1 calls and 0 events under way");
    assert_int_equal(lymph_test_close(ctx), 1);
}

/* In a child, which it ends. */
static void test_other_contexts_end_the_program(void **state)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        lymph_ctx *other = lymph_open(NULL);
        close(2); /* what it says there */
        (void)lymph_test_emitted_count(other, NULL);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void test_what_is_newer_than_the_library(void **state)
{
    struct {
        lymph_test_fault known;
        int64_t more;
    } fault = {.known = {.lose = 1}, .more = 1};
    int32_t left;
    lymph_ctx *ctx = *state;
    assert_int_equal(lymph_test_fault_add_sized(ctx, &fault.known, sizeof fault), LYMPH_EINVAL);
    assert_int_equal(stock_left(ctx, "pen", &left), LYMPH_OK);
    fault.more = 0;
    assert_int_equal(lymph_test_fault_add_sized(ctx, &fault.known, sizeof fault), LYMPH_OK);
    assert_int_equal(stock_left(ctx, "pen", &left), LYMPH_ETIMEDOUT);
}

static void test_configuration(void **state)
{
    lymph_ctx *ctx = lymph_test_open(&(lymph_test_options){.config = "container: {port: many}"});
    assert_int_equal(lymph_start(ctx), LYMPH_ECONFIG);
    assert_string_equal(lymph_error_message(ctx),
                        "configuration:1:19: container.port: an integer of 0 to 65535 is expected, not 'many'");
    lymph_test_close(ctx);
}

/* ---- on its own: what is printed ---- */

static void says_well(lymph_ctx *ctx)
{
    int32_t left;
    LYMPH_CHECK_OK(ctx, stock_left(ctx, "pen", &left));
    LYMPH_CHECK_NUMBER(left, 10);
    LYMPH_CHECK_TEXT("a", "a");
    LYMPH_CHECK(left == 10);
}

static void says_wrong(lymph_ctx *ctx)
{
    int32_t left = 0;
    LYMPH_CHECK_STATUS(stock_left(ctx, "pen", &left), LYMPH_OK);
    LYMPH_CHECK_NUMBER(left, 11);
    abort(); /* it ends with the first that fails */
}

static void install_stock(lymph_ctx *ctx)
{
    LYMPH_CHECK_OK(ctx, lymph_install(ctx, &Stock_descriptor, &Stock, NULL, NULL));
}

static void test_tap(void **state)
{
    static const lymph_test tests[] = {{"well", says_well}, {"wrong", says_wrong}};
    char text[500];
    fflush(stdout);
    FILE *to = tmpfile();
    int kept = dup(1);
    dup2(fileno(to), 1);
    int result = lymph_test_run(tests, 2, install_stock);
    fflush(stdout);
    dup2(kept, 1);
    close(kept);
    rewind(to);
    text[fread(text, 1, sizeof text - 1, to)] = '\0';
    fclose(to);
    assert_int_equal(result, 1);
    assert_non_null(strstr(text, "ok 1 - well\n# "));
    assert_non_null(strstr(text, "testing.c:"));
    assert_non_null(strstr(text, ": left: 10, not 11\nnot ok 2 - wrong\n1..2\n"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_call_and_its_event),
        cmocka_unit_test(test_nobody_is_found_who_was_not_installed),
        TEST(test_waiting_for_an_event),
        TEST(test_a_delayed_event),
        TEST(test_time_passes_at_once),
        TEST(test_lost_requests),
        TEST(test_lost_replies),
        TEST(test_refusals_and_delays),
        cmocka_unit_test(test_a_seed_decides_the_same_again),
        TEST(test_a_failed_handler_of_events),
        cmocka_unit_test(test_what_hangs_is_told),
        cmocka_unit_test(test_other_contexts_end_the_program),
        TEST(test_what_is_newer_than_the_library),
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_tap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
