/* template.c: holes, sections, lines that a section tag has for itself, and what is wrong in a template. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "template.h"

static arena a;

/* name: "shop"; empty: ""; items: {name: "a", last: ""}, {name: "b", last: "true"}; none: no items; inner list of the
 * first item. */
static data *sample(void)
{
    data *d = data_new(&a);
    data_text(d, "name", "shop");
    data_text(d, "empty", "");
    data_list(d, "none");
    list *items = data_list(d, "items");
    data *first = data_add(d, items), *second = data_add(d, items);
    data_text(first, "name", "a");
    data_flag(first, "last", false);
    data_text(second, "name", "b");
    data_flag(second, "last", true);
    data_text(data_add(first, data_list(first, "inner")), "name", "deep");
    data_list(second, "inner");
    return d;
}

static void assert_rendered(const char *text, const char *expected)
{
    diag d = {report_text, stderr, 0};
    buffer out;
    buffer_init(&out, &a);
    assert_true(template_render(source_new(&a, "t", text, strlen(text)), sample(), &d, &out));
    assert_string_equal(out.text, expected);
}

static void assert_wrong(const char *text, const char *message)
{
    char *said;
    size_t size;
    FILE *said_file = open_memstream(&said, &size);
    diag d = {report_text, said_file, 0};
    buffer out;
    buffer_init(&out, &a);
    assert_false(template_render(source_new(&a, "t", text, strlen(text)), sample(), &d, &out));
    assert_int_equal(fclose(said_file), 0);
    assert_int_equal(d.errors, 1);
    assert_non_null(strstr(said, message));
    free(said);
}

static void test_holes(void **state)
{
    assert_rendered("", "");
    assert_rendered("{ no hole } }}", "{ no hole } }}");
    assert_rendered("-{{name}}-{{empty}}-{{! nothing }}-", "-shop---");
}

static void test_sections(void **state)
{
    assert_rendered("{{#items}}{{name}};{{/items}}", "a;b;");
    assert_rendered("{{#items}}{{name}}{{^last}},{{/last}}{{/items}}", "a,b");
    assert_rendered("{{#none}}x{{/none}}{{^none}}y{{/none}}{{^items}}z{{/items}}", "y");
    assert_rendered("{{#name}}x{{/name}}{{#empty}}y{{/empty}}{{^empty}}z{{/empty}}", "xz");
    assert_rendered("{{#items}}{{#inner}}{{name}}{{/inner}}{{name}}{{/items}}", "deepab");
    assert_rendered("{{#name}}{{#name}}x{{/name}}y{{/name}}", "xy"); /* one within another of the same name */
    assert_rendered("{{#items}}{{empty}}{{/items}}", "");            /* an outer name */
}

static void test_a_tag_alone_takes_its_line(void **state)
{
    assert_rendered("1\n{{#items}}\n{{name}}\n{{/items}}\n2\n", "1\na\nb\n2\n");
    assert_rendered("1\n  {{#none}}  \nx\n\t{{/none}}\n2", "1\n2");
    assert_rendered("1 {{#name}}\nx\n{{/name}}\n", "1 \nx\n");
    assert_rendered("{{! gone }}\n1\n", "1\n");
    assert_rendered("{{name}}\n1\n", "shop\n1\n"); /* a hole is no section */
}

static void test_what_is_wrong(void **state)
{
    assert_wrong("{{nope}}", "t:1:1: error: nothing is called 'nope' here");
    assert_wrong("{{#nope}}{{/nope}}", "nothing is called 'nope' here");
    assert_wrong("\n {{#items}}", "t:2:2: error: the section 'items' does not end");
    assert_wrong("{{#items}}{{/name}}", "the section 'items' does not end");
    assert_wrong("{{/items}}", "no section 'items' is open");
    assert_wrong("{{name", "this tag does not end");
    assert_wrong("{{}}", "this tag has no name");
    assert_wrong("{{#}}", "this tag has no name");
    assert_wrong("{{items}}", "'items' is a list");
    assert_wrong("{{#items}}{{nope}}{{/items}}", "nothing is called 'nope' here");
}

static int done(void **state)
{
    arena_done(&a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holes),
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_a_tag_alone_takes_its_line),
        cmocka_unit_test(test_what_is_wrong),
    };
    return cmocka_run_group_tests_name("template", tests, NULL, done);
}
