/* lexer.l, parser.y: which literals, names and comments come out of a text, where they stand, and that a file after
 * errors is read on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "parse.h"
#include "report.h"

static arena a;

/* Parses; `errors` are expected. */
static const ast *parse_text(const char *text, unsigned errors)
{
    report_list said = {.arena = &a};
    diag d = {report_collect, &said, 0};
    const ast *tree = parse_file(&a, source_new(&a, "x", text, strlen(text)), &d);
    for (size_t i = 0; d.errors != errors && i < said.found.count; i++)
        report_text(stderr, said.found.items[i]);
    assert_int_equal(d.errors, errors);
    return tree;
}

static const ast_field *field(const ast *tree, size_t decl, size_t number)
{
    return ((const ast_decl *)tree->decls.items[decl])->items.items[number];
}

static void assert_literal(const char *text, literal_kind kind, const char *value)
{
    const ast *tree = parse_text(arena_printf(&a, "struct A { x a = %s; }", text), 0);
    const ast_literal *l = field(tree, 0, 0)->preset;
    assert_int_equal(l->kind, kind);
    assert_string_equal(l->text, value);
    assert_int_equal(l->at.begin, 17);
    assert_int_equal(l->at.end, 17 + strlen(text));
}

static void test_literals(void **state)
{
    assert_literal("0", LITERAL_INT, "0");
    assert_literal("-007", LITERAL_INT, "-007");
    assert_literal("0xFf", LITERAL_INT, "0xFf");
    assert_literal("-0x1", LITERAL_INT, "-0x1");
    assert_literal("1.50", LITERAL_FLOAT, "1.50");
    assert_literal("-2e10", LITERAL_FLOAT, "-2e10");
    assert_literal("1.5E-3", LITERAL_FLOAT, "1.5E-3");
    assert_literal("true", LITERAL_BOOL, "true");
    assert_literal("truer", LITERAL_NAME, "truer");
    assert_literal("on", LITERAL_NAME, "on");
    assert_literal("10ms", LITERAL_DURATION, "10ms");
    assert_literal("2h", LITERAL_DURATION, "2h");
    assert_literal("\"\"", LITERAL_STRING, "");
    assert_literal("\"a\\n\\t\\r\\\"\\\\b // no comment\"", LITERAL_STRING, "a\n\t\r\"\\b // no comment");
}

static void test_ranges_are_no_floats(void **state)
{
    const ast *tree = parse_text("interface A { on b [c = 1s..60s, d = 1..5]; }", 0);
    const ast_member *m = ((const ast_decl *)tree->decls.items[0])->items.items[0];
    const ast_option *c = m->options.items[0], *d = m->options.items[1];
    assert_string_equal(c->value->text, "1s");
    assert_string_equal(c->upper->text, "60s");
    assert_string_equal(d->value->text, "1");
    assert_string_equal(d->upper->text, "5");
}

static void test_every_word_is_a_field_name(void **state)
{
    static const char *const words[] = {"import",    "namespace", "const", "enum",  "struct", "error", "event",
                                        "interface", "rpc",       "emits", "on",    "raises", "as",    "void",
                                        "true",      "false",     "task",  "every", "http",   "uses",  "config"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const ast *tree = parse_text(
            arena_printf(&a, "struct A { x %s?; } interface B { rpc x %s(x %s = %s); on %s.%s as %s; }", words[i],
                         words[i], words[i], words[i][0] == 'v' ? "y" : words[i], words[i], words[i], words[i]),
            0);
        assert_string_equal(field(tree, 0, 0)->name.text, words[i]);
        assert_true(field(tree, 0, 0)->type->optional);
    }
}

static void test_documentation_and_comments(void **state)
{
    const ast *tree = parse_text(
        "/// One.\n///Two.\n///\n///   Three.  \n// plain\nstruct A { /* in */ x a; //// no doc\n /// B.\n x b; }", 0);
    assert_string_equal(((const ast_decl *)tree->decls.items[0])->doc, "One.\nTwo.\n\n  Three.");
    assert_string_equal(field(tree, 0, 0)->doc, "");
    assert_string_equal(field(tree, 0, 1)->doc, "B.");
    assert_int_equal(tree->comments.count, 8);
    assert_string_equal(((const ast_comment *)tree->comments.items[5])->text, "/* in */");
}

static void test_comments_that_nearly_end(void **state)
{
    parse_text("/***/ /* * / **/ /**/ struct A {}", 0);
    parse_text("// to the end of the text", 0);
    parse_text("/* /* no nesting */ struct A {}", 0);
    assert_true(parse_text("struct A {} /* **", 1)->broken); /* who knows what was in it */
}

static void test_reading_goes_on_after_an_error(void **state)
{
    const ast *tree =
        parse_text("struct A { x; x b; }\nnonsense;\nstruct B { x c; }\ninterface C { rpc x(; rpc x d(); }", 3);
    assert_true(tree->broken);
    assert_int_equal(tree->decls.count, 3);
    assert_string_equal(field(tree, 0, 0)->name.text, "b");
    assert_string_equal(((const ast_decl *)tree->decls.items[1])->name.text, "B");
}

static int done(void **state)
{
    arena_done(&a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literals),
        cmocka_unit_test(test_ranges_are_no_floats),
        cmocka_unit_test(test_every_word_is_a_field_name),
        cmocka_unit_test(test_documentation_and_comments),
        cmocka_unit_test(test_comments_that_nearly_end),
        cmocka_unit_test(test_reading_goes_on_after_an_error),
    };
    return cmocka_run_group_tests_name("parse", tests, NULL, done);
}
