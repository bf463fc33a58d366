/* interfaces.c: what may be installed beside what, and which method serves which request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include <lymph/version.h>

#include "server/interfaces.h"

static const lymph_method methods[] = {{.name = "get", .subject = "Shop.get"}, {.name = "put", .subject = "Shop.put"}};
static const lymph_interface_desc shop = {.abi = LYMPH_ABI, .name = "Shop", .methods = methods, .method_count = 2};
static const lymph_interface_desc versioned = {
    .abi = LYMPH_ABI, .name = "Shop", .version = "1.9.0", .methods = methods, .method_count = 2};

static interfaces all;
static failure f;

static int set_up(void **state)
{
    all = (interfaces){0};
    f = (failure){0};
    return 0;
}

static int tear_down(void **state)
{
    interfaces_done(&all);
    return 0;
}

static lymph_status add(const lymph_interface_desc *desc, const char *name, const char *version)
{
    return interfaces_add(&all, desc, NULL, name, version, false, &f);
}

static const served_method *find(const char *subject, const char *version)
{
    return interfaces_find(&all, (slice){subject, strlen(subject)}, (slice){version, strlen(version)});
}

static const char *version_found(const char *subject, const char *version)
{
    const served_method *s = find(subject, version);
    return !s ? "nothing" : s->interface->version ? s->interface->version : "unversioned";
}

static void test_every_method_is_found_by_its_subject(void **state)
{
    assert_int_equal(add(&shop, NULL, NULL), LYMPH_OK);
    assert_int_equal(add(&shop, "Market.Hall", NULL), LYMPH_OK);
    assert_ptr_equal(find("Shop.get", "")->method, &methods[0]);
    assert_ptr_equal(find("Shop.put", "")->method, &methods[1]);
    assert_ptr_equal(find("Market.Hall.put", "")->method, &methods[1]);
    assert_string_equal(find("Market.Hall.put", "")->interface->name, "Market.Hall");
    const char *nobody[] = {"Shop.ge", "Shop.gett", "Shop.", "Shop", "", "shop.get", "Market.get"};
    for (size_t i = 0; i < sizeof nobody / sizeof *nobody; i++)
        assert_null(find(nobody[i], ""));
}

static void test_which_version(void **state)
{
    assert_int_equal(add(&versioned, NULL, NULL), LYMPH_OK);
    assert_int_equal(add(&versioned, NULL, "1.10.0"), LYMPH_OK);
    assert_int_equal(add(&versioned, NULL, "1.2.0"), LYMPH_OK);
    assert_string_equal(version_found("Shop.get", ""), "1.10.0"); /* the latest, by number */
    assert_string_equal(version_found("Shop.get", "1.9.0"), "1.9.0");
    assert_string_equal(version_found("Shop.get", "1.2.0"), "1.2.0");
    assert_string_equal(version_found("Shop.get", "1.2"), "nothing");
    assert_string_equal(version_found("Shop.get", "1.10.00"), "nothing");
    assert_int_equal(add(&shop, NULL, NULL), LYMPH_OK);
    assert_string_equal(version_found("Shop.get", ""), "unversioned"); /* before all versions */
    assert_string_equal(version_found("Shop.get", "1.10.0"), "1.10.0");
    assert_string_equal(version_found("Shop.get", "2.0.0"), "nothing");
}

static void test_the_builtin_one_answers_every_version_and_keeps_its_name(void **state)
{
    assert_int_equal(interfaces_add(&all, &versioned, NULL, "lymph", "0.1.0", true, &f), LYMPH_OK);
    assert_non_null(find("lymph.get", "7.7.7"));
    assert_non_null(find("lymph.get", ""));
    assert_int_equal(add(&shop, "lymph", "2.0.0"), LYMPH_EINVAL);
    assert_string_equal(f.message, "'lymph' is the built-in interface that every instance has already");
}

static void test_installed_twice(void **state)
{
    assert_int_equal(add(&shop, NULL, NULL), LYMPH_OK);
    assert_int_equal(add(&shop, NULL, NULL), LYMPH_EINVAL);
    assert_string_equal(f.message, "Shop is installed twice");
    assert_int_equal(add(&shop, NULL, "1.0.0"), LYMPH_OK);
    assert_int_equal(add(&shop, NULL, "1.0.0"), LYMPH_EINVAL);
    assert_string_equal(f.message, "Shop@1.0.0 is installed twice");
    assert_ptr_equal(all.first->next->next, NULL); /* what was refused is not there */
}

static void test_names_and_versions_that_cannot_be(void **state)
{
    char longest[202];
    memset(longest, 'a', 201);
    longest[201] = '\0';
    const char *names[] = {"", ".", "..", "a/b", "a@b", "a\nb", "\xff", "\xe2\x80\xae", longest};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(add(&shop, names[i], NULL), LYMPH_EINVAL);
    longest[200] = '\0';
    assert_int_equal(add(&shop, longest, NULL), LYMPH_OK);
    const char *versions[] = {"", "1", "1.2", "x", "1.2.3.4", "-1.0.0"};
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        assert_int_equal(add(&shop, NULL, versions[i]), LYMPH_EINVAL);
    assert_ptr_equal(all.first->next, NULL);
}

static void test_another_abi(void **state)
{
    lymph_interface_desc other = shop;
    other.abi = LYMPH_ABI + 1;
    assert_int_equal(add(&other, NULL, NULL), LYMPH_EINVAL);
    assert_non_null(strstr(f.message, "run lymphc on its file again"));
    assert_null(all.first);
}

static void handler(void)
{
}

static void test_handlers_that_are_left_out(void **state)
{
    const struct {
        void (*first)(void), (*second)(void);
    } handlers = {NULL, handler};
    assert_false(handler_exists(&handlers, 0));
    assert_true(handler_exists(&handlers, sizeof handlers.first));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_every_method_is_found_by_its_subject),
        TEST(test_which_version),
        TEST(test_the_builtin_one_answers_every_version_and_keeps_its_name),
        TEST(test_installed_twice),
        TEST(test_names_and_versions_that_cannot_be),
        TEST(test_another_abi),
        TEST(test_handlers_that_are_left_out),
    };
    return cmocka_run_group_tests_name("interfaces", tests, NULL, NULL);
}
