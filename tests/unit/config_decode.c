/* config/decode.c: every kind of type from YAML, what is told when it does not fit, and warnings of keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/decode.h"
#include "shapes.h"

typedef struct fixture {
    config *c;
    arena memory;
    failure f;
    logger *log;
    char log_file[40];
} fixture;

static fixture x;

static int set_up(void **state)
{
    memset(&x, 0, sizeof x);
    arena_init(&x.memory);
    strcpy(x.log_file, "/tmp/lymph-decode-XXXXXX");
    int fd = mkstemp(x.log_file);
    return fd < 0 || close(fd) || log_open(x.log_file, NULL, &x.log, &x.f) ? -1 : 0;
}

static int tear_down(void **state)
{
    config_free(x.c);
    arena_done(&x.memory);
    log_close(x.log);
    return unlink(x.log_file);
}

static lymph_status decode(const char *text, const lymph_record *record, void *out)
{
    config_free(x.c);
    x.c = NULL;
    if (config_load_text(text, strlen(text), "x.yml", &x.c, &x.f))
        fail_msg("%s", x.f.message);
    return config_decode(config_root(x.c), record, &x.memory, out, x.log, &x.f);
}

static void decoded(const char *text, const lymph_record *record, void *out)
{
    if (decode(text, record, out))
        fail_msg("%s", x.f.message);
}

static void assert_refused(const char *text, const lymph_record *record, void *out, const char *message)
{
    assert_int_equal(decode(text, record, out), LYMPH_ECONFIG);
    assert_string_equal(x.f.message, message);
}

static const char *logged(void)
{
    static char text[4096];
    FILE *stream = fopen(x.log_file, "r");
    assert_non_null(stream);
    text[fread(text, 1, sizeof text - 1, stream)] = '\0';
    fclose(stream);
    return text;
}

static const char full[] = "urgent: yes\ni8: -128\ni16: 32767\ni32: -2147483648\ni64: 9223372036854775807\n"
                           "u8: 255\nu16: 65535\nu32: 4294967295\nu64: 18446744073709551615\nf32: 1.5\nf64: -1e3\n"
                           "customer: 42\nsignature: abc\nplaced: 2015-07-08T20:51:30\nday: 2015-07-08\n"
                           "hour: 20:51:30Z\ntotal: 1.10\nid: 12345678-1234-5678-1234-567812345678\n"
                           "extra: {n: ~, b: on, i: -3, u: 18446744073709551615, f: 0.5, s: '7', z: 007, l: [1, x]}\n"
                           "status: PAID\nlevel: HIGH\nfirst: {sku: a, quantity: 3, price: 9.90}\n"
                           "items: [{sku: b}, {sku: c, quantity: ~}]\ntags: [p, q]\ncounts: {k: 1, l: -1}\n"
                           "note: hello\nleft: 5\nspare: {sku: d}\nhistory: {children: [{children: [{}]}]}\n";

static void test_every_type(void **state)
{
    order o;
    decoded(full, &order_record, &o);
    assert_true(o.urgent);
    assert_int_equal(o.i8, -128);
    assert_int_equal(o.i16, 32767);
    assert_int_equal(o.i32, INT32_MIN);
    assert_true(o.i64 == INT64_MAX);
    assert_int_equal(o.u8, 255);
    assert_int_equal(o.u16, 65535);
    assert_true(o.u32 == UINT32_MAX && o.u64 == UINT64_MAX);
    assert_true(o.f32 == 1.5f && o.f64 == -1000);
    assert_string_equal(o.customer, "42");
    assert_int_equal(o.signature.size, 3);
    assert_memory_equal(o.signature.data, "abc", 3);
    assert_int_equal(o.id.bytes[15], 0x78);
    assert_string_equal(o.total.text, "1.10");
    assert_int_equal(o.status, STATUS_PAID);
    assert_int_equal(o.level, LEVEL_HIGH);
    assert_int_equal(o.first.quantity, 3);
    assert_string_equal(o.first.price->text, "9.90");
    assert_int_equal(o.items.count, 2);
    assert_string_equal(o.items.items[1].sku, "c");
    assert_int_equal(o.items.items[1].quantity, 1); /* null is as good as absent */
    assert_null(o.items.items[1].price);
    assert_int_equal(o.tags.count, 2);
    assert_int_equal(o.counts.count, 2);
    assert_string_equal(o.counts.entries[1].key, "l");
    assert_int_equal(o.counts.entries[1].value, -1);
    assert_string_equal(o.note, "hello");
    assert_int_equal(*o.left, 5);
    assert_string_equal(o.spare->sku, "d");
    assert_int_equal(o.history.children.items[0].children.count, 1);
    assert_string_equal(logged(), "");
}

static void test_any_takes_what_yaml_means(void **state)
{
    order o;
    decoded(full, &order_record, &o);
    assert_int_equal(lymph_get(o.extra, "n")->kind, LYMPH_VALUE_NIL);
    assert_true(lymph_get(o.extra, "b")->as.boolean);
    assert_int_equal(lymph_get(o.extra, "i")->as.integer, -3);
    assert_true(lymph_get(o.extra, "u")->as.unsigned_integer == UINT64_MAX);
    assert_true(lymph_get(o.extra, "f")->as.number == 0.5);
    assert_string_equal(lymph_text(*lymph_get(o.extra, "s")), "7");
    assert_string_equal(lymph_text(*lymph_get(o.extra, "z")), "007");
    assert_int_equal(lymph_get(o.extra, "l")->as.items[0].as.integer, 1);
    assert_string_equal(lymph_text(lymph_get(o.extra, "l")->as.items[1]), "x");
}

typedef struct inner {
    uint16_t port;
    const char *const *secret;
} inner;

typedef struct outer {
    inner section;
    double ratio;
    lymph_string_list hosts;
    const lymph_string_list *maybe;
    const char *old;
} outer;

static const uint16_t preset_port = 80;
static const double preset_ratio = 0.5;
static const lymph_type string_list = {
    .kind = LYMPH_KIND_LIST, .size = sizeof(lymph_string_list), .element = &lymph_type_string};
static const lymph_type optional_list = {.kind = LYMPH_KIND_OPTIONAL, .size = sizeof(void *), .element = &string_list};
static const lymph_field inner_fields[] = {
    {"port", &lymph_type_uint16, offsetof(inner, port), &preset_port, LYMPH_FIELD_MIN, 1, 0},
    {"secret", &optional_int, offsetof(inner, secret), NULL, LYMPH_FIELD_SENSITIVE | LYMPH_FIELD_MAX, 0, 9},
};
static const lymph_record inner_record = {"Inner", sizeof(inner), inner_fields, 2, "", 0};
static const lymph_type inner_type = {.kind = LYMPH_KIND_STRUCT, .size = sizeof(inner), .record = &inner_record};
static const lymph_field outer_fields[] = {
    {"section", &inner_type, offsetof(outer, section), NULL, 0, 0, 0},
    {"ratio", &lymph_type_float64, offsetof(outer, ratio), &preset_ratio, LYMPH_FIELD_MIN | LYMPH_FIELD_MAX, 0, 1},
    {"hosts", &string_list, offsetof(outer, hosts), NULL, LYMPH_FIELD_MIN, 1, 0},
    {"maybe", &optional_list, offsetof(outer, maybe), NULL, LYMPH_FIELD_MAX, 0, 2},
    {"old", &optional_string, offsetof(outer, old), NULL, LYMPH_FIELD_DEPRECATED, 0, 0},
};
static const lymph_record outer_record = {"Outer", sizeof(outer), outer_fields, 5, "", 0};

static void test_what_is_absent(void **state)
{
    outer o;
    decoded("hosts: one\n", &outer_record, &o); /* a single value is a list of one */
    assert_int_equal(o.section.port, 80);
    assert_null(o.section.secret);
    assert_true(o.ratio == 0.5);
    assert_int_equal(o.hosts.count, 1);
    assert_string_equal(o.hosts.items[0], "one");
    assert_null(o.maybe);
    decoded("hosts: [a]\nsection:\nratio: ~\nmaybe: null\n", &outer_record, &o);
    assert_int_equal(o.section.port, 80);
    assert_true(o.ratio == 0.5);
    assert_null(o.maybe);
    inner i;
    assert_int_equal(config_decode(NULL, &inner_record, &x.memory, &i, x.log, &x.f), LYMPH_OK);
    assert_int_equal(i.port, 80);
    assert_int_equal(config_decode(NULL, &outer_record, &x.memory, &o, x.log, &x.f), LYMPH_ECONFIG);
    assert_refused("ratio: 1\n", &outer_record, &o, "configuration:1:1: hosts: missing");
}

static void test_what_does_not_fit(void **state)
{
    static const struct {
        const char *text, *message;
    } table[] = {
        {"hosts: a\nsection: x\n", "x.yml:2:10: section: a section is expected, not 'x'"},
        {"hosts: a\nsection: [x]\n", "x.yml:2:10: section: a section is expected, not a list"},
        {"hosts: {a: b}\n", "x.yml:1:8: hosts: a list of at least 1 items is expected, not a section"},
        {"hosts: []\n", "x.yml:1:8: hosts: a list of at least 1 items is expected, not a list"},
        {"hosts: [a, ~]\n", "x.yml:1:12: hosts[1]: a text is expected, not null"},
        {"hosts: [a, [b]]\n", "x.yml:1:12: hosts[1]: a text is expected, not a list"},
        {"maybe: [a, b, c]\nhosts: a\n", "x.yml:1:8: maybe: a list of at most 2 items is expected, not a list"},
        {"section:\n  port: 0\n", "x.yml:2:9: section.port: an integer of 1 to 65535 is expected, not '0'"},
        {"section: {port: 65536}\n", "x.yml:1:17: section.port: an integer of 1 to 65535 is expected, not '65536'"},
        {"section: {port: -1}\n", "x.yml:1:17: section.port: an integer of 1 to 65535 is expected, not '-1'"},
        {"section: {port: 010}\n", "x.yml:1:17: section.port: an integer of 1 to 65535 is expected, not '010'"},
        {"section: {port: ' 1'}\n", "x.yml:1:17: section.port: an integer of 1 to 65535 is expected, not ' 1'"},
        {"section: {port: 0x1}\n", "x.yml:1:17: section.port: an integer of 1 to 65535 is expected, not '0x1'"},
        {"section: {port: 1.0}\n", "x.yml:1:17: section.port: an integer of 1 to 65535 is expected, not '1.0'"},
        {"section: {secret: hunter2}\n", "x.yml:1:19: section.secret: an integer of -2147483648 to 9 is expected"},
        {"section: {secret: 10}\n", "x.yml:1:19: section.secret: an integer of -2147483648 to 9 is expected"},
        {"ratio: 1.5\n", "x.yml:1:8: ratio: a number of 0 to 1 is expected, not '1.5'"},
        {"ratio: nan\n", "x.yml:1:8: ratio: a number of 0 to 1 is expected, not 'nan'"},
        {"ratio: inf\n", "x.yml:1:8: ratio: a number of 0 to 1 is expected, not 'inf'"},
        {"ratio: ''\n", "x.yml:1:8: ratio: a number of 0 to 1 is expected, not ''"},
    };
    outer o;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_refused(table[i].text, &outer_record, &o, table[i].message);
}

/* One line of the full text in place of another. */
static void assert_line_refused(const char *key, const char *line, const char *expected)
{
    char text[2000];
    order o;
    const char *at = strstr(full, key);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - full), full, line, strchr(at, '\n'));
    assert_int_equal(decode(text, &order_record, &o), LYMPH_ECONFIG);
    if (!strstr(x.f.message, expected))
        fail_msg("'%s' should hold '%s'", x.f.message, expected);
}

static void test_what_each_type_expects(void **state)
{
    assert_line_refused("urgent:", "urgent: maybe", "urgent: true or false is expected, not 'maybe'");
    assert_line_refused("i64:", "i64: 9223372036854775808", "i64: an integer is expected, not '9223");
    assert_line_refused("u64:", "u64: -1", "u64: an integer of at least 0 is expected, not '-1'");
    assert_line_refused("f32:", "f32: 1e39", "f32: a number is expected, not '1e39'");
    assert_line_refused("placed:", "placed: today", "placed: a date and time such as");
    assert_line_refused("day:", "day: 2015-02-30", "day: a date such as 2015-07-08 is expected, not '2015-02-30'");
    assert_line_refused("hour:", "hour: noon", "hour: a time such as");
    assert_line_refused("total:", "total: 1,5", "total: a decimal number is expected, not '1,5'");
    assert_line_refused("id: 12345678", "id: 1234", "id: a UUID is expected, not '1234'");
    assert_line_refused("status:", "status: paid", "status: one of PENDING, PAID is expected, not 'paid'");
    assert_line_refused("items:", "items: [{sku: b}, {quantity: 1}]", "items[1].sku: missing");
    assert_line_refused("tags:", "tags: [p, q, p]", "tags[2]: each value once is expected");
    assert_line_refused("counts:", "counts: [1]", "counts: a section is expected, not a list");
    assert_line_refused("counts:", "counts: {a: 1, b: x}", "counts.b: an integer of -2147483648 to 2147483647");
    assert_line_refused("spare:", "spare: 1", "spare: a section is expected, not '1'");
}

static void test_warnings_of_keys(void **state)
{
    outer o;
    decoded("hosts: a\nsection:\n  prot: 1\nsomething:\n  deep: 1\nold: x\n", &outer_record, &o);
    const char *log = logged();
    assert_non_null(strstr(log, "[WARNING] lymph.config: x.yml:3:3: unknown key 'prot' (did you mean 'port'?)"));
    assert_non_null(strstr(log, "x.yml:4:1: unknown key 'something'"));
    assert_non_null(strstr(log, "x.yml:6:1: deprecated key 'old'"));
    assert_null(strstr(log, "deep"));
}

static void test_aliases_and_old_names_keep_their_path(void **state)
{
    outer o;
    assert_refused("base: &b {port: x}\nhosts: a\nsection: *b\n", &outer_record, &o,
                   "x.yml:1:17: section.port: an integer of 1 to 65535 is expected, not 'x'");
    assert_refused("base: &b {port: x}\nhosts: a\nsection: {<<: *b}\n", &outer_record, &o,
                   "x.yml:1:17: section.port: an integer of 1 to 65535 is expected, not 'x'");
}

static void test_a_long_path_keeps_its_end(void **state)
{
    char text[1000], *at = text;
    order o;
    const config_node *n;
    for (int i = 0; i < 20; i++)
        at += sprintf(at, "{a-rather-long-key-%d: ", i);
    at += sprintf(at, "[{i8: 1000}]");
    for (int i = 0; i < 20; i++)
        *at++ = '}';
    *at = '\0';
    decode(text, &inner_record, &o);
    for (n = config_root(x.c); n->kind != CONFIG_LIST; n = n->first)
        ;
    assert_int_equal(config_decode(n->first, &order_record, &x.memory, &o, NULL, &x.f), LYMPH_ECONFIG);
    assert_non_null(strstr(x.f.message, ": ...."));
    assert_non_null(strstr(x.f.message, "a-rather-long-key-19[0]."));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_every_type),
        TEST(test_any_takes_what_yaml_means),
        TEST(test_what_is_absent),
        TEST(test_what_does_not_fit),
        TEST(test_what_each_type_expects),
        TEST(test_warnings_of_keys),
        TEST(test_aliases_and_old_names_keep_their_path),
        TEST(test_a_long_path_keeps_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
