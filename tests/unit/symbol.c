/* symbol.c: what is data, how much of it, and whether it can be a table of handlers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <stdio.h>

#include "container/symbol.h"

typedef struct table_of_handlers {
    void (*get)(void), (*on_event)(void), (*on_start)(void), (*on_stop)(void);
} table_of_handlers;

static const lymph_method methods[] = {{.name = "get", .handler = offsetof(table_of_handlers, get)}};
static const lymph_subscription subscriptions[] = {{.name = "on", .handler = offsetof(table_of_handlers, on_event)}};
static const lymph_interface_desc desc = {
    .methods = methods,
    .method_count = 1,
    .subscriptions = subscriptions,
    .subscription_count = 1,
    .on_start = offsetof(table_of_handlers, on_start),
    .on_stop = offsetof(table_of_handlers, on_stop),
};

static void handler(void)
{
}

static void test_what_is_data(void **state)
{
    void *libm = dlopen("libm.so.6", RTLD_NOW);
    assert_non_null(libm);
    const char *variable = dlsym(libm, "signgam");
    assert_non_null(variable);
    assert_int_equal(symbol_size(variable), sizeof(int));
    assert_int_equal(symbol_size(variable + 1), 0); /* inside of it begins nothing */
    assert_int_equal(symbol_size(dlsym(libm, "cbrt")), 0);
    assert_int_equal(symbol_size(dlsym(libm, "log")), 0); /* one of several, chosen for this processor */
    assert_int_equal(symbol_size(NULL), 0);
    char here;
    assert_int_equal(symbol_size(&here), 0);
    dlclose(libm);
}

static void test_functions_or_null_are_a_table(void **state)
{
    const table_of_handlers none = {0}, all = {handler, handler, handler, handler};
    assert_true(symbol_fits(&none, sizeof none, &desc));
    assert_true(symbol_fits(&all, sizeof all, &desc));
    assert_true(symbol_fits(&all, sizeof all + 32, &desc)); /* as clang's sanitizer pads it */
    table_of_handlers library = {0};
    *(void **)&library.get = dlsym(RTLD_DEFAULT, "puts");
    assert_true(symbol_fits(&library, sizeof library, &desc));
}

static void test_each_entry_is_looked_at(void **state)
{
    static int data;
    char stack;
    void *wrong[] = {&data, &stack, (void *)8, (void *)-1};
    for (size_t n = 0; n < sizeof(table_of_handlers) / sizeof(void *); n++) {
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            union {
                table_of_handlers table;
                void *entries[4];
            } t = {.table = {handler, handler, handler, handler}};
            t.entries[n] = wrong[i];
            assert_false(symbol_fits(&t, sizeof t, &desc));
        }
    }
}

static void test_what_is_too_short(void **state)
{
    const table_of_handlers all = {handler, handler, handler, handler};
    for (size_t size = 0; size < sizeof all; size++)
        assert_false(symbol_fits(&all, size, &desc));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_data),
        cmocka_unit_test(test_functions_or_null_are_a_table),
        cmocka_unit_test(test_each_entry_is_looked_at),
        cmocka_unit_test(test_what_is_too_short),
    };
    return cmocka_run_group_tests_name("symbol", tests, NULL, NULL);
}
