/* reach.c and names.c: whether anybody listens, told at once; names of hosts; and that nobody waits for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "rpc/endpoint.h"
#include "rpc/names.h"
#include "rpc/reach.h"

#define SECOND  INT64_C(1000000)
#define LONG_US (15 * SECOND) /* reached only when a test fails */

static struct {
    loop *loop;
    logger *log;
    transport *transport;
    reach *reach;
    int socket; /* bound; listens where a test says so */
    char there[ENDPOINT_MAX + 1];
    failure f;
} x;

static void receive(void *arg, message *m, connection *from)
{
}

static int set_up(void **state)
{
    const transport_options o = {
        .ip = "127.0.0.1",
        .queue_bytes = 1 << 20,
        .limits = {SECOND, 30 * SECOND, 60 * SECOND, 60 * SECOND, 60 * SECOND},
        .receive = receive,
    };
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    x.f = (failure){0};
    x.loop = loop_new(0);
    x.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!x.loop || log_open(NULL, "CRITICAL", &x.log, &x.f) ||
        transport_open(&transport_zeromq, x.loop, &o, x.log, &x.transport, &x.f) ||
        !(x.reach = reach_new(x.loop, x.transport)) || bind(x.socket, (struct sockaddr *)&address, size) ||
        getsockname(x.socket, (struct sockaddr *)&address, &size))
        return -1;
    snprintf(x.there, sizeof x.there, "tcp://127.0.0.1:%d", ntohs(address.sin_port));
    return 0;
}

static int tear_down(void **state)
{
    size_t left = loop_fibers(x.loop);
    reach_free(x.reach);
    transport_close(x.transport);
    loop_free(x.loop);
    log_close(x.log);
    close(x.socket);
    return left ? -1 : 0;
}

static int descriptors(void)
{
    int count = 0;
    DIR *d = opendir("/proc/self/fd");
    while (readdir(d))
        count++;
    closedir(d);
    return count;
}

static void turn(void)
{
    waiter w = WAITER_INIT;
    (void)loop_wait(x.loop, &w, clock_now_us() + 1000);
}

static connection *connect_to(const char *endpoint)
{
    connection *to;
    assert_int_equal(reach_connect(x.reach, endpoint, clock_now_us() + LONG_US, &to, &x.f), LYMPH_OK);
    return to;
}

static lymph_status ask(connection *to)
{
    return reach_ask(x.reach, to, clock_now_us() + LONG_US, &x.f);
}

static void test_refused_as_long_as_nobody_listens(void **state)
{
    connection *to = connect_to(x.there);
    int before = descriptors();
    for (int i = 0; i < 20; i++) {
        assert_int_equal(ask(to), LYMPH_EUNREACHABLE);
        assert_string_equal(x.f.message, "Connection refused");
        assert_int_equal(to->holds, 1);
    }
    assert_true(descriptors() <= before + 2); /* ZeroMQ tries, too */
    assert_int_equal(listen(x.socket, 10), 0);
    assert_int_equal(ask(to), LYMPH_OK);
    assert_int_equal(to->refused, 0);
    connection_release(to);
}

/* What answers is not asked again for a while: it needs no connection for each call. */
static void test_asked_once_in_a_while(void **state)
{
    assert_int_equal(listen(x.socket, 1000), 0);
    connection *to = connect_to(x.there);
    assert_int_equal(ask(to), LYMPH_OK);
    int64_t reached = to->reached_us;
    assert_true(reached != 0);
    while (clock_now_us() - reached < SECOND / 2) {
        assert_int_equal(ask(to), LYMPH_OK);
        assert_true(to->reached_us == reached || clock_now_us() - reached > SECOND);
    }
    connection_release(to);
}

/* A queue that is full: the kernel answers no attempt any more. Returns a descriptor for each place in the queue. */
static void be_silent(int filling[2])
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    assert_int_equal(listen(x.socket, 0), 0);
    assert_int_equal(getsockname(x.socket, (struct sockaddr *)&address, &size), 0);
    for (int i = 0; i < 2; i++) {
        filling[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(filling[i], (struct sockaddr *)&address, size);
    }
}

static int asked, agreed, canceled;

static void ask_in_a_coroutine(void *arg)
{
    connection *to = arg;
    connection_hold(to);
    lymph_status st = ask(to);
    agreed += st == LYMPH_OK;
    canceled += st == LYMPH_ECANCELED;
    asked++;
    connection_release(to);
}

static void test_silence_is_no_refusal_and_many_wait_for_one_attempt(void **state)
{
    int filling[2];
    be_silent(filling);
    asked = agreed = 0;
    connection *to = connect_to(x.there);
    int before = descriptors();
    for (int i = 0; i < 100; i++)
        assert_int_equal(loop_spawn(x.loop, ask_in_a_coroutine, to), LYMPH_OK);
    assert_int_equal(asked, 0);
    assert_true(descriptors() <= before + 2); /* ours and ZeroMQ's */
    for (int64_t end = clock_now_us() + LONG_US; asked < 100 && clock_now_us() < end;)
        turn();
    assert_int_equal(agreed, 100);
    assert_int_equal(ask(to), LYMPH_OK);
    for (int64_t end = clock_now_us() + LONG_US; !to->refused && clock_now_us() < end;)
        turn();
    assert_int_equal(to->refused, ETIMEDOUT); /* what a call's time-out tells of it */
    assert_int_equal(to->holds, 1);
    connection_release(to);
    close(filling[0]);
    close(filling[1]);
}

static void test_a_stop_ends_the_wait_for_an_attempt(void **state)
{
    int filling[2];
    be_silent(filling);
    asked = canceled = 0;
    connection *to = connect_to(x.there);
    assert_int_equal(loop_spawn(x.loop, ask_in_a_coroutine, to), LYMPH_OK);
    reach_stop(x.reach);
    assert_int_equal(canceled, 1);
    connection_release(to);
    close(filling[0]);
    close(filling[1]);
}

static void test_names(void **state)
{
    char name[60];
    snprintf(name, sizeof name, "tcp://localhost%s", strrchr(x.there, ':'));
    connection *to = connect_to(name), *same = connect_to(x.there);
    assert_ptr_equal(to, same); /* the peer knows one connection of one name */
    assert_string_equal(to->endpoint, x.there);
    connection_release(to);
    connection_release(same);
    assert_int_equal(reach_connect(x.reach, "tcp://no-such-host.invalid:7", clock_now_us() + 1000 * LONG_US, &to, &x.f),
                     LYMPH_EUNREACHABLE);
    assert_memory_equal(x.f.message, "cannot resolve host 'no-such-host.invalid': ", 44);
    assert_int_equal(reach_connect(x.reach, "tcp://nobody", clock_now_us() + LONG_US, &to, &x.f), LYMPH_EINVAL);
}

static void test_a_name_in_time_or_not(void **state)
{
    char out[ENDPOINT_MAX + 1];
    names *n = names_new(x.loop);
    lymph_status st =
        names_resolve(n, "tcp://localhost:7", clock_now_us() - 1, out, &x.f); /* the thread may be quick */
    if (st != LYMPH_OK) {
        assert_int_equal(st, LYMPH_ETIMEDOUT);
        assert_string_equal(x.f.message, "host 'localhost' was not resolved in time");
    }
    assert_int_equal(names_resolve(n, "tcp://localhost:7", clock_now_us() + LONG_US, out, &x.f), LYMPH_OK);
    assert_string_equal(out, "tcp://127.0.0.1:7");
    assert_int_equal(names_resolve(n, "tcp://[::1]:7", clock_now_us() - 1, out, &x.f), LYMPH_OK);
    assert_string_equal(out, "tcp://[::1]:7");
    assert_int_equal(names_resolve(n, "tcp://[fe80::1%lo]:7", clock_now_us() + LONG_US, out, &x.f), LYMPH_OK);
    assert_string_equal(out, "tcp://[fe80::1%lo]:7");
    names_free(n);
    n = names_new(x.loop); /* closed while it looks one up */
    (void)names_resolve(n, "tcp://localhost:7", clock_now_us() - 1, out, &x.f);
    names_free(n);
}

static names *stopped_names;
static lymph_status stopped_status;

static void resolve_in_a_coroutine(void *arg)
{
    char out[ENDPOINT_MAX + 1];
    failure f;
    stopped_status = names_resolve(stopped_names, "tcp://localhost:7", WAIT_FOREVER, out, &f);
}

static void test_a_stop_ends_all_waits(void **state)
{
    stopped_names = names_new(x.loop);
    assert_int_equal(loop_spawn(x.loop, resolve_in_a_coroutine, NULL), LYMPH_OK);
    assert_int_equal(loop_fibers(x.loop), 1);
    names_stop(stopped_names);
    for (int64_t end = clock_now_us() + LONG_US; loop_fibers(x.loop) && clock_now_us() < end;)
        turn();
    assert_int_equal(stopped_status, LYMPH_ECANCELED);
    names_free(stopped_names);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_refused_as_long_as_nobody_listens),
        TEST(test_asked_once_in_a_while),
        TEST(test_silence_is_no_refusal_and_many_wait_for_one_attempt),
        TEST(test_a_stop_ends_the_wait_for_an_attempt),
        TEST(test_names),
        TEST(test_a_name_in_time_or_not),
        TEST(test_a_stop_ends_all_waits),
    };
    return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
