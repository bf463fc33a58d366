/* router.c: which route a path takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/router.h"

static const lymph_http_route routes[] = {
    {.verb = "GET", .path = "/"},
    {.verb = "GET", .path = "/orders/{id}"},
    {.verb = "GET", .path = "/orders/new"},
    {.verb = "POST", .path = "/orders/{id}"},
    {.path = "/orders/{id}/items/{item}"},
    {.verb = "GET", .path = "/files/{path...}"},
    {.verb = "GET", .path = "/files/{name}/info"},
    {.path = "/any/"},
    {.verb = "GET", .path = "/any/"},
    {.verb = "HEAD", .path = "/head"},
    {.verb = "GET", .path = "/head"},
};
#define COUNT (sizeof routes / sizeof *routes)

static route_match m;

static long find(const char *verb, const char *path)
{
    route_answer answer = router_find(routes, COUNT, verb, path, &m);
    return answer == ROUTE_FOUND ? m.route - routes : -(long)answer;
}

static void assert_param(size_t i, const char *name, const char *text)
{
    assert_true(i < m.count);
    assert_int_equal(m.params[i].name.size, strlen(name));
    assert_memory_equal(m.params[i].name.at, name, strlen(name));
    assert_int_equal(m.params[i].text.size, strlen(text));
    assert_memory_equal(m.params[i].text.at, text, strlen(text));
}

static void test_finds(void **state)
{
    assert_int_equal(find("GET", "/"), 0);
    assert_int_equal(find("GET", "/orders/7"), 1);
    assert_int_equal(m.count, 1);
    assert_param(0, "id", "7");
    assert_int_equal(find("PATCH", "/orders/a%2Fb/items/c"), 4);
    assert_param(0, "id", "a%2Fb");
    assert_param(1, "item", "c");
    assert_int_equal(find("GET", "/files/a/b/c"), 5);
    assert_param(0, "path", "a/b/c");
    assert_int_equal(find("GET", "/files/"), 5);
    assert_param(0, "path", "");
}

static void test_the_nearest_wins(void **state)
{
    assert_int_equal(find("GET", "/orders/new"), 2);
    assert_int_equal(find("POST", "/orders/new"), 3);
    assert_int_equal(find("GET", "/orders/n%65w"), 2);
    assert_int_equal(find("GET", "/files/x/info"), 6);
    assert_int_equal(find("GET", "/any/"), 8);
    assert_int_equal(find("PUT", "/any/"), 7);
}

static void test_head_is_get_without_one_of_its_own(void **state)
{
    assert_int_equal(find("HEAD", "/orders/7"), 1);
    assert_int_equal(find("HEAD", "/head"), 9);
}

static void test_finds_nothing(void **state)
{
    assert_int_equal(find("GET", "/orders//items/1"), -ROUTE_UNKNOWN);
    assert_int_equal(find("GET", "/nope"), -ROUTE_UNKNOWN);
    assert_int_equal(find("GET", "/orders"), -ROUTE_UNKNOWN);
    assert_int_equal(find("GET", "/orders/n%6"), 1); /* no escape: the parameter's text is refused later */
    assert_int_equal(find("GET", "/any"), -ROUTE_SLASH);
    assert_int_equal(find("GET", "/orders/7/"), -ROUTE_SLASH);
    assert_int_equal(find("DELETE", "/orders/7"), -ROUTE_VERB);
}

static void test_allowed(void **state)
{
    char out[ROUTER_ALLOW_MAX];
    router_allowed(routes, COUNT, "/orders/7", out);
    assert_string_equal(out, "GET, HEAD, POST");
    router_allowed(routes, COUNT, "/any/", out);
    assert_string_equal(out, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    router_allowed(routes, COUNT, "/nope", out);
    assert_string_equal(out, "");
}

static void test_unescape(void **state)
{
    char out[20];
    assert_int_equal(router_unescape(slice_of("a%20b+c%C3%a9"), false, out), 7);
    assert_string_equal(out, "a b+c\xc3\xa9");
    assert_int_equal(router_unescape(slice_of("a+b"), true, out), 3);
    assert_string_equal(out, "a b");
    assert_int_equal(router_unescape(slice_of("%00"), false, out), 1);
    assert_int_equal(router_unescape(slice_of("%"), false, out), -1);
    assert_int_equal(router_unescape(slice_of("%1"), false, out), -1);
    assert_int_equal(router_unescape(slice_of("%1g"), false, out), -1);
    assert_int_equal(router_unescape((slice){"%41", 2}, false, out), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds),
        cmocka_unit_test(test_the_nearest_wins),
        cmocka_unit_test(test_head_is_get_without_one_of_its_own),
        cmocka_unit_test(test_finds_nothing),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_unescape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
