/* codec.c: encoding, decoding, copying, JSON and configuration while memory is out: LYMPH_ENOMEM, no leak, no crash. */
#include "fail.h"

#include <unistd.h>

#include "shapes.h"
#include "codec/codec.h"
#include "config/config.h"
#include "core/log.h"

static const lymph_status no_memory[] = {LYMPH_ENOMEM, LYMPH_OK};

static void in_turn(const char *name, lymph_status (*operation)(void *arg), void *arg)
{
    fail_each(name, operation, arg, no_memory, false);
    fail_each(name, operation, arg, no_memory, true);
}

/* An order of some size, as sent. */
static void encode_sample(writer *w)
{
    enum { N = 200 };
    static char texts[N][100];
    static const char *tags[N];
    order o = sample_order();
    for (int i = 0; i < N; i++) {
        memset(texts[i], 'x', 90);
        snprintf(texts[i] + 90, 10, "%d", i);
        tags[i] = texts[i];
    }
    o.tags = (lymph_string_list){tags, N};
    writer_init(w);
    assert_int_equal(encode_record(w, &order_record, &o, NULL), LYMPH_OK);
    assert_false(w->failed);
}

static lymph_status decode_order(void *arg)
{
    writer *in = arg;
    arena a;
    arena_init(&a);
    reader r;
    reader_init(&r, in->data, in->size);
    failure f = {0};
    order out;
    lymph_status st = decode_record(&r, &a, &order_record, true, &out, &f);
    if (!st)
        assert_true(reader_at_end(&r));
    else
        assert_non_null(strstr(f.message, "out of memory"));
    arena_done(&a);
    return st;
}

static lymph_status encode_order(void *arg)
{
    writer out;
    arena a;
    arena_init(&a);
    writer_init(&out);
    lymph_status st = encode_record(&out, &order_record, arg, NULL);
    if (!st && out.failed)
        st = LYMPH_ENOMEM; /* the writer's failure is found at the end */
    writer_done(&out);
    arena_done(&a);
    return st;
}

static lymph_status copy_order(void *arg)
{
    arena a;
    arena_init(&a);
    lymph_status st = copy_record(&a, &order_record, arg) ? LYMPH_OK : LYMPH_ENOMEM;
    arena_done(&a);
    return st;
}

static lymph_status through_values(void *arg)
{
    writer *in = arg;
    arena a;
    arena_init(&a);
    lymph_value v, copy, back;
    const char *text;
    lymph_status st = decode_value_all(in->data, in->size, &a, &v, NULL);
    if (!st)
        st = copy_value(&a, &v, &copy) ? LYMPH_OK : LYMPH_ENOMEM;
    if (!st)
        st = json_print(&a, &copy, LYMPH_JSON_ASCII, &text, NULL);
    if (!st)
        st = json_parse(&a, text, strlen(text), &back, NULL);
    arena_done(&a);
    return st;
}

static void test_records(void **state)
{
    writer w;
    encode_sample(&w);
    order o = sample_order();
    in_turn("decode a record", decode_order, &w);
    in_turn("encode a record", encode_order, &o);
    in_turn("copy a record", copy_order, &o);
    in_turn("values and JSON", through_values, &w);
    writer_done(&w);
}

static const char *write_file(char *name, const char *text)
{
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    return name;
}

static lymph_status load(void *arg)
{
    const char **files = arg;
    config *c = NULL;
    failure f = {0};
    lymph_status st = config_load(files[0], files[1], &c, &f);
    if (!st)
        config_free(c);
    else
        assert_null(c);
    return st;
}

static void test_configuration(void **state)
{
    char main_name[] = "/tmp/lymph-faults-XXXXXX", vars_name[] = "/tmp/lymph-faults-XXXXXX";
    const char *files[] = {
        write_file(main_name, "base: &base {class: x, list: [1, 2, 3]}\n"
                              "registry: {class: static}\n"
                              "interfaces:\n  A:\n    <<: *base\n    text: a $(var.host):$(var.port) b\n"
                              "    folded: >\n      some text\n      over lines\n"),
        write_file(vars_name, "host: localhost\nport: 1\n"),
    };
    in_turn("load a configuration", load, files);
    unlink(main_name);
    unlink(vars_name);
}

static lymph_status open_log(void *arg)
{
    logger *l;
    lymph_status st = log_open("/dev/null", "debug", &l, NULL);
    if (!st) {
        log_line(l, LYMPH_INFO, "x", NULL, "%s", "text");
        log_close(l);
    }
    return st;
}

static void test_log(void **state)
{
    in_turn("open a log", open_log, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
