/* calls.c: the caller's side: options, futures, and that a program without a loop of its own sees the world move. */
#include "service.h"

#include <arpa/inet.h>
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

/* ---- addresses ---- */

/* One that refuses, for as long as the test runs. */
static const char *refusing_endpoint(void)
{
    static char endpoint[40];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", ntohs(address.sin_port));
    return endpoint;
}

static void assert_unreachable(lymph_ctx *ctx, const char *address, const char *why)
{
    int32_t number;
    lymph_ctx *there = lymph_with(ctx, .address = address, .timeout = 1e6);
    assert_int_equal(callee_echo(there, 1, &number), LYMPH_EUNREACHABLE);
    assert_contains(lymph_error_message(ctx), "Callee.echo: ");
    assert_contains(lymph_error_message(ctx), why);
    assert_int_equal(lymph_request(there, "Callee.hang", lymph_map(NULL, 0), NULL), LYMPH_EUNREACHABLE);
    assert_contains(lymph_error_message(ctx), why);
    callee_echo_future *futures[100];
    for (int i = 0; i < 100; i++)
        futures[i] = callee_echo_defer(there, i);
    for (int i = 0; i < 100; i++)
        assert_int_equal(callee_echo_await(futures[i], &number), LYMPH_EUNREACHABLE);
}

static void test_a_port_that_refuses(void **state)
{
    lymph_ctx *ctx = *state;
    const char *there = refusing_endpoint();
    char name[40], text[80];
    snprintf(text, sizeof text, "%s: Connection refused", there);
    assert_unreachable(ctx, there, text);
    snprintf(name, sizeof name, "tcp://localhost%s", strrchr(there, ':'));
    snprintf(text, sizeof text, "%s: Connection refused", name);
    assert_unreachable(ctx, name, text);
}

static void test_a_name_without_an_address(void **state)
{
    assert_unreachable(*state, "tcp://no-such-host.invalid:7", "cannot resolve host 'no-such-host.invalid': ");
}

static void test_a_name(void **state)
{
    lymph_ctx *ctx = *state;
    char address[60];
    int32_t number;
    pid_t pid = service_start(NULL, install);
    lymph_instance_list found;
    assert_ok(ctx, lymph_lookup(ctx, "Callee", &found));
    snprintf(address, sizeof address, "tcp://localhost%s", strrchr(found.items[0].endpoint, ':'));
    for (int i = 0; i < 100; i++) {
        assert_ok(ctx, callee_echo(lymph_with(ctx, .address = address), i, &number));
        assert_int_equal(number, i);
    }
    service_stop(pid);
    /* Told as soon as a heartbeat stays without an answer: what was sent before that has its time-out. */
    lymph_status st = LYMPH_OK;
    for (double end = now() + 30; st != LYMPH_EUNREACHABLE && now() < end;) {
        st = callee_echo(lymph_with(ctx, .address = address, .timeout = 0.3), 1, &number);
        assert_true(st == LYMPH_ETIMEDOUT || st == LYMPH_EUNREACHABLE);
    }
    assert_int_equal(st, LYMPH_EUNREACHABLE);
    assert_contains(lymph_error_message(ctx), "Connection refused");
}

/* ---- a program without a loop of its own ---- */

/* Fails at once each time, and only sleeps in between. */
static void test_a_retry_loop_sees_an_instance_come(void **state)
{
    lymph_ctx *ctx = *state;
    int32_t number;
    pid_t pid = service_start(NULL, install);
    assert_ok(ctx, callee_echo(ctx, 1, &number));
    service_stop(pid);
    lymph_status st = LYMPH_OK;
    for (double end = now() + 20; st != LYMPH_EUNREACHABLE && now() < end; usleep(2000))
        st = callee_echo(lymph_with(ctx, .timeout = 0.2), 1, &number);
    assert_int_equal(st, LYMPH_EUNREACHABLE);
    pid = service_start(NULL, install);
    for (double end = now() + 20; st && now() < end; usleep(2000))
        st = callee_echo(ctx, 1, &number);
    assert_ok(ctx, st);
    service_stop(pid);
}

static size_t instances(lymph_ctx *ctx)
{
    lymph_instance_list found = {NULL, 0};
    lymph_status st = lymph_lookup(ctx, "Callee", &found);
    assert_true(st == LYMPH_OK || st == LYMPH_ELOOKUP);
    return found.count;
}

static void test_a_look_up_again_and_again(void **state)
{
    lymph_ctx *ctx = *state;
    pid_t pids[2];
    for (int i = 0; i < 2; i++) {
        pids[i] = service_start(NULL, install);
        for (double end = now() + 20; instances(ctx) != (size_t)i + 1 && now() < end;)
            usleep(2000);
        assert_int_equal(instances(ctx), i + 1);
    }
    for (int i = 0; i < 2; i++) {
        service_stop(pids[i]);
        for (double end = now() + 20; instances(ctx) != (size_t)(1 - i) && now() < end;)
            usleep(2000);
        assert_int_equal(instances(ctx), 1 - i);
    }
}

/* The first call after a long time in which the program did something else. */
static void test_a_program_that_slept(const lymph_options *options)
{
    lymph_ctx *ctx = lymph_open(options);
    int32_t who;
    pid_t old = service_start(options, install);
    assert_ok(ctx, callee_pid(ctx, &who));
    assert_int_equal(who, old);
    service_stop(old);
    pid_t young = service_start(options, install);
    sleep(1);
    assert_ok(ctx, callee_pid(ctx, &who));
    assert_int_equal(who, young);
    service_stop(young);
    lymph_close(ctx);
}

static void test_a_program_that_slept_store(void **state)
{
    test_a_program_that_slept(&(lymph_options){.log_level = "CRITICAL"});
}

static void test_a_program_that_slept_zookeeper(void **state)
{
    char text[300];
    const char *servers = getenv("LYMPH_TEST_ZOOKEEPER");
    assert_non_null(servers);
    snprintf(text, sizeof text, "registry: {class: zookeeper, hosts: '%s/calls-%d'}\n", servers, getpid());
    const lymph_options o = {.log_level = "CRITICAL", .config = cluster_file("zookeeper.yml", text)};
    test_a_program_that_slept(&o);
}

static void test_retries_pause(void **state)
{
    lymph_ctx *ctx = *state;
    int32_t who;
    pid_t pid = service_start(NULL, install);
    assert_ok(ctx, callee_pid(ctx, &who));
    service_stop(pid);
    while (instances(ctx))
        usleep(2000);
    double began = now();
    assert_int_equal(callee_patient(ctx, &who), LYMPH_EUNREACHABLE);
    assert_true(now() - began > 1); /* 50, 100, 200, 400 and six times 500 ms */
    assert_contains(lymph_error_message(ctx), "no instance");
    assert_int_equal(callee_patient(lymph_with(ctx, .timeout = 0), &who), LYMPH_ETIMEDOUT);
    double took = 60; /* ten times a millisecond, at the best of times */
    for (double end = now() + 60; took > 1 && now() < end;) {
        began = now();
        assert_int_equal(callee_patient(lymph_with(ctx, .timeout = 0.001), &who), LYMPH_EUNREACHABLE);
        took = now() - began;
    }
    assert_true(took < 1);
}

static void let_it_start(lymph_ctx *ctx, void *arg)
{
    assert_int_equal(lymph_sleep(ctx, 0.2), LYMPH_OK);
    assert_int_equal(write(*(int *)arg, "g", 1), 1);
}

static void test_a_retry_meets_an_instance_that_comes(void **state)
{
    lymph_ctx *ctx = *state;
    int32_t who;
    int go[2];
    char c;
    pid_t pid = service_start(NULL, install);
    assert_ok(ctx, callee_pid(ctx, &who));
    service_stop(pid);
    while (instances(ctx))
        usleep(2000);
    assert_int_equal(pipe(go), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        assert_int_equal(read(go[0], &c, 1), 1);
        service_serve(NULL, install, go[1]);
    }
    assert_ok(ctx, lymph_spawn(ctx, let_it_start, &go[1]));
    assert_ok(ctx, callee_patient(ctx, &who));
    assert_int_equal(who, pid);
    service_stop(pid);
    close(go[0]);
    close(go[1]);
}

/* A future that has ended is told from every later one, whose memory is its own. */
static void test_await_twice(void **state)
{
    lymph_ctx *ctx = *state;
    int32_t number = 0, other = 0;
    pid_t pid = service_start(NULL, install);
    callee_echo_future *first = callee_echo_defer(ctx, 1);
    assert_ok(ctx, callee_echo_await(first, &number));
    assert_int_equal(number, 1);
    for (int i = 2; i < 5; i++) {
        callee_echo_future *next = callee_echo_defer(ctx, i);
        assert_int_equal(callee_echo_await(first, &other), LYMPH_ESTATE);
        assert_string_equal(lymph_error_message(ctx), "this call was awaited already");
        assert_int_equal(other, 0);
        assert_ok(ctx, callee_echo_await(next, &number));
        assert_int_equal(number, i);
        assert_int_equal(callee_echo_await(next, &other), LYMPH_ESTATE);
    }
    service_stop(pid);
}

/* ---- fork ---- */

/* Runs `child` in a child, with a limit of time; its end is awaited. */
static void in_a_child(void (*child)(lymph_ctx *ctx, void *arg), lymph_ctx *ctx, void *arg)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(60);
        child(ctx, arg);
        _exit(0);
    }
    service_ended(pid);
}

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "child, line %d: %s\n", __LINE__, #condition);                                             \
            _exit(1);                                                                                                  \
        }                                                                                                              \
    } while (0)

static lymph_options fork_options;

static void use_the_parents(lymph_ctx *ctx, void *arg)
{
    int32_t number;
    lymph_string_list names;
    const char *place;
    CHECK(callee_echo(ctx, 1, &number) == LYMPH_ESTATE);
    CHECK(strstr(lymph_error_message(ctx), "forked"));
    CHECK(callee_echo_await(arg, &number) == LYMPH_ESTATE);
    CHECK(callee_echo_await(callee_echo_defer(ctx, 1), &number) == LYMPH_ESTATE);
    CHECK(lymph_sleep(ctx, 0) == LYMPH_ESTATE);
    CHECK(lymph_emit_value(ctx, "x", lymph_nil()) == LYMPH_ESTATE);
    CHECK(lymph_services(ctx, &names) == LYMPH_ESTATE);
    CHECK(lymph_cluster(ctx, &place) == LYMPH_ESTATE);
    CHECK(lymph_run(ctx) == LYMPH_ESTATE);
    lymph_stop(ctx);
    lymph_ctx_reset(ctx);
    lymph_close(ctx);
    lymph_ctx *own = lymph_open(&fork_options);
    CHECK(callee_echo(own, 5, &number) == LYMPH_OK && number == 5);
    lymph_close(own);
}

static lymph_status ignore_event(lymph_ctx *ctx, const lymph_event *event, void *arg)
{
    ++*(int *)arg;
    return LYMPH_OK;
}

static void test_fork(const char *config)
{
    static const char *const patterns[] = {"forked"};
    int32_t number;
    int heard = 0;
    fork_options = (lymph_options){.log_level = "CRITICAL", .config = config};
    pid_t service = service_start(&fork_options, install);
    lymph_ctx *ctx = lymph_open(&fork_options);
    assert_ok(ctx, lymph_install(ctx, &Callee_descriptor, &Callee, "Twin", NULL));
    assert_ok(ctx, lymph_subscribe(ctx, patterns, 1, ignore_event, &heard));
    assert_ok(ctx, lymph_start(ctx));
    assert_ok(ctx, callee_echo(ctx, 1, &number));
    callee_echo_future *future = callee_echo_defer(ctx, 7);
    callee_hang_future *late = callee_hang_defer(lymph_with(ctx, .timeout = 0.3));
    in_a_child(use_the_parents, ctx, future);
    /* All of the parent's goes on: calls, time-outs, its registration, its queue. */
    assert_ok(ctx, callee_echo_await(future, &number));
    assert_int_equal(number, 7);
    assert_int_equal(callee_hang_await(late), LYMPH_ETIMEDOUT);
    const lymph_entry eight = {lymph_string("number"), lymph_int(8)};
    lymph_value result;
    assert_ok(ctx, lymph_request(ctx, "Twin.echo", lymph_map(&eight, 1), &result));
    assert_int_equal(result.as.integer, 8);
    assert_ok(ctx, lymph_emit_value(ctx, "forked", lymph_map(NULL, 0)));
    for (double end = now() + 20; !heard && now() < end;)
        assert_ok(ctx, lymph_sleep(ctx, 0.01));
    assert_int_equal(heard, 1);
    lymph_close(ctx);
    service_stop(service);
}

static void test_fork_with_the_embedded_default(void **state)
{
    test_fork(cluster_file("store.yml", "container: {drain_timeout: 0.2}\n"));
}

static void test_fork_with_servers(void **state)
{
    char text[400];
    const char *zookeeper = getenv("LYMPH_TEST_ZOOKEEPER"), *rabbitmq = getenv("LYMPH_TEST_RABBITMQ");
    assert_true(zookeeper && rabbitmq);
    snprintf(text, sizeof text,
             "container: {drain_timeout: 0.2, registry: {class: zookeeper, hosts: '%s/fork-%d'},\n"
             "            events: {class: rabbitmq, hostname: 'amqp://guest:guest@%s'}}\n",
             zookeeper, getpid(), rabbitmq);
    test_fork(cluster_file("servers.yml", text));
}

static lymph_status fork_and_return(lymph_ctx *ctx, int32_t *result)
{
    *result = (int32_t)fork();
    return LYMPH_OK;
}

static lymph_status fork_and_live(lymph_ctx *ctx, int32_t number, int32_t *result)
{
    pid_t pid = fork();
    while (pid == 0)
        pause();
    *result = (int32_t)pid;
    return LYMPH_OK;
}

static lymph_status install_forking(lymph_ctx *root)
{
    static const callee_interface table = {.pid = fork_and_return, .echo = fork_and_live};
    return lymph_install(root, &Callee_descriptor, &table, NULL, NULL);
}

/* A child's signals are its own, and it does not go on with its parent's requests. */
static void test_fork_in_a_handler(void **state)
{
    lymph_ctx *ctx = *state;
    int32_t child;
    pid_t pid = service_start(NULL, install_forking);
    for (int i = 0; i < 3; i++) {
        assert_ok(ctx, callee_pid(ctx, &child));
        assert_true(child > 0);
        assert_ok(ctx, callee_echo(ctx, 1, &child));
        assert_int_equal(kill(child, SIGTERM), 0);
    }
    assert_ok(ctx, callee_pid(ctx, &child));
    service_stop(pid);
}

int main(void)
{
    cluster_make();
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_no_time_left),
        TEST(test_what_is_left_out_stays),
        TEST(test_delays),
        TEST(test_a_port_that_refuses),
        TEST(test_a_name_without_an_address),
        TEST(test_a_name),
        TEST(test_a_retry_loop_sees_an_instance_come),
        TEST(test_a_look_up_again_and_again),
        TEST(test_a_program_that_slept_store),
        TEST(test_a_program_that_slept_zookeeper),
        TEST(test_retries_pause),
        TEST(test_a_retry_meets_an_instance_that_comes),
        TEST(test_await_twice),
        TEST(test_fork_with_the_embedded_default),
        TEST(test_fork_with_servers),
        TEST(test_fork_in_a_handler),
    };
    return cmocka_run_group_tests(tests, NULL, cluster_remove);
}
