/* identity.c: the names under which the original registers, captured from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "registry/identity.h"

static const char process[] = "bb9405f7bd8573184f3893e16b3f4493";

static void of_endpoint(void **state)
{
    identity id;
    identity_of_endpoint("tcp://127.0.0.1:40001", id);
    assert_string_equal(id, process);
    identity_of_endpoint("mock://127.0.0.1:1", id);
    assert_string_equal(id, "52d967815c003dd3cd5c492971508657");
}

static void of_interface(void **state)
{
    static const struct {
        const char *name, *version;
        int builtin;
        const char *id;
    } table[] = {
        {"Plain", NULL, 0, "b4090e514c14c554d67291b32922494f"},
        {"Golden", "1.2.3", 0, "0bb1f7d41feac880e7a336295276cd80"},
        {"lymph", "0.16.0-dev", 1, "2917aa01fc286e3f6f899206bcbb0692"},
        {"Jobs.worker", NULL, 0, "7f8c9b745dba44d50104239f1ed83c6a"},
        {"Gr\u00fc\u00dfe", NULL, 0, "b89a47d93f8ec94895de5c9acfa5658a"},
        {"it's", NULL, 0, "949302ae56337f891181647a664dad95"},
        {"x", "1.0.0-rc.1+build.5", 0, "96b93f1b7ac8daecfdc3ce675b0a0300"},
        {"x", "1.0.0", 0, "ec8c37cfee687052fafd92ee5d81cfd9"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        identity id;
        identity_of_interface(process, table[i].name, table[i].version, table[i].builtin, id);
        assert_string_equal(id, table[i].id);
    }
}

/* MD5 of what Python's repr gives for a name with the other quotes, a backslash and control characters. */
static void as_python_writes_it(void **state)
{
    identity id;
    identity_of_interface("i", "a\\b\n\t\x01'\"", NULL, 0, id);
    assert_string_equal(id, "7b475b8707f9caead145665c13924dcf");
}

/* Longer than the buffer: some id, the same each time. */
static void long_names(void **state)
{
    char name[5000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    identity a, b;
    identity_of_interface(process, name, "1.0.0", 0, a);
    identity_of_interface(process, name, "1.0.0", 0, b);
    assert_string_equal(a, b);
    assert_int_equal(strlen(a), 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_endpoint),
        cmocka_unit_test(of_interface),
        cmocka_unit_test(as_python_writes_it),
        cmocka_unit_test(long_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
