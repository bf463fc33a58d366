/* params.c: texts of a request to typed parameters, also from bytes that nobody meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <strings.h>

#include "http/params.h"
#include "shapes.h"

typedef struct parameters {
    lymph_uuid id;
    int32_t count;
    const bool *full;
    const char *name, *key;
    lymph_decimal price;
    item body;
} parameters;

static const int32_t count_preset = 5;
static const lymph_type optional_bool = {
    .kind = LYMPH_KIND_OPTIONAL, .size = sizeof(bool *), .element = &lymph_type_bool};
static const lymph_field fields[] = {
    {.name = "id", .type = &lymph_type_uuid, .offset = offsetof(parameters, id)},
    {.name = "count",
     .type = &lymph_type_int32,
     .offset = offsetof(parameters, count),
     .preset = &count_preset,
     .flags = LYMPH_FIELD_MIN | LYMPH_FIELD_MAX,
     .min = 1,
     .max = 9},
    {.name = "full", .type = &optional_bool, .offset = offsetof(parameters, full)},
    {.name = "name", .type = &optional_string, .offset = offsetof(parameters, name)},
    {.name = "x_key", .type = &optional_string, .offset = offsetof(parameters, key)},
    {.name = "price", .type = &lymph_type_decimal, .offset = offsetof(parameters, price)},
    {.name = "body", .type = &item_type, .offset = offsetof(parameters, body)},
};
static const uint8_t sources[] = {LYMPH_HTTP_PATH,   LYMPH_HTTP_QUERY, LYMPH_HTTP_QUERY, LYMPH_HTTP_QUERY,
                                  LYMPH_HTTP_HEADER, LYMPH_HTTP_QUERY, LYMPH_HTTP_BODY};
static const lymph_record record = {.name = "X.y", .size = sizeof(parameters), .fields = fields, .field_count = 7};
static const lymph_http_route route = {.method = {.params = &record}, .path = "/{id}", .sources = sources};

static arena a;
static failure f;
static parameters p;

static int set_up(void **state)
{
    arena_init(&a);
    f = (failure){0};
    return 0;
}

static int tear_down(void **state)
{
    arena_done(&a);
    return 0;
}

static const char *header(const void *headers, const char *name)
{
    return strcasecmp(name, "X-Key") == 0 ? headers : NULL;
}

static lymph_status decode(const char *path, const char *query, const char *key, slice body)
{
    route_match m;
    assert_int_equal(router_find(&route, 1, "GET", path, &m), ROUTE_FOUND);
    const http_input in = {.match = &m, .query = query, .header = header, .headers = key, .body = body};
    return params_decode(&in, &a, &p, &f);
}

#define ID   "/00000000-0000-0000-0000-0000000000ff"
#define BODY slice_of("{\"sku\": \"s\", \"quantity\": 2}")

static void test_takes_all(void **state)
{
    assert_int_equal(decode(ID, "x=1&count=7&f%75ll=true&name=a%26b+c&price=1.50&price=9", "k", BODY), LYMPH_OK);
    assert_int_equal(p.id.bytes[15], 0xff);
    assert_int_equal(p.count, 7);
    assert_true(*p.full);
    assert_string_equal(p.name, "a&b c");
    assert_string_equal(p.key, "k");
    assert_string_equal(p.price.text, "1.50");
    assert_string_equal(p.body.sku, "s");
    assert_int_equal(p.body.quantity, 2);
}

static void test_what_is_absent(void **state)
{
    assert_int_equal(decode(ID, "price=1", NULL, BODY), LYMPH_OK);
    assert_int_equal(p.count, 5);
    assert_null(p.full);
    assert_null(p.name);
    assert_null(p.key);
    assert_int_equal(decode(ID, "price=1&name", NULL, BODY), LYMPH_OK);
    assert_string_equal(p.name, "");
}

static void assert_refused(const char *path, const char *query, slice body, const char *message)
{
    assert_int_equal(decode(path, query, NULL, body), LYMPH_EINVAL);
    assert_string_equal(f.message, message);
}

static void test_refuses(void **state)
{
    assert_refused(ID, NULL, BODY, "query parameter 'price': missing");
    assert_refused(ID, "", BODY, "query parameter 'price': missing");
    assert_refused(ID, "price=1&count=10", BODY, "query parameter 'count': expected an integer of 1 to 9");
    assert_refused(ID, "price=1&count=", BODY, "query parameter 'count': expected an integer of 1 to 9");
    assert_refused(ID, "price=1&name=%80", BODY, "query parameter 'name': this is no text in UTF-8");
    assert_refused(ID, "price=%", BODY, "query parameter 'price': a '%' is not followed by two hexadecimal digits");
    assert_refused(ID, "price=1", slice_of(""), "the body: missing");
    assert_int_equal(decode("/x", "price=1", NULL, BODY), LYMPH_EINVAL);
    assert_non_null(strstr(f.message, "path parameter 'id': expected"));
    assert_int_equal(decode(ID, "price=1", NULL, slice_of("{\"sku\": 7}")), LYMPH_EINVAL);
    assert_non_null(strstr(f.message, "sku"));
}

/* Either parameters that are whole, or a reason. */
static void test_any_bytes(void **state)
{
    static const char letters[] = "%=&+07aF{}\"\\[]:,.-/\x80\xc3\xa9 {\"sku\":\"";
    srand(7);
    for (int round = 0; round < 100000; round++) {
        char path[16] = "/", query[40] = "price=1&name=", *body = malloc(24);
        size_t sizes[] = {(size_t)rand() % 14 + 1, (size_t)rand() % 26, (size_t)rand() % 24};
        for (size_t i = 0; i < sizes[0]; i++) {
            char c = letters[(size_t)rand() % (sizeof letters - 1)];
            path[i + 1] = c == '/' ? 'x' : c;
        }
        path[sizes[0] + 1] = '\0';
        size_t begin = (size_t)rand() % 14;
        for (size_t i = 0; i < sizes[1]; i++)
            query[begin + i] = letters[(size_t)rand() % (sizeof letters - 1)];
        query[begin + sizes[1]] = '\0';
        for (size_t i = 0; i < sizes[2]; i++)
            body[i] = letters[(size_t)rand() % (sizeof letters - 1)];
        f = (failure){0};
        lymph_status st = decode(round % 4 ? ID : path, query, query, (slice){body, sizes[2]});
        assert_true(st == LYMPH_OK || (st == LYMPH_EINVAL && f.message[0]));
        if (!st)
            assert_true(p.count >= 1 && p.count <= 9 && p.price.text && p.body.sku);
        free(body);
        arena_reset(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_takes_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_absent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refuses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_any_bytes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
