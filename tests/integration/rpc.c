/* rpc.c: calls between two processes through generated code on the embedded default: values, failures, timeouts,
 * retries, deferred calls, trace ids, memory, and the end of a service. */
#include "service.h"

#include "rpc.lymph.h"

/* ---- the service ---- */

static lymph_status echo(lymph_ctx *ctx, const char *text, const char **result)
{
    *result = text;
    return LYMPH_OK;
}

static lymph_status move(lymph_ctx *ctx, const Point *point, int32_t dx, Point *result)
{
    *result = *point;
    result->x += dx;
    return LYMPH_OK;
}

static lymph_status path(lymph_ctx *ctx, Point_list points, Point_list *result)
{
    *result = points;
    return LYMPH_OK;
}

static lymph_status same(lymph_ctx *ctx, lymph_value value, lymph_value *result)
{
    *result = value;
    return LYMPH_OK;
}

static lymph_status paint(lymph_ctx *ctx, Color color, Color *result)
{
    *result = color == COLOR_RED ? COLOR_GREEN : COLOR_RED;
    return LYMPH_OK;
}

static lymph_status maybe(lymph_ctx *ctx, const char *text, const char **result)
{
    *result = text ? lymph_printf(ctx, "%s!", text) : NULL;
    return LYMPH_OK;
}

static lymph_status broken(lymph_ctx *ctx)
{
    return lymph_fail(ctx, LYMPH_EINVAL, "on purpose");
}

static lymph_status reject(lymph_ctx *ctx, const char *reason)
{
    return rejected_raise(ctx, &(Rejected){.reason = reason, .code = 42, .secret = "xyzzy"});
}

static lymph_status nothing(lymph_ctx *ctx)
{
    return LYMPH_OK;
}

static lymph_status slow(lymph_ctx *ctx, double seconds, const char **result)
{
    lymph_status st = lymph_sleep(ctx, seconds);
    *result = "done";
    return st;
}

static lymph_status trace(lymph_ctx *ctx, const char **result)
{
    *result = lymph_trace_id(ctx);
    return LYMPH_OK;
}

static lymph_status relay(lymph_ctx *ctx, const char **result)
{
    return target_trace(ctx, result);
}

static lymph_status turn(lymph_ctx *ctx, const Book *book, Book *result)
{
    *result = *book;
    result->first.a.a.a.a = book->second.h.h.h.h;
    result->second.h.h.h.h = book->first.a.a.a.a;
    return LYMPH_OK;
}

static lymph_status pass_on(lymph_ctx *ctx, int64_t number, Book *result)
{
    Book book = {.first.a.a.a.a = number};
    return target_turn(ctx, &book, result);
}

static lymph_status flaky(lymph_ctx *ctx, int32_t *result)
{
    static int32_t tries;
    *result = ++tries;
    return tries < 3 ? lymph_sleep(ctx, 0.6) : LYMPH_OK;
}

static lymph_status on_start(lymph_ctx *ctx)
{
    lymph_set_state(ctx, strdup("state"));
    return LYMPH_OK;
}

static void on_stop(lymph_ctx *ctx)
{
    free(lymph_state(ctx));
}

const target_interface Target = {
    .echo = echo,
    .move = move,
    .path = path,
    .same = same,
    .paint = paint,
    .maybe = maybe,
    .broken = broken,
    .reject = reject,
    .nothing = nothing,
    .slow = slow,
    .trace = trace,
    .relay = relay,
    .turn = turn,
    .pass_on = pass_on,
    .flaky = flaky,
    .on_start = on_start,
    .on_stop = on_stop,
};

/* ---- the fixture: a service in a child process, a client here ---- */

typedef struct fixture {
    pid_t pid;
    lymph_ctx *ctx;
} fixture;

static lymph_status install(lymph_ctx *root)
{
    return lymph_install(root, &Target_descriptor, &Target, NULL, NULL);
}

static pid_t serve(void)
{
    return service_start(NULL, install);
}

static int set_up(void **state)
{
    static fixture f;
    f.pid = serve();
    f.ctx = lymph_open(&(lymph_options){.log_level = "CRITICAL"});
    assert_non_null(f.ctx);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    lymph_close(f->ctx);
    if (f->pid)
        service_stop(f->pid);
    return 0;
}

static lymph_ctx *ctx_of(void **state)
{
    return ((fixture *)*state)->ctx;
}

/* ---- tests ---- */

static void test_values_go_there_and_back(void **state)
{
    lymph_ctx *ctx = ctx_of(state);
    const char *text;
    assert_ok(ctx_of(state), target_echo(ctx, "hällo", &text));
    assert_string_equal(text, "hällo");

    Point point;
    assert_ok(ctx_of(state), target_move(ctx, &(Point){.x = 1, .y = -5, .label = "here"}, 41, &point));
    assert_int_equal(point.x, 42);
    assert_int_equal(point.y, -5);
    assert_string_equal(point.label, "here");

    static const Point points[] = {{.x = 1}, {.x = INT32_MIN, .y = INT32_MAX, .label = ""}};
    Point_list list;
    assert_ok(ctx_of(state), target_path(ctx, (Point_list){.items = points, .count = 2}, &list));
    assert_int_equal(list.count, 2);
    assert_int_equal(list.items[1].x, INT32_MIN);
    assert_null(list.items[0].label);
    assert_string_equal(list.items[1].label, "");
    assert_ok(ctx_of(state), target_path(ctx, (Point_list){0}, &list));
    assert_int_equal(list.count, 0);

    lymph_value items[] = {lymph_int(-1), lymph_nil(), lymph_string("x"), lymph_float(0.5)}, value;
    assert_ok(ctx_of(state), target_same(ctx, lymph_list(items, 4), &value));
    assert_true(lymph_value_equal(value, lymph_list(items, 4)));

    Color color;
    assert_ok(ctx_of(state), target_paint(ctx, COLOR_RED, &color));
    assert_int_equal(color, COLOR_GREEN);

    assert_ok(ctx_of(state), target_maybe(ctx, NULL, &text));
    assert_null(text);
    assert_ok(ctx_of(state), target_maybe(ctx, "so", &text));
    assert_string_equal(text, "so!");
    assert_ok(ctx_of(state), target_nothing(ctx));
}

static void test_what_cannot_be_sent_is_told_at_once(void **state)
{
    lymph_ctx *ctx = ctx_of(state);
    const char *text;
    Point point;
    Color color;
    assert_int_equal(target_echo(ctx, NULL, &text), LYMPH_EINVAL);
    assert_non_null(strstr(lymph_error_message(ctx), "text"));
    assert_int_equal(target_echo(ctx, "\xff", &text), LYMPH_EINVAL);
    assert_int_equal(target_move(ctx, NULL, 1, &point), LYMPH_EINVAL);
    assert_int_equal(target_paint(ctx, COLOR_UNRECOGNIZED, &color), LYMPH_EINVAL);
}

static void test_failures_of_the_peer(void **state)
{
    lymph_ctx *ctx = ctx_of(state);
    assert_int_equal(target_broken(ctx), LYMPH_ENACK);
    assert_non_null(strstr(lymph_error_message(ctx), "Target.broken"));
    assert_null(rejected_caught(ctx));
    assert_int_equal(target_missing(ctx), LYMPH_ENACK);

    assert_int_equal(target_reject(ctx, "too late"), LYMPH_EREMOTE);
    assert_string_equal(lymph_error_type(ctx), "Rejected");
    const Rejected *e = rejected_caught(ctx);
    assert_non_null(e);
    assert_string_equal(e->reason, "too late");
    assert_int_equal(e->code, 42);
    assert_string_equal(e->secret, "xyzzy");
    assert_contains(lymph_error_message(ctx), "too late");
    assert_null(strstr(lymph_error_message(ctx), "xyzzy"));
    assert_ok(ctx, target_nothing(ctx)); /* whose success is no error */
    assert_null(rejected_caught(ctx));
    assert_null(lymph_error_type(ctx));

    lymph_value result;
    assert_int_equal(lymph_request(ctx, "Target.nope", lymph_map(NULL, 0), &result), LYMPH_ENACK);
    assert_int_equal(lymph_request(ctx, "Nobody.here", lymph_map(NULL, 0), &result), LYMPH_ELOOKUP);
    assert_int_equal(lymph_request(ctx, "nodot", lymph_map(NULL, 0), &result), LYMPH_EINVAL);
    lymph_entry surplus[] = {{lymph_string("text"), lymph_string("x")}, {lymph_string("more"), lymph_nil()}};
    assert_int_equal(lymph_request(ctx, "Target.echo", lymph_map(surplus, 2), &result), LYMPH_ENACK);
    assert_int_equal(lymph_request(ctx, "Target.echo", lymph_map(surplus, 0), &result), LYMPH_ENACK);
    assert_int_equal(lymph_request(ctx, "Target.echo", lymph_nil(), &result), LYMPH_ENACK);
}

static void test_versions(void **state)
{
    lymph_ctx *ctx = ctx_of(state);
    const char *text;
    assert_ok(ctx_of(state), target_echo(lymph_with(ctx, .version = "1"), "x", &text));
    assert_ok(ctx_of(state), target_echo(lymph_with(ctx, .version = "1.2.0"), "x", &text));
    assert_int_equal(target_echo(lymph_with(ctx, .version = "1.3"), "x", &text), LYMPH_EUNREACHABLE);
    assert_int_equal(target_echo(lymph_with(ctx, .version = "2"), "x", &text), LYMPH_EUNREACHABLE);
    assert_int_equal(target_echo(lymph_with(ctx, .version = "x"), "x", &text), LYMPH_EINVAL);
    lymph_value result;
    lymph_entry params[] = {{lymph_string("text"), lymph_string("x")}};
    assert_ok(ctx_of(state), lymph_request(ctx, "Target.echo@1.1", lymph_map(params, 1), &result));
    const lymph_value *version = lymph_get(lymph_reply_headers(ctx), "version");
    assert_non_null(version);
    assert_string_equal(lymph_text(*version), "1.2.0");
}

static void test_a_call_ends_at_its_timeout(void **state)
{
    lymph_ctx *ctx = ctx_of(state);
    const char *text;
    assert_int_equal(target_slow(lymph_with(ctx, .timeout = 0.05), 5, &text), LYMPH_ETIMEDOUT);
    assert_ok(ctx_of(state), target_slow(ctx, 0.01, &text));
    assert_string_equal(text, "done");
    assert_int_equal(target_echo(lymph_with(ctx, .address = "tcp://nowhere"), "x", &text), LYMPH_EINVAL);
}

static void test_idempotent_calls_are_tried_again(void **state)
{
    int32_t tries;
    assert_ok(ctx_of(state), target_flaky(ctx_of(state), &tries));
    assert_int_equal(tries, 3);
}

static void test_deferred_calls_overlap(void **state)
{
    lymph_ctx *ctx = ctx_of(state);
    enum { N = 50 };
    target_slow_future *futures[N];
    double began = now();
    for (int i = 0; i < N; i++)
        futures[i] = target_slow_defer(ctx, 0.2);
    for (int i = N - 1; i >= 0; i--) {
        const char *text;
        assert_ok(ctx_of(state), target_slow_await(futures[i], &text));
        assert_string_equal(text, "done");
    }
    assert_true(now() - began < 0.2 * N / 2);
    (void)target_slow_defer(ctx, 0.2); /* dropped: ended by the reset */
    lymph_ctx_reset(ctx);
}

static void test_trace_ids_travel(void **state)
{
    lymph_ctx *ctx = ctx_of(state);
    const char *text;
    assert_ok(ctx_of(state), target_relay(lymph_with(ctx, .trace_id = "deadbeef"), &text));
    assert_string_equal(text, "deadbeef");
    assert_ok(ctx_of(state), target_trace(ctx, &text));
    assert_int_equal(strlen(text), 32);
}

/* A handler's stack has twice the room of its own struct: no proxy puts another on it. */
static void test_the_largest_struct_is_passed_on(void **state)
{
    static Book book;
    fixture *f = *state;
    lymph_options o = {.log_level = "CRITICAL",
                       .config = cluster_file("small.yml", "container: {stack_size: 131072}\n")};
    assert_int_equal(sizeof book, 65536);
    service_stop(f->pid);
    f->pid = service_start(&o, install);
    assert_int_equal(target_pass_on(ctx_of(state), 42, &book), LYMPH_OK);
    assert_int_equal(book.second.h.h.h.h, 42);
    assert_int_equal(book.first.a.a.a.a, 0);
}

static void test_scopes_give_memory_back(void **state)
{
    lymph_ctx *ctx = ctx_of(state);
    static char big[200000];
    memset(big, 'x', sizeof big - 1);
    for (int i = 0; i < 200; i++) {
        lymph_scope scope = lymph_scope_begin(ctx);
        const char *text;
        assert_ok(ctx_of(state), target_echo(ctx, big, &text));
        assert_int_equal(strlen(text), sizeof big - 1);
        lymph_scope_end(ctx, scope);
    }
}

static void test_discovery(void **state)
{
    lymph_ctx *ctx = ctx_of(state);
    lymph_string_list names;
    assert_ok(ctx_of(state), lymph_services(ctx, &names));
    assert_int_equal(names.count, 2);
    assert_string_equal(names.items[0], "Target");
    assert_string_equal(names.items[1], "lymph");
    const char *place;
    assert_ok(ctx_of(state), lymph_cluster(ctx, &place));
    assert_true(strncmp(place, "the folder /", 12) == 0 && strstr(place, "/default"));
    lymph_instance_list instances;
    assert_ok(ctx_of(state), lymph_lookup(ctx, "Target", &instances));
    assert_int_equal(instances.count, 1);
    assert_string_equal(instances.items[0].version, "1.2.0");
    assert_int_equal(lymph_lookup(ctx, "Nobody", &instances), LYMPH_ELOOKUP);

    lymph_value result;
    assert_ok(ctx_of(state),
              lymph_request(lymph_with(ctx, .address = "Target"), "lymph.status", lymph_map(NULL, 0), &result));
    assert_string_equal(lymph_text(*lymph_get(result, "endpoint")), instances.items[0].endpoint);
    assert_ok(ctx_of(state), lymph_request(lymph_with(ctx, .address = instances.items[0].endpoint), "lymph.inspect",
                                           lymph_map(NULL, 0), &result));
    assert_true(lymph_get(result, "methods")->size >= 14);
    assert_ok(ctx_of(state),
              lymph_request(lymph_with(ctx, .address = "Target"), "lymph.get_metrics", lymph_map(NULL, 0), &result));
    assert_true(result.kind == LYMPH_VALUE_LIST && result.size > 10);
}

static void test_sigterm_answers_what_is_under_way(void **state)
{
    fixture *f = *state;
    const char *text;
    target_slow_future *future = target_slow_defer(f->ctx, 0.5);
    assert_ok(ctx_of(state), target_echo(f->ctx, "the request above has arrived", &text));
    kill(f->pid, SIGTERM);
    assert_ok(ctx_of(state), target_slow_await(future, &text));
    assert_string_equal(text, "done");
    service_ended(f->pid);
    f->pid = 0;
    assert_int_equal(target_echo(lymph_with(f->ctx, .timeout = 5), "x", &text), LYMPH_EUNREACHABLE);
}

static void test_kill_9_leaves_no_instance_and_no_hanging_call(void **state)
{
    fixture *f = *state;
    pid_t other = serve();
    const char *text;
    for (int i = 0; i < 10; i++)
        assert_ok(ctx_of(state), target_echo(f->ctx, "x", &text));
    kill(f->pid, SIGKILL);
    waitpid(f->pid, NULL, 0);
    f->pid = other;
    /* Until the death is noticed a call may time out, but none takes longer, and then all succeed. */
    int in_a_row = 0;
    for (int i = 0; i < 100 && in_a_row < 20; i++) {
        double began = now();
        lymph_status st = target_echo(lymph_with(f->ctx, .timeout = 0.5), "x", &text);
        assert_true(now() - began < 3);
        in_a_row = st ? 0 : in_a_row + 1;
    }
    assert_int_equal(in_a_row, 20);
}

static void test_a_context_that_could_not_be_opened_says_why(void **state)
{
    lymph_ctx *ctx = lymph_open(&(lymph_options){.config = "/nonexistent/x.yml"});
    const char *text;
    assert_int_equal(target_echo(ctx, "x", &text), LYMPH_ECONFIG);
    assert_non_null(strstr(lymph_error_message(ctx), "/nonexistent/x.yml"));
    lymph_close(ctx);
    assert_int_equal(target_echo(NULL, "x", &text), LYMPH_ENOMEM);
    assert_string_equal(lymph_error_message(NULL), "out of memory");
}

int main(void)
{
    cluster_make();
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_values_go_there_and_back),
        TEST(test_what_cannot_be_sent_is_told_at_once),
        TEST(test_failures_of_the_peer),
        TEST(test_versions),
        TEST(test_a_call_ends_at_its_timeout),
        TEST(test_idempotent_calls_are_tried_again),
        TEST(test_deferred_calls_overlap),
        TEST(test_trace_ids_travel),
        TEST(test_the_largest_struct_is_passed_on),
        TEST(test_scopes_give_memory_back),
        TEST(test_discovery),
        TEST(test_sigterm_answers_what_is_under_way),
        TEST(test_kill_9_leaves_no_instance_and_no_hanging_call),
        cmocka_unit_test(test_a_context_that_could_not_be_opened_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, cluster_remove);
}
