/* stack.c: the deepest values that are taken, encoded, printed and refused on a coroutine's stack of the default size,
 * which ends at a guard page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "codec/codec.h"
#include "core/log.h"
#include "fiber/loop.h"
#include "shapes.h"

#define DEPTH READER_MAX_DEPTH

typedef struct work {
    writer *in;
    arena *a;
    logger *log;
    int steps;
} work;

/* Lists within lists, `depth` of them. */
static void write_lists(writer *w, int depth)
{
    writer_reset(w);
    for (int i = 0; i < depth; i++)
        write_array(w, 1);
    write_nil(w);
}

static void write_trees(writer *w, int depth)
{
    writer_reset(w);
    for (int i = 0; i < depth; i++) {
        write_map(w, 1);
        write_cstr(w, "children");
        write_array(w, 1);
    }
    write_map(w, 0);
}

static void dynamic(void *arg)
{
    work *k = arg;
    lymph_value v, copy, parsed;
    const char *text;
    writer out;
    failure f = {0};
    writer_init(&out);
    write_lists(k->in, DEPTH);
    assert_int_equal(decode_value_all(k->in->data, k->in->size, k->a, &v, &f), LYMPH_OK);
    assert_int_equal(encode_value(&out, &v, &f), LYMPH_OK);
    assert_true(copy_value(k->a, &v, &copy));
    assert_int_equal(json_print(k->a, &v, 0, &text, &f), LYMPH_OK);
    assert_int_equal(json_parse(k->a, text, strlen(text), &parsed, &f), LYMPH_OK);
    assert_true(lymph_value_equal(v, parsed));
    write_lists(k->in, DEPTH + 1);
    assert_int_equal(decode_value_all(k->in->data, k->in->size, k->a, &v, &f), LYMPH_ELIMIT);
    log_line(k->log, LYMPH_INFO, "x", NULL, "%s", f.message);
    writer_done(&out);
    k->steps++;
}

static void typed(void *arg)
{
    work *k = arg;
    tree out;
    failure f = {0};
    reader r;
    write_trees(k->in, DEPTH / 2 + 1);
    reader_init(&r, k->in->data, k->in->size);
    lymph_status st = decode_record(&r, k->a, &tree_record, true, &out, &f);
    assert_int_equal(st, LYMPH_ELIMIT);
    write_trees(k->in, DEPTH / 2);
    reader_init(&r, k->in->data, k->in->size);
    assert_int_equal(decode_record(&r, k->a, &tree_record, true, &out, &f), LYMPH_OK);
    assert_non_null(copy_record(k->a, &tree_record, &out));
    k->steps++;
}

static void hostile_json(void *arg)
{
    work *k = arg;
    static char brackets[100000];
    lymph_value v;
    failure f = {0};
    memset(brackets, '[', sizeof brackets);
    assert_int_equal(json_parse(k->a, brackets, sizeof brackets, &v, &f), LYMPH_ELIMIT);
    assert_string_equal(f.message, "JSON: nested deeper than 64 levels");
    k->steps++;
}

static void test_the_deepest_values(void **state)
{
    loop *l = loop_new(0);
    arena a;
    writer w;
    work k = {.in = &w, .a = &a};
    arena_init(&a);
    writer_init(&w);
    assert_int_equal(log_open("/dev/null", "debug", &k.log, NULL), LYMPH_OK);
    assert_int_equal(loop_spawn(l, dynamic, &k), LYMPH_OK);
    assert_int_equal(loop_spawn(l, typed, &k), LYMPH_OK);
    assert_int_equal(loop_spawn(l, hostile_json, &k), LYMPH_OK);
    assert_int_equal(k.steps, 3);
    log_close(k.log);
    writer_done(&w);
    arena_done(&a);
    loop_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_deepest_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
