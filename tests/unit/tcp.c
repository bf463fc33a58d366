/* tcp.c: the port that connections come from, and which descriptors are connections to ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
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

static void test_which_are_connections_to_ours(void **state)
{
    uint16_t port, other, source;
    int kept = tcp_reserve(&source), l = listener(&port), l2 = listener(&other), pipes[2];
    int out = connected(source, port), in = accept(l, NULL, NULL);
    assert_true(tcp_accepted(in, port));
    assert_false(tcp_accepted(in, other));
    assert_false(tcp_accepted(out, port));
    assert_false(tcp_accepted(l, port));
    assert_int_equal(pipe(pipes), 0);
    assert_false(tcp_accepted(pipes[0], port));
    assert_int_equal(tcp_unanswered(in), 0);
    int all[] = {kept, l, l2, out, in, pipes[0], pipes[1]};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        close(all[i]);
    assert_false(tcp_accepted(in, port));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_port_for_all_that_go_out),
        cmocka_unit_test(test_which_are_connections_to_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
