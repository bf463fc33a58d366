/* zookeeper_hosts.c: the lists of hosts that kazoo takes (kazoo.hosts.collect_hosts). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "registry/zookeeper_hosts.h"

static void parsed(void **state)
{
    static const struct {
        const char *in, *text, *root;
        size_t count;
    } table[] = {
        {"zk", "zk:2181", NULL, 1},
        {"zk:2182", "zk:2182", NULL, 1},
        {"zk1,zk2:2182", "zk1:2181,zk2:2182", NULL, 2},
        {" zk1 , zk2:2182 ", "zk1:2181,zk2:2182", NULL, 2},
        {"zk1,zk2/shop", "zk1:2181,zk2:2181", "/shop", 2},
        {"zk/shop/lymph", "zk:2181", "/shop/lymph", 1},
        {"zk/shop/ ", "zk:2181", "/shop", 1},
        {"zk/", "zk:2181", NULL, 1},
        {"127.0.0.1:65535", "127.0.0.1:65535", NULL, 1},
        {"[::1]:2183,[fe80::1],::2/x", "[::1]:2183,[fe80::1]:2181,[::2]:2181", "/x", 3},
        {"a,b,c,d", "a:2181,b:2181,c:2181,d:2181", NULL, 4},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        arena a;
        arena_init(&a);
        failure f = {0};
        zk_hosts hosts;
        if (zk_hosts_parse(&a, table[i].in, &hosts, &f))
            fail_msg("'%s': %s", table[i].in, f.message);
        assert_string_equal(hosts.text, table[i].text);
        assert_int_equal(hosts.count, table[i].count);
        if (table[i].root)
            assert_string_equal(hosts.root, table[i].root);
        else
            assert_null(hosts.root);
        arena_done(&a);
    }
}

static void names_and_ports(void **state)
{
    arena a;
    arena_init(&a);
    failure f = {0};
    zk_hosts hosts;
    assert_int_equal(zk_hosts_parse(&a, "zk1,[::1]:2183", &hosts, &f), LYMPH_OK);
    assert_string_equal(hosts.items[0].name, "zk1");
    assert_string_equal(hosts.items[0].port, "2181");
    assert_string_equal(hosts.items[1].name, "::1");
    assert_string_equal(hosts.items[1].port, "2183");
    arena_done(&a);
}

static void refused(void **state)
{
    static const struct {
        const char *in, *message;
    } table[] = {
        {"", "a host is empty"},
        {"/shop", "a host is empty"},
        {"zk1,,zk2", "a host is empty"},
        {"zk1,", "a host is empty"},
        {":2181", "':2181' is no host"},
        {"[]:2181", "'[]:2181' is no host"},
        {"[::1", "'[::1' is no host"},
        {"[::1]2181", "'[::1]2181' is no host"},
        {"zk1,zk2:port", "'zk2:port': the port is a number from 1 to 65535"},
        {"zk:", "'zk:': the port is"},
        {"zk:0", "'zk:0': the port is"},
        {"zk:65536", "'zk:65536': the port is"},
        {"zk:99999999999999999999", "the port is"},
        {"zk1/shop,zk2/shop", "'/shop,zk2/shop' is no chroot"},
        {"zk//shop", "'//shop' is no chroot"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        arena a;
        arena_init(&a);
        failure f = {0};
        zk_hosts hosts;
        if (zk_hosts_parse(&a, table[i].in, &hosts, &f) != LYMPH_ECONFIG)
            fail_msg("'%s' is accepted", table[i].in);
        if (!strstr(f.message, table[i].message))
            fail_msg("'%s': '%s' should hold '%s'", table[i].in, f.message, table[i].message);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parsed), cmocka_unit_test(names_and_ports),
                                       cmocka_unit_test(refused)};
    return cmocka_run_group_tests_name("zookeeper_hosts", tests, NULL, NULL);
}
