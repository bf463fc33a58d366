/* call.c: a container that calls itself and hears its own event on the embedded default, while memory is out: every
 * operation ends, with a status that says so, and lymph_close gives everything back. */
#include "fail.h"

#include <ftw.h>
#include <unistd.h>

#include <lymph/lymph.h>

#include "shapes.h"

/* ---- a service, described by hand ---- */

typedef struct service {
    lymph_status (*echo)(lymph_ctx *ctx, const order *in, order *result);
    lymph_status (*on_happened)(lymph_ctx *ctx, const item *event);
    lymph_status (*on_start)(lymph_ctx *ctx);
    void (*on_stop)(lymph_ctx *ctx);
} service;

static int events_heard;

static lymph_status echo(lymph_ctx *ctx, const order *in, order *result)
{
    *result = *in;
    return LYMPH_OK;
}

static lymph_status on_happened(lymph_ctx *ctx, const item *event)
{
    events_heard++;
    return LYMPH_OK;
}

static const service handlers = {.echo = echo, .on_happened = on_happened};

static lymph_status invoke_echo(lymph_ctx *ctx, const void *h, const void *params, void *result)
{
    return ((const service *)h)->echo(ctx, params, result);
}

static lymph_status invoke_on_happened(lymph_ctx *ctx, const void *h, const void *event)
{
    return ((const service *)h)->on_happened(ctx, event);
}

static const lymph_type order_type = {.kind = LYMPH_KIND_STRUCT, .size = sizeof(order), .record = &order_record};
static const lymph_field echo_fields[] = {{.name = "order", .type = &order_type}};
static const lymph_record echo_params = {"Echo.echo", sizeof(order), echo_fields, 1, "", 0};
static const lymph_method methods[] = {{
    .name = "echo",
    .subject = "Echo.echo",
    .doc = "",
    .params = &echo_params,
    .result = &order_type,
    .invoke = invoke_echo,
    .handler = offsetof(service, echo),
}};
static const lymph_record happened = {"happened", sizeof(item), item_fields, 3, "", 0};
static const lymph_record *const emits[] = {&happened};
static const lymph_subscription subscriptions[] = {{
    .name = "on_happened",
    .pattern = "happened",
    .event = &happened,
    .doc = "",
    .invoke = invoke_on_happened,
    .handler = offsetof(service, on_happened),
}};
static const lymph_interface_desc echo_descriptor = {
    .abi = LYMPH_ABI,
    .name = "Echo",
    .doc = "",
    .methods = methods,
    .method_count = 1,
    .emits = emits,
    .emit_count = 1,
    .subscriptions = subscriptions,
    .subscription_count = 1,
    .on_start = offsetof(service, on_start),
    .on_stop = offsetof(service, on_stop),
};

/* ---- what fails ---- */

static const lymph_options quiet = {.log_level = "CRITICAL"};

static lymph_status open_and_close(void *arg)
{
    lymph_ctx *ctx = lymph_open(&quiet);
    lymph_status st = ctx ? lymph_error_status(ctx) : LYMPH_ENOMEM;
    lymph_close(ctx);
    return st;
}

static lymph_status serve_and_call(void *arg)
{
    order in = sample_order(), out;
    lymph_ctx *ctx = lymph_open(&quiet);
    lymph_status st = lymph_install(ctx, &echo_descriptor, &handlers, NULL, NULL);
    if (!st)
        st = lymph_start(ctx);
    if (!st)
        st = lymph_call(ctx, &methods[0], (const void *const[]){&in}, &out);
    if (!st)
        assert_string_equal(out.customer, in.customer);
    lymph_close(ctx);
    return st;
}

static lymph_status call_again(void *arg)
{
    order in = sample_order(), out;
    lymph_status st = lymph_call(arg, &methods[0], (const void *const[]){&in}, &out);
    if (!st)
        assert_string_equal(out.customer, in.customer);
    lymph_ctx_reset(arg);
    return st;
}

static bool hear_another(lymph_ctx *ctx, int before, int tries)
{
    while (events_heard == before && tries-- > 0)
        (void)lymph_sleep(ctx, 0.01);
    return events_heard > before;
}

/* An event that its consumer had no memory for may come later or be dropped; those behind it come in any case. */
static lymph_status emit_and_hear(void *arg)
{
    int before = events_heard;
    lymph_status st = lymph_emit(arg, &happened, &(item){"pen", 1, NULL});
    if (st || hear_another(arg, before, 20))
        return st;
    bool failed = end_failing();
    assert_true(failed);
    assert_int_equal(lymph_emit(arg, &happened, &(item){"pen", 1, NULL}), LYMPH_OK);
    assert_true(hear_another(arg, before, 1000));
    return LYMPH_ENOMEM;
}

/* A handler's lack of memory is a NACK to its caller; a connection that cannot be made for lack of memory is an
 * instance that cannot be reached; the transport tells it as the system's refusal. */
static const lymph_status allowed[] = {LYMPH_ENOMEM, LYMPH_ENACK, LYMPH_EUNREACHABLE, LYMPH_ESYSTEM, LYMPH_OK};
static const lymph_status no_memory[] = {LYMPH_ENOMEM, LYMPH_OK};

static void count_up(lymph_ctx *ctx, void *arg)
{
    ++*(int *)arg;
}

static lymph_status spawn(void *arg)
{
    int count = 0;
    lymph_ctx *ctx = lymph_open(&quiet);
    lymph_status st = lymph_spawn(ctx, count_up, &count);
    assert_int_equal(count, !st);
    lymph_close(ctx);
    return st;
}

static void test_open(void **state)
{
    fail_each("open", open_and_close, NULL, no_memory, false);
    fail_each("open, all fail", open_and_close, NULL, no_memory, true);
}

static void test_spawn(void **state)
{
    fail_each("spawn", spawn, NULL, no_memory, false);
}

static void test_a_whole_life(void **state)
{
    fail_each("a whole life", serve_and_call, NULL, allowed, false);
}

static void test_running(void **state)
{
    lymph_ctx *ctx = lymph_open(&quiet);
    assert_int_equal(lymph_install(ctx, &echo_descriptor, &handlers, NULL, NULL), LYMPH_OK);
    assert_int_equal(lymph_start(ctx), LYMPH_OK);
    fail_each("a call", call_again, ctx, allowed, false);
    fail_each("an event", emit_and_hear, ctx, allowed, false);
    assert_int_equal(call_again(ctx), LYMPH_OK);
    assert_int_equal(emit_and_hear(ctx), LYMPH_OK);
    lymph_close(ctx);
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *f)
{
    return remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_spawn),
        cmocka_unit_test(test_a_whole_life),
        cmocka_unit_test(test_running),
    };
    char folder[] = "/tmp/lymph-faults-XXXXXX";
    if (!mkdtemp(folder) || setenv("XDG_RUNTIME_DIR", folder, 1))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return failed;
}
