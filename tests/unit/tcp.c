/* tcp.c: the port that connections come from, listening, and what is asked of the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rpc/tcp.h"

static int listener(uint16_t *port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    assert_int_equal(bind(fd, (struct sockaddr *)&a, size), 0);
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &size), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

static int connected(uint16_t from, uint16_t to)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    struct sockaddr_in source = {.sin_family = AF_INET, .sin_port = htons(from)};
    struct sockaddr_in target = {
        .sin_family = AF_INET, .sin_port = htons(to), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&source, sizeof source), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&target, sizeof target), 0);
    return fd;
}

static void test_one_port_for_all_that_go_out(void **state)
{
    uint16_t source = 0, ports[2];
    int kept = tcp_reserve(&source);
    assert_true(kept >= 0);
    assert_true(source > 0);
    int listeners[2] = {listener(&ports[0]), listener(&ports[1])};
    int first = connected(source, ports[0]), second = connected(source, ports[1]);
    int in = accept(listeners[0], NULL, NULL);
    close(first);
    close(in);
    first = connected(source, ports[0]); /* again, at once */
    int all[] = {kept, listeners[0], listeners[1], first, second};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        close(all[i]);
}

static void test_listening(void **state)
{
    static const char *const ips[] = {"127.0.0.1", "::1"};
    for (int i = 0; i < 2; i++) {
        struct sockaddr_storage a;
        socklen_t size = sizeof a;
        int fd = tcp_listen(ips[i], 0, 5);
        assert_true(fd >= 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &size), 0);
        uint16_t port = ntohs(((struct sockaddr_in *)&a)->sin_port); /* both kinds have it there */
        assert_int_equal(tcp_listen(ips[i], port, 5), -1);
        assert_int_equal(errno, EADDRINUSE);
        close(fd);
    }
    assert_int_equal(tcp_listen("192.0.2.1", 0, 5), -1);
    assert_int_equal(errno, EADDRNOTAVAIL);
    assert_int_equal(tcp_listen("localhost", 0, 5), -1);
    assert_int_equal(errno, EINVAL);
}

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    assert_int_equal(getsockopt(fd, level, name, &value, &size), 0);
    return value;
}

static void test_what_peers_make(void **state)
{
    uint16_t port, source;
    int kept = tcp_reserve(&source), l = listener(&port);
    int out = connected(source, port), in = accept(l, NULL, NULL);
    tcp_prepare(in);
    assert_int_equal(option(in, IPPROTO_TCP, TCP_NODELAY), 1);
    assert_int_equal(option(in, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_int_equal(option(in, IPPROTO_TCP, TCP_KEEPIDLE), 1);
    assert_int_equal(option(in, IPPROTO_TCP, TCP_KEEPINTVL), 1);
    assert_int_equal(option(in, IPPROTO_TCP, TCP_KEEPCNT), 60);
    assert_int_equal(tcp_unanswered(in), 0);
    char expected[64], address[TCP_ADDRESS_SIZE];
    snprintf(expected, sizeof expected, "127.0.0.1:%u", source);
    assert_string_equal(tcp_peer(in, address, sizeof address), expected);
    assert_string_equal(tcp_peer(l, address, sizeof address), "a peer that is gone");
    int all[] = {kept, l, out, in};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        close(all[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_port_for_all_that_go_out),
        cmocka_unit_test(test_listening),
        cmocka_unit_test(test_what_peers_make),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
