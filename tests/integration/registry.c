/* registry.c: discovery's contract (registry/registry.h), the same cases on the embedded registry and on ZooKeeper. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "registry/registry.h"
#include "registry/zookeeper_client.h"

#define WAIT_US 10000000

typedef struct place {
    loop *loop;
    logger *log;
    config *config;
    registry *registry;
} place;

static char folder[] = "/tmp/lymph-registry-XXXXXX";

static registry *open_registry(const place *p)
{
    failure f = {0};
    registry *r = NULL;
    if (registry_open(p->loop, config_root(p->config), p->log, &r, &f))
        fail_msg("%s", f.message);
    return r;
}

static place *place_new(const char *text)
{
    failure f = {0};
    place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->loop = loop_new(0);
    assert_int_equal(log_open(NULL, "CRITICAL", &p->log, &f), LYMPH_OK);
    assert_int_equal(config_load_text(text, strlen(text), "test", &p->config, &f), LYMPH_OK);
    return p;
}

static void place_free(place *p)
{
    registry_close(p->registry);
    assert_int_equal(loop_fibers(p->loop), 0);
    loop_free(p->loop);
    config_free(p->config);
    log_close(p->log);
    free(p);
}

static int local(void **state)
{
    char text[200];
    snprintf(text, sizeof text, "{class: local, path: '%s'}", folder);
    place *p = *state = place_new(text);
    p->registry = open_registry(p);
    return 0;
}

/* Each test has a chroot of its own below one that is removed at the end. */
static int zookeeper(void **state)
{
    static int number;
    char text[200];
    snprintf(text, sizeof text, "{class: zookeeper, hosts: ['%s/registry-test-%d/%d']}", getenv("LYMPH_TEST_ZOOKEEPER"),
             (int)getpid(), number++);
    place *p = *state = place_new(text);
    p->registry = open_registry(p);
    return 0;
}

static int leave(void **state)
{
    place_free(*state);
    return 0;
}

static void step(place *p)
{
    waiter w = WAITER_INIT;
    (void)loop_wait(p->loop, &w, clock_now_us() + 5000);
}

static service *look_up(registry *r, const char *name)
{
    failure f = {0};
    service *s = NULL;
    if (registry_lookup(r, name, WAIT_FOREVER, &s, &f))
        fail_msg("%s", f.message);
    return s;
}

static void wait_for_count(place *p, const service *s, size_t count)
{
    int64_t deadline = clock_now_us() + WAIT_US;
    while (s->count != count && clock_now_us() < deadline)
        step(p);
    assert_int_equal(s->count, count);
}

static void add(registry *r, const char *name, const char *id, const char *json)
{
    failure f = {0};
    if (registry_add(r, name, id, json, &f))
        fail_msg("%s", f.message);
}

static const char one[] =
    "{\"endpoint\": \"tcp://127.0.0.1:40001\", \"version\": \"1.2.3\", \"identity\": \"me\", \"more\": [1]}";
static const char two[] = "{\"endpoint\": \"tcp://127.0.0.1:40002\"}";

static void added_and_removed(void **state)
{
    place *p = *state;
    registry *r = p->registry;
    failure f = {0};
    service *s = NULL;
    assert_int_equal(registry_lookup(r, "Unknown", WAIT_FOREVER, &s, &f), LYMPH_ELOOKUP);
    assert_null(s);
    assert_int_equal(registry_lookup(r, "Unknown", WAIT_FOREVER, &s, &f), LYMPH_ELOOKUP);
    add(r, "Shop", "b", one);
    s = look_up(r, "Shop");
    assert_int_equal(s->count, 1);
    assert_string_equal(s->instances[0]->id, "b");
    assert_string_equal(s->instances[0]->endpoint, "tcp://127.0.0.1:40001");
    assert_string_equal(s->instances[0]->version, "1.2.3");
    assert_string_equal(s->instances[0]->identity, "me");
    assert_string_equal(s->instances[0]->json, one);
    add(r, "Shop", "a", two);
    wait_for_count(p, s, 2);
    assert_string_equal(s->instances[0]->id, "a"); /* sorted */
    assert_null(s->instances[0]->version);
    assert_int_equal(strlen(s->instances[0]->identity), 32); /* made of the endpoint */
    add(r, "Shop", "a", one);                                /* once more: replaced */
    int64_t deadline = clock_now_us() + WAIT_US;
    while (!s->instances[0]->version && clock_now_us() < deadline)
        step(p);
    assert_int_equal(s->count, 2);
    assert_non_null(s->instances[0]->version);
    assert_int_equal(registry_remove_all(r, clock_now_us() + WAIT_US, &f), LYMPH_OK);
    wait_for_count(p, s, 0);
    assert_true(s->known);
    assert_ptr_equal(look_up(r, "Shop"), s); /* known, but nobody there */
}

static void seen_by_others(void **state)
{
    place *p = *state;
    add(p->registry, "Shop", "a", one);
    registry *other = open_registry(p);
    service *s = look_up(other, "Shop");
    assert_int_equal(s->count, 1);
    unsigned generation = s->generation;
    add(p->registry, "Shop", "b", two);
    wait_for_count(p, s, 2);
    assert_true(s->generation > generation);
    failure f = {0};
    assert_int_equal(registry_remove_all(p->registry, clock_now_us() + WAIT_US, &f), LYMPH_OK);
    wait_for_count(p, s, 0);
    registry_close(other);
}

static void names(void **state)
{
    place *p = *state;
    add(p->registry, "Zoo", "1", one);
    add(p->registry, "Ant", "2", one);
    add(p->registry, "Zoo", "3", two);
    arena a;
    arena_init(&a);
    lymph_string_list list;
    failure f = {0};
    assert_int_equal(registry_names(p->registry, &a, &list, &f), LYMPH_OK);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0], "Ant");
    assert_string_equal(list.items[1], "Zoo");
    arena_done(&a);
}

static void bad_names(void **state)
{
    place *p = *state;
    char too_long[300];
    memset(too_long, 'x', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    const char *const bad[] = {"", "a/b", "/", ".", "..", too_long};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        failure f = {0};
        service *s;
        assert_int_equal(registry_lookup(p->registry, bad[i], WAIT_FOREVER, &s, &f), LYMPH_EINVAL);
        assert_int_equal(registry_add(p->registry, bad[i], "id", one, &f), LYMPH_EINVAL);
    }
}

static void empty_namespace(void **state)
{
    place *p = *state;
    arena a;
    arena_init(&a);
    lymph_string_list list = {NULL, 9};
    failure f = {0};
    assert_int_equal(registry_names(p->registry, &a, &list, &f), LYMPH_OK);
    assert_int_equal(list.count, 0);
    arena_done(&a);
}

/* ---- what only ZooKeeper has ---- */

typedef struct looking {
    registry *registry;
    int64_t deadline_us; /* 0: none */
    lymph_status status;
    bool done;
} looking;

static void look(void *arg)
{
    looking *l = arg;
    failure f = {0};
    service *s;
    l->status = registry_lookup(l->registry, "Shop", l->deadline_us ? l->deadline_us : WAIT_FOREVER, &s, &f);
    l->done = true;
}

/* Stopped while look-ups wait for a server that is not there: all end at once. */
static void stopped_while_waiting(void **state)
{
    place *p = place_new("{class: zookeeper, hosts: '127.0.0.1:1', timeout: 60}");
    p->registry = open_registry(p);
    looking l[3];
    for (int i = 0; i < 3; i++) {
        l[i] = (looking){.registry = p->registry};
        assert_int_equal(loop_spawn(p->loop, look, &l[i]), LYMPH_OK);
        assert_false(l[i].done);
    }
    step(p);
    int64_t began = clock_now_us();
    registry_stop(p->registry);
    while (loop_fibers(p->loop) && clock_now_us() < began + WAIT_US)
        step(p);
    for (int i = 0; i < 3; i++) {
        assert_true(l[i].done);
        assert_int_equal(l[i].status, LYMPH_ECANCELED);
    }
    failure f = {0};
    service *s;
    assert_int_equal(registry_lookup(p->registry, "Other", WAIT_FOREVER, &s, &f), LYMPH_ECANCELED);
    place_free(p);
    assert_true(clock_now_us() - began < 5000000);
}

/* Stopped while answers are on their way: all waiters end. */
static void stopped_with_answers_on_their_way(void **state)
{
    for (int round = 0; round < 20; round++) {
        zookeeper(state);
        place *p = *state;
        add(p->registry, "Shop", "a", one);
        looking l[5];
        for (int i = 0; i < 5; i++) {
            l[i] = (looking){.registry = p->registry};
            assert_int_equal(loop_spawn(p->loop, look, &l[i]), LYMPH_OK);
        }
        registry_stop(p->registry);
        while (loop_fibers(p->loop))
            step(p);
        for (int i = 0; i < 5; i++)
            assert_true(l[i].done && (l[i].status == LYMPH_ECANCELED || l[i].status == LYMPH_OK));
        place_free(p);
    }
}

static void wrong_configuration(void **state)
{
    static const struct {
        const char *text, *message;
    } table[] = {
        {"{class: etcd}", "test:1:9: there is no registry 'etcd'; there are 'local' and 'zookeeper'"},
        {"{class: zookeeper, hosts: {a: b}}",
         "test:1:27: hosts: a list of at least 1 items is expected, not a section"},
        {"{class: zookeeper, zkclient: 'dep:zk'}", "test:1:30: zkclient: a section is expected, not 'dep:zk'"},
        {"{class: zookeeper, timeout: soon}", "test:1:29: timeout: a number of 0 to 3600 is expected, not 'soon'"},
        {"{class: zookeeper, session_timeout: 3601}", "session_timeout: a number of 0 to 3600 is expected, not '3601'"},
        {"{class: local, cluster: 'a/b'}", "'a/b' cannot name a cluster"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        place *p = place_new(table[i].text);
        failure f = {0};
        registry *r = NULL;
        assert_int_equal(registry_open(p->loop, config_root(p->config), p->log, &r, &f), LYMPH_ECONFIG);
        if (!strstr(f.message, table[i].message))
            fail_msg("'%s' should hold '%s'", f.message, table[i].message);
        place_free(p);
    }
}

static int make_folder(void **state)
{
    return mkdtemp(folder) ? 0 : -1;
}

static void nothing(void *arg)
{
}

static void ignored(void *arg, const char *path)
{
}

static void remove_nodes(zk_client *c, arena *a, const char *path)
{
    zk_strings children;
    if (zk_children(c, path, false, a, &children, NULL))
        return;
    for (size_t i = 0; i < children.count; i++)
        remove_nodes(c, a, arena_printf(a, "%s/%s", path, children.items[i]));
    (void)zk_delete(c, path, NULL);
}

static int clean_up(void **state)
{
    char path[64], command[200];
    snprintf(path, sizeof path, "/registry-test-%d", (int)getpid());
    place *p = place_new("{}");
    const zk_client_options o = {.hosts = getenv("LYMPH_TEST_ZOOKEEPER"),
                                 .timeout_us = WAIT_US,
                                 .session_ms = 10000,
                                 .node_changed = ignored,
                                 .session_began = nothing};
    zk_client *c;
    arena a;
    arena_init(&a);
    assert_int_equal(zk_client_open(p->loop, &o, p->log, &c, NULL), LYMPH_OK);
    remove_nodes(c, &a, path);
    zk_client_close(c);
    arena_done(&a);
    place_free(p);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

#define ON(test, where)                                                                                                \
    {                                                                                                                  \
#test "_" #where, test, where, leave, NULL                                                                     \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON(empty_namespace, local),
        ON(empty_namespace, zookeeper),
        ON(added_and_removed, local),
        ON(added_and_removed, zookeeper),
        ON(seen_by_others, local),
        ON(seen_by_others, zookeeper),
        ON(names, zookeeper),
        ON(bad_names, local),
        ON(bad_names, zookeeper),
        cmocka_unit_test(stopped_while_waiting),
        cmocka_unit_test(stopped_with_answers_on_their_way),
        cmocka_unit_test(wrong_configuration),
    };
    return cmocka_run_group_tests(tests, make_folder, clean_up);
}
