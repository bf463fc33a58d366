/* driver.c: texts in, diagnostics and outputs out, without a file being read or written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "driver.h"
#include "file.h"
#include "report.h"

static arena a;

typedef struct run {
    sources_overlay texts;
    driver_options options;
    report_list said;
    diag diag;
    driver_outputs out;
} run;

static run *new_run(void)
{
    run *r = arena_alloc(&a, sizeof *r);
    sources_overlay_init(&r->texts);
    r->options.sources = &r->texts.base;
    r->said.arena = &a;
    r->diag = (diag){report_collect, &r->said, 0};
    return r;
}

static void add(run *r, const char *path, const char *text)
{
    sources_overlay_add(&r->texts, &a, path, text, strlen(text));
}

static void assert_said(const run *r, size_t i, severity s, const char *path, uint32_t begin, uint32_t end,
                        const char *text)
{
    assert_true(i < r->said.found.count);
    const diagnostic *d = r->said.found.items[i];
    assert_string_equal(d->text, text);
    assert_int_equal(d->severity, s);
    if (!path) {
        assert_null(d->at.file);
        return;
    }
    assert_string_equal(d->at.file->path, path);
    assert_int_equal(d->at.begin, begin);
    assert_int_equal(d->at.end, end);
}

static const file_output *output(const run *r, size_t i, const char *path)
{
    assert_true(i < r->out.files.count);
    const file_output *o = r->out.files.items[i];
    assert_string_equal(o->path, path);
    assert_int_equal(o->size, strlen(o->text));
    return o;
}

static void test_outputs(void **state)
{
    run *r = new_run();
    add(r, "new/shop.lymph", "import \"types.lymph\";\ninterface Shop { rpc Item get(Item item); }\n");
    add(r, "new/types.lymph", "struct Item { int32 size; }\n");
    r->options.deps = "shop.d";
    driver_compile(&a, &r->options, "new/shop.lymph", &r->diag, &r->out);
    assert_int_equal(r->said.found.count, 0);
    assert_int_equal(r->out.files.count, 4);
    assert_non_null(strstr(output(r, 0, "new/shop.lymph.h")->text, "lymph_status shop_get(lymph_ctx *ctx, "));
    assert_non_null(strstr(output(r, 1, "new/shop.lymph.c")->text, "\"Shop.get\""));
    assert_non_null(strstr(output(r, 2, "new/shop.c")->text, "const shop_interface Shop = {"));
    assert_string_equal(output(r, 3, "shop.d")->text, "new/shop.lymph.h new/shop.lymph.c: \\\n  new/types.lymph \\\n"
                                                      "  new/shop.lymph\nnew/types.lymph: ;\nnew/shop.lymph: ;\n");
    for (size_t i = 0; i < 4; i++) /* only the skeleton is the user's */
        assert_int_equal(((const file_output *)r->out.files.items[i])->once, i == 2);
    assert_false(file_exists("new"));
}

static void test_diagnostics(void **state)
{
    run *r = new_run();
    add(r, "a.lymph", "struct A { sting a; int32 a; }\n");
    driver_compile(&a, &r->options, "a.lymph", &r->diag, &r->out);
    assert_int_equal(r->diag.errors, 2);
    assert_int_equal(r->said.found.count, 4);
    assert_said(r, 0, SEVERITY_ERROR, "a.lymph", 11, 16, "unknown type 'sting'");
    assert_said(r, 1, SEVERITY_HINT, NULL, 0, 0, "did you mean 'string'?");
    assert_said(r, 2, SEVERITY_ERROR, "a.lymph", 26, 27, "'a' is there twice");
    assert_said(r, 3, SEVERITY_NOTE, "a.lymph", 17, 18, "the first one is here");
    assert_int_equal(r->out.files.count, 0);
}

static void test_nothing_comes_of_a_check(void **state)
{
    run *r = new_run();
    add(r, "a.lymph", "interface A { rpc void a(); }");
    r->options.check_only = true;
    driver_compile(&a, &r->options, "a.lymph", &r->diag, &r->out);
    assert_int_equal(r->said.found.count, 0);
    assert_int_equal(r->out.files.count, 0);
}

static void test_format(void **state)
{
    run *r = new_run();
    buffer text;
    buffer_init(&text, &a);
    add(r, "a.lymph", "struct A{int32 a;}");
    add(r, "b.lymph", "struct B{int32}");
    driver_format(&a, &r->options, "a.lymph", &r->diag, &text);
    assert_string_equal(text.text, "struct A {\n    int32 a;\n}\n");
    driver_format(&a, &r->options, "b.lymph", &r->diag, &text);
    assert_string_equal(text.text, "struct A {\n    int32 a;\n}\n");
    assert_int_equal(r->diag.errors, 1);
}

static int done(void **state)
{
    arena_done(&a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outputs),
        cmocka_unit_test(test_diagnostics),
        cmocka_unit_test(test_nothing_comes_of_a_check),
        cmocka_unit_test(test_format),
    };
    return cmocka_run_group_tests_name("driver", tests, NULL, done);
}
