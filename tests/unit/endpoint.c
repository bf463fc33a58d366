/* endpoint.c: what we would connect to, and what we would not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "rpc/endpoint.h"

static int valid(const char *text)
{
    return endpoint_valid(text, strlen(text));
}

static void test_endpoints(void **state)
{
    assert_true(valid("tcp://127.0.0.1:40001"));
    assert_true(valid("tcp://a-host.example.org:1"));
    assert_true(valid("tcp://[::1]:65535"));
    assert_true(valid("tcp://[fe80::1%eth0]:80"));
}

static void test_everything_else(void **state)
{
    static const char *const bad[] = {"",
                                      "foo",
                                      "tcp://",
                                      "tcp://:1",
                                      "tcp://h",
                                      "tcp://h:",
                                      "tcp://h:0",
                                      "tcp://h:65536",
                                      "tcp://h:123456",
                                      "tcp://h:1x",
                                      "ipc:///tmp/x",
                                      "tcp://h:1 ",
                                      "tcp://h;x:1",
                                      "tcp://[::1:1",
                                      "tcp://[]:1",
                                      "tcp://h:1/",
                                      "tcp://*:1",
                                      "tcp://300.1.1.1:5",
                                      "tcp://1.2.3:5",
                                      "tcp://1234567890.1234567890:5",
                                      "inproc://x",
                                      "TCP://h:1",
                                      "tcp://h\n:1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(valid(bad[i]));
    assert_false(endpoint_valid("tcp://h:1\0", 10));
    char lengthy[300] = "tcp://";
    memset(lengthy + 6, 'a', 260);
    strcpy(lengthy + 266, ":1");
    assert_false(valid(lengthy));
}

static void test_addresses_in_numbers(void **state)
{
    static const char *const good[] = {"tcp://127.0.0.1:1", "tcp://[::1]:40001", "tcp://10.20.30.40:65535"};
    static const char *const bad[] = {"tcp://localhost:1", "tcp://256.1.1.1:1", "tcp://1.2.3:1",     "tcp://[fe80]:1",
                                      "tcp://[::1%lo]:1",  "tcp://::1:1",       "tcp://a.example:80"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(endpoint_numeric(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(endpoint_numeric(bad[i], strlen(bad[i])));
    struct sockaddr_storage out;
    socklen_t size;
    char text[INET6_ADDRSTRLEN];
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&out;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&out;
    assert_true(endpoint_address("tcp://10.20.30.40:65535", 23, &out, &size));
    assert_int_equal(size, sizeof *v4);
    assert_int_equal(ntohs(v4->sin_port), 65535);
    assert_string_equal(inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text), "10.20.30.40");
    assert_true(endpoint_address("tcp://[fe80::1]:40001", 21, &out, &size));
    assert_int_equal(size, sizeof *v6);
    assert_int_equal(ntohs(v6->sin6_port), 40001);
    assert_string_equal(inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text), "fe80::1");
}

static void test_hosts(void **state)
{
    static const char *const pairs[][2] = {
        {"tcp://localhost:1", "localhost"}, {"tcp://[::1%lo]:7", "::1%lo"}, {"tcp://10.0.0.1:65535", "10.0.0.1"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        slice host = endpoint_host(pairs[i][0]);
        assert_int_equal(host.size, strlen(pairs[i][1]));
        assert_memory_equal(host.at, pairs[i][1], host.size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_in_numbers),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_endpoints),
        cmocka_unit_test(test_everything_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
