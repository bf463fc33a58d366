/* receiver.c: what sockets of libzmq send arrives, whole and in order, from as many connections as there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <unistd.h>
#include <zmq.h>

#include "core/clock.h"
#include "rpc/receiver.h"
#include "rpc/tcp.h"

#define WAIT_US 15000000 /* reached only when a test fails */
#define LARGE   (20u << 20)

static struct {
    loop *loop;
    logger *log;
    receiver *receiver;
    void *context;
    char endpoint[64];
    uint16_t port;
    unsigned received, closed, wrong;
    size_t last_body;
    char last_source[64];
    incoming *last_from;
    bool closes;
} x;

static void receive(void *arg, message *m, int frames, incoming *from)
{
    assert_ptr_equal(arg, &x);
    x.received++;
    x.wrong += frames != FRAME_COUNT;
    x.last_body = frames == FRAME_COUNT ? m->frames[FRAME_BODY].size : 0;
    for (size_t i = 0; i < x.last_body; i++)
        x.wrong += m->frames[FRAME_BODY].at[i] != (char)(i * 7);
    snprintf(x.last_source, sizeof x.last_source, "%.*s", (int)m->source.size, m->source.at);
    x.last_from = from;
    if (x.closes) {
        receiver_close(x.receiver);
        x.receiver = NULL;
    }
}

static void closed(void *arg, incoming *gone)
{
    x.closed++;
    if (incoming_peer(gone))
        *(bool *)incoming_peer(gone) = true;
}

static int set_up(void **state)
{
    failure f;
    memset(&x, 0, sizeof x);
    x.loop = loop_new(0);
    x.context = zmq_ctx_new();
    if (!x.loop || !x.context || log_open(NULL, "CRITICAL", &x.log, &f))
        return -1;
    receiver_options options = {receive, closed, &x};
    for (x.port = 36000; x.port < 37000; x.port++) {
        snprintf(x.endpoint, sizeof x.endpoint, "tcp://127.0.0.1:%u", x.port);
        if (!receiver_open(x.loop, "127.0.0.1", x.port, x.endpoint, &options, x.log, &x.receiver))
            return 0;
    }
    return -1;
}

static int tear_down(void **state)
{
    receiver_close(x.receiver);
    zmq_ctx_term(x.context);
    loop_free(x.loop);
    log_close(x.log);
    return 0;
}

#define UNTIL(condition)                                                                                               \
    for (int64_t until_deadline = clock_now_us() + WAIT_US; !(condition);) {                                           \
        assert_true(clock_now_us() < until_deadline);                                                                  \
        waiter until_waiter = WAITER_INIT;                                                                             \
        (void)loop_wait(x.loop, &until_waiter, clock_now_us() + 2000);                                                 \
    }

static void *peer(int type, const char *name)
{
    int linger = 0;
    void *socket = zmq_socket(x.context, type);
    assert_non_null(socket);
    if (name)
        assert_int_equal(zmq_setsockopt(socket, ZMQ_ROUTING_ID, name, strlen(name)), 0);
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    return socket;
}

static void send_frames(void *socket, int frames, size_t body_size)
{
    char *body = malloc(body_size + 1);
    for (size_t i = 0; i < body_size; i++)
        body[i] = (char)(i * 7);
    for (int i = 0; i < frames; i++) {
        bool last = i == frames - 1;
        assert_true(zmq_send(socket, last ? body : "x", last ? body_size : 1, last ? 0 : ZMQ_SNDMORE) >= 0);
    }
    free(body);
}

static void test_messages_of_all_sizes(void **state)
{
    static const size_t sizes[] = {0, 1, 255, 256, 8191, 65535, 65536, 300000, LARGE};
    void *dealer = peer(ZMQ_DEALER, "tcp://127.0.0.1:1");
    assert_int_equal(zmq_connect(dealer, x.endpoint), 0);
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        send_frames(dealer, FRAME_COUNT, sizes[i]);
        UNTIL(x.received == i + 1);
        assert_int_equal(x.last_body, sizes[i]);
        assert_string_equal(x.last_source, "tcp://127.0.0.1:1");
    }
    for (int i = 0; i < 5000; i++)
        send_frames(dealer, FRAME_COUNT, i % 600);
    UNTIL(x.received == 5000 + sizeof sizes / sizeof *sizes);
    assert_int_equal(x.wrong, 0);
    zmq_close(dealer);
    UNTIL(x.closed == 1);
}

static void test_numbers_of_frames(void **state)
{
    void *dealer = peer(ZMQ_DEALER, NULL);
    assert_int_equal(zmq_connect(dealer, x.endpoint), 0);
    send_frames(dealer, 1, 5);
    UNTIL(x.received == 1);
    assert_string_equal(x.last_source, "");
    send_frames(dealer, 100, 5);
    UNTIL(x.received == 2);
    assert_int_equal(x.wrong, 2);
    zmq_close(dealer);
}

/* A ROUTER of libzmq would hear only the first. */
static void test_two_of_one_name(void **state)
{
    void *first = peer(ZMQ_DEALER, "tcp://127.0.0.1:2"), *second = peer(ZMQ_DEALER, "tcp://127.0.0.1:2");
    assert_int_equal(zmq_connect(first, x.endpoint), 0);
    send_frames(first, FRAME_COUNT, 1);
    UNTIL(x.received == 1);
    incoming *from = x.last_from;
    assert_int_equal(zmq_connect(second, x.endpoint), 0);
    send_frames(second, FRAME_COUNT, 1);
    UNTIL(x.received == 2);
    assert_ptr_not_equal(x.last_from, from);
    send_frames(first, FRAME_COUNT, 1);
    UNTIL(x.received == 3);
    assert_ptr_equal(x.last_from, from);
    zmq_close(first);
    zmq_close(second);
}

/* Routers learn our name, and call us by it. */
static void test_a_router_knows_us_by_our_name(void **state)
{
    void *router = peer(ZMQ_ROUTER, "tcp://127.0.0.1:3");
    int yes = 1;
    zmq_setsockopt(router, ZMQ_ROUTER_MANDATORY, &yes, sizeof yes);
    assert_int_equal(zmq_connect(router, x.endpoint), 0);
    UNTIL(zmq_send(router, x.endpoint, strlen(x.endpoint), ZMQ_SNDMORE) >= 0);
    send_frames(router, FRAME_COUNT, 3);
    UNTIL(x.received == 1);
    assert_int_equal(x.wrong, 0);
    assert_string_equal(x.last_source, "tcp://127.0.0.1:3");
    zmq_close(router);
}

static void test_heartbeats_of_libzmq(void **state)
{
    void *dealer = peer(ZMQ_DEALER, "tcp://127.0.0.1:4");
    int interval = 20, timeout = 3000;
    zmq_setsockopt(dealer, ZMQ_HEARTBEAT_IVL, &interval, sizeof interval);
    zmq_setsockopt(dealer, ZMQ_HEARTBEAT_TIMEOUT, &timeout, sizeof timeout);
    assert_int_equal(zmq_connect(dealer, x.endpoint), 0);
    send_frames(dealer, FRAME_COUNT, 1);
    UNTIL(x.received == 1);
    incoming *from = x.last_from;
    int64_t end = clock_now_us() + 2 * timeout * 1000;
    UNTIL(clock_now_us() > end);
    send_frames(dealer, FRAME_COUNT, 1);
    UNTIL(x.received == 2);
    assert_int_equal(x.closed, 0); /* unanswered, they would have ended it */
    assert_ptr_equal(x.last_from, from);
    zmq_close(dealer);
}

static void test_others_are_closed(void **state)
{
    void *publisher = peer(ZMQ_PUB, NULL);
    assert_int_equal(zmq_connect(publisher, x.endpoint), 0);
    UNTIL(x.closed > 0);
    zmq_close(publisher);
    unsigned before = x.closed;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(x.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(send(fd, "EHLO\r\n", 6, MSG_NOSIGNAL), 6);
    UNTIL(x.closed > before);
    close(fd);
}

static void test_ending_one(void **state)
{
    bool gone = false;
    void *dealer = peer(ZMQ_DEALER, "tcp://127.0.0.1:5");
    assert_int_equal(zmq_connect(dealer, x.endpoint), 0);
    send_frames(dealer, FRAME_COUNT, 1);
    UNTIL(x.received == 1);
    assert_null(incoming_peer(x.last_from));
    incoming_set_peer(x.last_from, &gone);
    char address[TCP_ADDRESS_SIZE];
    assert_non_null(strstr(tcp_peer(incoming_fd(x.last_from), address, sizeof address), "127.0.0.1:"));
    incoming_close(x.last_from);
    assert_true(gone);
    UNTIL(zmq_send(dealer, "x", 1, ZMQ_DONTWAIT) > 0 && x.received >= 2); /* it has connected again */
    zmq_close(dealer);
}

static void test_closing_all_from_a_message(void **state)
{
    void *dealer = peer(ZMQ_DEALER, "tcp://127.0.0.1:6");
    x.closes = true;
    assert_int_equal(zmq_connect(dealer, x.endpoint), 0);
    for (int i = 0; i < 100; i++)
        send_frames(dealer, FRAME_COUNT, 1);
    UNTIL(!x.receiver);
    assert_int_equal(x.received, 1);
    assert_int_equal(x.closed, 1);
    zmq_close(dealer);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_messages_of_all_sizes),
        TEST(test_numbers_of_frames),
        TEST(test_two_of_one_name),
        TEST(test_a_router_knows_us_by_our_name),
        TEST(test_heartbeats_of_libzmq),
        TEST(test_others_are_closed),
        TEST(test_ending_one),
        TEST(test_closing_all_from_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
