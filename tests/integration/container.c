/* container.c: the life of a service: what may be installed, hooks, background functions, heartbeats, limits, and the
 * end. */
#include "service.h"

#include "container.lymph.h"

/* ---- the service ---- */

static struct {
    int rounds, stopped;
    bool in_handler, enough;
} life;

static lymph_status nap(lymph_ctx *ctx, double seconds, const char **result)
{
    lymph_status st = lymph_sleep(ctx, seconds);
    *result = "rested";
    return st;
}

static lymph_status hang(lymph_ctx *ctx)
{
    life.in_handler = true;
    lymph_status st = lymph_sleep(ctx, 1e6);
    life.in_handler = false;
    return st;
}

/* For 15 s at most: an instance that stands still meanwhile is not told before. */
static lymph_status grind(lymph_ctx *ctx)
{
    lymph_status st = LYMPH_OK;
    for (double end = now() + 15; !st && !life.enough && now() < end;)
        st = lymph_sleep(ctx, 0);
    return st || life.enough ? st : lymph_fail(ctx, LYMPH_ETIMEDOUT, "nobody else ran");
}

static lymph_status enough(lymph_ctx *ctx)
{
    life.enough = true;
    return LYMPH_OK;
}

static lymph_status who(lymph_ctx *ctx, int32_t *result)
{
    *result = (int32_t)getpid();
    return LYMPH_OK;
}

static lymph_status rounds(lymph_ctx *ctx, int32_t *result)
{
    *result = life.rounds;
    return LYMPH_OK;
}

static void background(lymph_ctx *ctx, void *arg)
{
    while (!lymph_sleep(ctx, 0.01))
        life.rounds++;
}

static lymph_status on_start(lymph_ctx *ctx)
{
    return lymph_spawn(ctx, background, NULL);
}

/* Exit status 3 in the child if a handler still runs. */
static void on_stop(lymph_ctx *ctx)
{
    if (life.in_handler || life.stopped++)
        _exit(3);
}

const life_interface Life = {
    .nap = nap,
    .hang = hang,
    .grind = grind,
    .enough = enough,
    .who = who,
    .rounds = rounds,
    .on_start = on_start,
    .on_stop = on_stop,
};

static lymph_status hello(lymph_ctx *ctx, const char **result)
{
    *result = "hello";
    return LYMPH_OK;
}

const second_interface Second = {.hello = hello};

static lymph_status install(lymph_ctx *root)
{
    lymph_status st = lymph_install(root, &Life_descriptor, &Life, NULL, NULL);
    return st ? st : lymph_install(root, &Second_descriptor, &Second, NULL, NULL);
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

static lymph_options with_config(const char *text)
{
    return (lymph_options){.log_level = "CRITICAL", .config = cluster_file("test.yml", text)};
}

/* ---- options ---- */

/* Of a program whose headers had less or more. */
static void test_options_of_another_size(void **state)
{
    lymph_string_list names;
    lymph_options less = {.log_level = "CRITICAL", .log_file = "/nowhere/at/all"};
    lymph_ctx *ctx = lymph_open_sized(&less, offsetof(lymph_options, log_file));
    assert_ok(ctx, lymph_services(ctx, &names));

    lymph_call_options call = LYMPH_CALL_OPTIONS;
    call.timeout = -1;
    call.delay = -1;
    lymph_value result;
    lymph_ctx *with = lymph_ctx_with_sized(ctx, &call, 0);
    assert_int_equal(lymph_request(with, "Nobody.is", lymph_map(NULL, 0), &result), LYMPH_ELOOKUP);
    with = lymph_ctx_with_sized(ctx, &call, offsetof(lymph_call_options, delay));
    assert_int_equal(lymph_request(with, "Nobody.is", lymph_map(NULL, 0), &result), LYMPH_ETIMEDOUT);
    assert_ok(ctx, lymph_emit_value(with, "x", lymph_nil()));

    struct {
        lymph_call_options known;
        const char *newer;
    } more = {LYMPH_CALL_OPTIONS, NULL};
    assert_ok(ctx, lymph_services(lymph_ctx_with_sized(ctx, &more.known, sizeof more), &names));
    more.newer = "x";
    with = lymph_with(lymph_ctx_with_sized(ctx, &more.known, sizeof more), .timeout = 5);
    assert_int_equal(lymph_services(with, &names), LYMPH_EINVAL);
    assert_contains(lymph_error_message(with), "an option is given that this version of lymph, ");
    assert_ok(ctx, lymph_services(ctx, &names));
    lymph_close(ctx);

    struct {
        lymph_options known;
        const char *newer;
    } open = {.known = {.log_level = "CRITICAL"}};
    ctx = lymph_open_sized(&open.known, sizeof open);
    assert_ok(ctx, lymph_services(ctx, &names));
    lymph_close(ctx);
    open.newer = "x";
    ctx = lymph_open_sized(&open.known, sizeof open);
    assert_int_equal(lymph_services(ctx, &names), LYMPH_EINVAL);
    assert_contains(lymph_error_message(ctx), "an option is given that this version of lymph, ");
    lymph_close(ctx);
}

/* ---- installing ---- */

static void test_what_may_be_installed(void **state)
{
    lymph_ctx *ctx = *state;
    assert_int_equal(lymph_install(ctx, &Life_descriptor, &Life, "a/b", NULL), LYMPH_EINVAL);
    assert_int_equal(lymph_install(ctx, &Life_descriptor, &Life, "", NULL), LYMPH_EINVAL);
    assert_int_equal(lymph_install(ctx, &Life_descriptor, &Life, "lymph", NULL), LYMPH_EINVAL);
    assert_contains(lymph_error_message(ctx), "built-in");
    assert_int_equal(lymph_install(ctx, &Life_descriptor, &Life, NULL, "one"), LYMPH_EINVAL);
    assert_ok(ctx, lymph_install(ctx, &Life_descriptor, &Life, NULL, "1.0.0"));
    assert_ok(ctx, lymph_install(ctx, &Life_descriptor, &Life, NULL, "2.0.0"));
    assert_int_equal(lymph_install(ctx, &Life_descriptor, &Life, NULL, "2.0.0"), LYMPH_EINVAL);
    assert_contains(lymph_error_message(ctx), "twice");

    lymph_interface_desc old = Life_descriptor;
    old.abi = LYMPH_ABI + 1;
    assert_int_equal(lymph_install(ctx, &old, &Life, "Old", NULL), LYMPH_EINVAL);
    assert_contains(lymph_error_message(ctx), "run lymphc");
}

static lymph_status refuse_to_start(lymph_ctx *ctx)
{
    return lymph_fail(ctx, LYMPH_EBACKEND, "no database");
}

static void test_on_start_can_refuse(void **state)
{
    lymph_ctx *ctx = *state;
    static const second_interface table = {.hello = hello, .on_start = refuse_to_start};
    assert_ok(ctx, lymph_install(ctx, &Second_descriptor, &table, NULL, NULL));
    assert_int_equal(lymph_run(ctx), LYMPH_EBACKEND);
    assert_contains(lymph_error_message(ctx), "no database");
    assert_contains(lymph_error_message(ctx), "Second");
}

static void test_a_taken_port_is_told(void **state)
{
    lymph_ctx *first = *state;
    assert_ok(first, lymph_start(first));
    unsigned port = 0;
    assert_int_equal(sscanf(strrchr(lymph_endpoint(first), ':'), ":%u", &port), 1);
    lymph_ctx *second = lymph_open(&(lymph_options){.log_level = "CRITICAL", .port = (uint16_t)port});
    assert_int_equal(lymph_start(second), LYMPH_ESYSTEM);
    assert_contains(lymph_error_message(second), lymph_endpoint(first));
    lymph_close(second);
}

static void test_one_process_may_hold_two_containers(void **state)
{
    lymph_ctx *one = *state, *two = lymph_open(&(lymph_options){.log_level = "CRITICAL"});
    assert_ok(one, lymph_start(one));
    assert_ok(two, lymph_start(two));
    assert_string_not_equal(lymph_endpoint(one), lymph_endpoint(two));
    lymph_instance_list found;
    assert_ok(one, lymph_lookup(one, "lymph", &found));
    assert_int_equal(found.count, 2);
    lymph_close(two);
}

static void compute(lymph_ctx *ctx, void *arg)
{
    for (double end = now() + 0.2; now() < end;)
        ;
}

static void test_who_keeps_the_loop_is_named_in_the_log(void **state)
{
    char path[] = "/tmp/lymph-log-XXXXXX", text[4096] = "";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    lymph_ctx *ctx = lymph_open(&(lymph_options){.log_level = "WARNING", .log_file = path});
    assert_ok(ctx, lymph_spawn(ctx, compute, NULL));
    lymph_close(ctx);
    assert_true(read(fd, text, sizeof text - 1) > 0);
    close(fd);
    unlink(path);
    assert_contains(text, "[WARNING] lymph.core.container: a spawned function kept the loop for ");
}

static void test_an_ipv6_address(void **state)
{
    pid_t pid = service_start(&(lymph_options){.log_level = "CRITICAL", .ip = "::1"}, install);
    const char *text;
    lymph_instance_list found;
    assert_ok(*state, second_hello(*state, &text));
    assert_ok(*state, lymph_lookup(*state, "Second", &found));
    assert_memory_equal(found.items[0].endpoint, "tcp://[::1]:", 12);
    service_stop(pid);
}

/* ---- serving ---- */

static void test_background_functions_run_and_do_not_hold_the_stop(void **state)
{
    lymph_ctx *ctx = *state;
    pid_t pid = service_start(NULL, install);
    int32_t count = 0;
    for (int i = 0; i < 500 && count < 3; i++) {
        assert_ok(ctx, life_rounds(ctx, &count));
        assert_ok(ctx, lymph_sleep(ctx, 0.01));
    }
    assert_true(count >= 3);
    double began = now();
    service_stop(pid);
    assert_true(now() - began < 9); /* drain_timeout is 10 */
}

static void test_sleeping_for_no_time_lets_others_run(void **state)
{
    lymph_ctx *ctx = *state;
    pid_t pid = service_start(NULL, install);
    life_grind_future *grinding = life_grind_defer(ctx);
    assert_ok(ctx, life_enough(ctx));
    assert_ok(ctx, life_grind_await(grinding));
    service_stop(pid);
}

static void test_too_many_requests_are_refused(void **state)
{
    lymph_options o = with_config("container: {max_tasks: 3}\n");
    pid_t pid = service_start(&o, install);
    lymph_ctx *ctx = *state;
    life_nap_future *futures[4];
    const char *text;
    int refused = 0;
    for (int i = 0; i < 4; i++)
        futures[i] = life_nap_defer(ctx, 0.3);
    for (int i = 0; i < 4; i++) {
        lymph_status st = life_nap_await(futures[i], &text);
        assert_true(st == LYMPH_OK || st == LYMPH_ENACK);
        refused += st != LYMPH_OK;
    }
    assert_int_equal(refused, 2); /* one place is the background function's */
    assert_ok(ctx, life_nap(ctx, 0, &text));
    service_stop(pid);
}

static void test_calls_go_round(void **state)
{
    lymph_ctx *ctx = *state;
    pid_t pids[3];
    int seen[3] = {0};
    for (int i = 0; i < 3; i++)
        pids[i] = service_start(NULL, install);
    for (int n = 0; n < 9; n++) {
        int32_t pid;
        assert_ok(ctx, life_who(ctx, &pid));
        for (int i = 0; i < 3; i++)
            seen[i] += pid == (int32_t)pids[i];
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(seen[i], 3);
        service_stop(pids[i]);
    }
}

static void test_a_silent_peer_is_passed_over_and_comes_back(void **state)
{
    lymph_options o =
        with_config("container: {rpc: {connection: {heartbeat_interval: 0.05, timeout: 0.2, idle_timeout: 5}}}\n");
    lymph_ctx *ctx = lymph_open(&o);
    pid_t pid = service_start(NULL, install);
    int32_t result;
    assert_ok(ctx, life_who(ctx, &result));
    kill(pid, SIGSTOP);
    lymph_status st = LYMPH_OK;
    for (int i = 0; i < 100 && st != LYMPH_EUNREACHABLE; i++)
        st = life_who(lymph_with(ctx, .timeout = 0.1), &result);
    assert_int_equal(st, LYMPH_EUNREACHABLE);
    assert_contains(lymph_error_message(ctx), "none of the 1 instances");
    kill(pid, SIGCONT);
    for (int i = 0; i < 100 && st; i++) {
        assert_ok(ctx, lymph_sleep(ctx, 0.05));
        st = life_who(lymph_with(ctx, .timeout = 1), &result);
    }
    assert_ok(ctx, st);
    lymph_close(ctx);
    service_stop(pid);
}

static void note_trace_id(lymph_ctx *ctx, void *arg)
{
    *(size_t *)arg = strlen(lymph_trace_id(ctx));
}

static void test_a_trace_id_that_no_peer_takes(void **state)
{
    char longer[5000];
    size_t size = 0;
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_ok(*state, lymph_spawn(lymph_with(*state, .trace_id = longer), note_trace_id, &size));
    assert_int_equal(size, 32);
}

/* Connections that are closed as soon as they are idle, and made again by the next call or the peer's ping. */
static void test_a_connection_may_be_made_again_at_once(void **state)
{
    lymph_options o =
        with_config("container: {rpc: {connection: {heartbeat_interval: 0.005, timeout: 0.5, idle_timeout: "
                    "0.6, idle_disconnect: 0.01}}}\n");
    lymph_ctx *ctx = lymph_open(&o);
    pid_t pid = service_start(&o, install);
    for (int i = 0; i < 100; i++) {
        const char *text;
        assert_ok(ctx, second_hello(ctx, &text));
        assert_ok(ctx, lymph_sleep(ctx, 0.008 + 0.0001 * i));
    }
    lymph_close(ctx);
    service_stop(pid);
}

/* The failure of a call that ended before it was awaited names the endpoint, though the connection is closed by then.
 */
static void test_a_late_await(void **state)
{
    lymph_options o =
        with_config("container: {rpc: {connection: {heartbeat_interval: 0.01, timeout: 0.5, idle_timeout: "
                    "0.6, idle_disconnect: 0.05}}}\n");
    lymph_ctx *ctx = lymph_open(&o);
    pid_t pid = service_start(NULL, install);
    int32_t count;
    static const lymph_record no_params = {.name = "Life.missing"};
    const lymph_method missing = {.name = "missing", .subject = "Life.missing", .params = &no_params};
    lymph_future *future = lymph_defer(ctx, &missing, NULL);
    assert_ok(ctx, lymph_sleep(ctx, 0.3));
    assert_int_equal(lymph_await(future, NULL), LYMPH_ENACK);
    assert_contains(lymph_error_message(ctx), "tcp://127.0.0.1:");
    assert_ok(ctx, life_rounds(ctx, &count));
    lymph_close(ctx);
    service_stop(pid);
}

/* ---- the end ---- */

/* Sends a request that does not end by itself, and makes sure that it has arrived. */
static life_hang_future *hang_there(lymph_ctx *ctx)
{
    life_hang_future *future = life_hang_defer(ctx);
    int32_t pid;
    assert_ok(ctx, life_who(ctx, &pid));
    return future;
}

static void test_draining_is_bounded(void **state)
{
    lymph_options o = with_config("container: {drain_timeout: 0.2}\n");
    pid_t pid = service_start(&o, install);
    life_hang_future *future = hang_there(*state);
    double began = now();
    service_stop(pid);
    assert_true(now() - began < 9);
    assert_int_equal(life_hang_await(future), LYMPH_ENACK);
}

static void test_a_second_signal_stops_at_once(void **state)
{
    lymph_options o = with_config("container: {drain_timeout: 100}\n");
    pid_t pid = service_start(&o, install);
    life_hang_future *future = hang_there(*state);
    kill(pid, SIGTERM);
    lymph_instance_list found = {.count = 1};
    for (int i = 0; i < 500 && found.count; i++) { /* until it has left the registry */
        assert_ok(*state, lymph_sleep(*state, 0.01));
        if (lymph_lookup(*state, "Life", &found))
            found.count = 0;
    }
    assert_int_equal(found.count, 0);
    kill(pid, SIGTERM);
    service_ended(pid);
    assert_int_equal(life_hang_await(future), LYMPH_ENACK);
}

static void stop_soon(lymph_ctx *ctx, void *arg)
{
    (void)lymph_sleep(ctx, 0.05);
    lymph_stop(ctx);
}

static void test_what_waits_when_the_container_stops_is_cancelled(void **state)
{
    lymph_ctx *ctx = *state;
    pid_t pid = service_start(NULL, install);
    life_hang_future *future = hang_there(ctx);
    assert_ok(ctx, lymph_spawn(ctx, stop_soon, NULL));
    assert_ok(ctx, lymph_run(ctx));
    assert_int_equal(life_hang_await(future), LYMPH_ECANCELED);
    int32_t result;
    assert_int_equal(life_who(ctx, &result), LYMPH_ECANCELED);
    assert_int_equal(lymph_run(ctx), LYMPH_ECANCELED);
    kill(pid, SIGTERM);
    kill(pid, SIGTERM);
    service_ended(pid);
}

int main(void)
{
    cluster_make();
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_options_of_another_size),
        TEST(test_what_may_be_installed),
        TEST(test_on_start_can_refuse),
        TEST(test_a_taken_port_is_told),
        TEST(test_one_process_may_hold_two_containers),
        TEST(test_who_keeps_the_loop_is_named_in_the_log),
        TEST(test_an_ipv6_address),
        TEST(test_background_functions_run_and_do_not_hold_the_stop),
        TEST(test_sleeping_for_no_time_lets_others_run),
        TEST(test_too_many_requests_are_refused),
        TEST(test_calls_go_round),
        TEST(test_a_silent_peer_is_passed_over_and_comes_back),
        TEST(test_a_trace_id_that_no_peer_takes),
        TEST(test_a_connection_may_be_made_again_at_once),
        TEST(test_a_late_await),
        TEST(test_draining_is_bounded),
        TEST(test_a_second_signal_stops_at_once),
        TEST(test_what_waits_when_the_container_stops_is_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, cluster_remove);
}
