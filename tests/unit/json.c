/* json.c: JSON in (json_parse.c) and out (json.c), against what Python's json reads and writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"

static arena a;
static failure f;

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

static lymph_value parsed(const char *text)
{
    lymph_value v;
    size_t size = strlen(text);
    char *exact = malloc(size ? size : 1); /* no NUL behind it */
    memcpy(exact, text, size);
    if (json_parse(&a, exact, size, &v, &f))
        fail_msg("%s: %s", text, f.message);
    free(exact);
    return v;
}

static const char *printed(lymph_value v, unsigned flags)
{
    const char *text;
    if (json_print(&a, &v, flags, &text, &f))
        fail_msg("%s", f.message);
    return text;
}

static void assert_refused(const char *text, const char *message)
{
    lymph_value v;
    assert_int_equal(json_parse(&a, text, strlen(text), &v, &f), LYMPH_EINVAL);
    assert_string_equal(f.message, message);
}

static void assert_same(const char *text)
{
    assert_string_equal(printed(parsed(text), 0), text);
}

static void test_there_and_back(void **state)
{
    assert_same("null");
    assert_same("[true, false, null, \"x\"]");
    assert_same("{\"a\": 1, \"b\": {\"c\": []}, \"\": {}}");
    assert_same("[9223372036854775807, -9223372036854775808, 18446744073709551615]");
    assert_same("\"\\\" \\\\ \\n \\r \\t \\b \\f \\u0001 / \xc3\xa9 \xf0\x9f\x98\x80 \x7f\"");
    assert_same("\"a\\u0000b\"");
    assert_int_equal(parsed(" [ 1 ,\t2\r\n, 3 ] ").size, 3);
}

static void test_floats_as_python_writes_them(void **state)
{
    static const char *const texts[] = {"0.0",
                                        "-0.0",
                                        "1.5",
                                        "0.1",
                                        "-1e+300",
                                        "3.0",
                                        "1e+16",
                                        "1234567890123456.0",
                                        "0.0001",
                                        "1e-05",
                                        "1e+22",
                                        "5e-324",
                                        "1.7976931348623157e+308",
                                        "123456.789",
                                        "0.30000000000000004",
                                        "1.2345678901234566e+17"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_same(texts[i]);
    assert_string_equal(printed(parsed("1E2"), 0), "100.0");
    assert_string_equal(printed(parsed("-12.50e-1"), 0), "-1.25");
    assert_int_equal(parsed("-0").kind, LYMPH_VALUE_INT);
}

static void test_escapes(void **state)
{
    lymph_value v = parsed("\"\\u00e9\\ud83d\\ude00\\u4e2D\\/\"");
    assert_string_equal(v.as.text, "\xc3\xa9\xf0\x9f\x98\x80\xe4\xb8\xad/");
    assert_string_equal(printed(v, LYMPH_JSON_ASCII), "\"\\u00e9\\ud83d\\ude00\\u4e2d/\"");
    assert_string_equal(printed(lymph_string("\x7f"), LYMPH_JSON_ASCII), "\"\\u007f\"");
    lymph_value nul = parsed("\"a\\u0000b\"");
    assert_int_equal(nul.size, 3);
    assert_refused("\"\\ud83d\"", "JSON: line 1, column 2: no valid escape");
    assert_refused("\"\\ude00x\"", "JSON: line 1, column 2: no valid escape");
    assert_refused("\"\\ud83d\\u0041\"", "JSON: line 1, column 2: no valid escape");
    assert_refused("\"\\u12g4\"", "JSON: line 1, column 2: no valid escape");
    assert_refused("\"\\u12\"", "JSON: line 1, column 2: no valid escape");
    assert_refused("\"x\\q\"", "JSON: line 1, column 3: no valid escape");
}

static void test_what_is_no_json(void **state)
{
    assert_refused("", "JSON: line 1, column 1: the text ends early");
    assert_refused("  ", "JSON: line 1, column 3: the text ends early");
    assert_refused("{'a': 1}", "JSON: line 1, column 2: a key in quotes is expected");
    assert_refused("{\n \"a\" 1}", "JSON: line 2, column 6: ':' is expected");
    assert_refused("[1 2]", "JSON: line 1, column 4: ',' or ']' is expected");
    assert_refused("[1,]", "JSON: line 1, column 4: a value is expected");
    assert_refused("{\"a\": 1,}", "JSON: line 1, column 9: a key in quotes is expected");
    assert_refused("{\"a\": 1", "JSON: line 1, column 8: ',' or '}' is expected");
    assert_refused("[", "JSON: line 1, column 2: the text ends early");
    assert_refused("nul", "JSON: line 1, column 1: a value is expected");
    assert_refused("NaN", "JSON: line 1, column 1: a value is expected");
    assert_refused("1 2", "JSON: line 1, column 3: the text goes on behind its value");
    assert_refused("\"abc", "JSON: line 1, column 1: the text has no end");
    assert_refused("\"abc\\", "JSON: line 1, column 1: the text has no end");
    assert_refused("\"a\nb\"", "JSON: line 1, column 3: a control character in a text");
    assert_refused("\"\xff\"", "JSON: line 1, column 1: the text is not UTF-8");
    assert_refused("01", "JSON: line 1, column 1: no valid number");
    assert_refused("-", "JSON: line 1, column 1: no valid number");
    assert_refused("1.", "JSON: line 1, column 1: no valid number");
    assert_refused("1e+", "JSON: line 1, column 1: no valid number");
    assert_refused("+1", "JSON: line 1, column 1: a value is expected");
    assert_refused(".5", "JSON: line 1, column 1: a value is expected");
    assert_refused("1e999", "JSON: line 1, column 1: the number is too large");
    assert_refused("18446744073709551616", "JSON: line 1, column 1: the integer has more than 64 bits");
    assert_refused("-9223372036854775809", "JSON: line 1, column 1: the integer has more than 64 bits");
}

static void test_of_equal_keys_the_last_counts(void **state)
{
    assert_string_equal(printed(parsed("{\"a\": 1, \"b\": 2, \"a\": 3}"), 0), "{\"a\": 3, \"b\": 2}");
}

static void test_many_keys_take_no_square_of_time(void **state)
{
    enum { N = 100000 };
    char *text = malloc(N * 16 + 16), *at = text;
    *at++ = '{';
    for (int i = 0; i < N; i++)
        at += sprintf(at, "%s\"k%d\": 1", i ? "," : "", i);
    *at++ = '}';
    lymph_value v;
    assert_int_equal(json_parse(&a, text, (size_t)(at - text), &v, &f), LYMPH_OK);
    assert_int_equal(v.size, N);
    free(text);
}

static void test_extension_values(void **state)
{
    assert_same("{\"__type__\": \"set\", \"_\": [1, {\"__type__\": \"date\", \"_\": \"2015-07-08\"}]}");
    assert_same("{\"__type__\": \"UndefinedType\", \"_\": \"\"}");
    assert_int_equal(parsed("{\"_\": \"1.10\", \"__type__\": \"Decimal\"}").kind, LYMPH_VALUE_DECIMAL);
    assert_int_equal(parsed("{\"__type__\": \"Decimal\", \"_\": \"1\", \"z\": 1}").kind, LYMPH_VALUE_MAP);
    assert_int_equal(parsed("{\"__type__\": \"Nope\", \"_\": \"1\"}").kind, LYMPH_VALUE_MAP);
    assert_refused("{\"__type__\": \"date\", \"_\": \"soon\"}", "JSON: \"_\" is not a valid date");
    assert_refused("{\"__type__\": \"set\", \"_\": 1}", "JSON: \"_\" is not a valid set");
}

static void test_bytes_as_base64(void **state)
{
    static const char octets[] = "\x00\xff\x10\x83\x51\x87\x20\x92";
    static const char *const texts[] = {
        "", "AA==", "AP8=", "AP8Q", "AP8Qgw==", "AP8Qg1E=", "AP8Qg1GH", "AP8Qg1GHIA==", "AP8Qg1GHIJI="};
    for (uint32_t n = 0; n < sizeof octets; n++) {
        const char *text = printed(lymph_bytes_value(octets, n), 0);
        char expected[80];
        snprintf(expected, sizeof expected, "{\"__type__\": \"bytes\", \"_\": \"%s\"}", texts[n]);
        assert_string_equal(text, expected);
        assert_true(lymph_value_equal(parsed(text), lymph_bytes_value(octets, n)));
    }
    static const char *const bad[] = {"A", "AA", "AA=", "A===", "AA==AA==", "A*==", "===="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[80];
        snprintf(text, sizeof text, "{\"__type__\": \"bytes\", \"_\": \"%s\"}", bad[i]);
        assert_refused(text, "JSON: \"_\" is not valid base64");
    }
}

static void test_what_json_cannot_say(void **state)
{
    const char *text;
    lymph_value nan_value = lymph_float(NAN), infinite = lymph_float(-INFINITY), bad = lymph_string("\xf0");
    assert_int_equal(json_print(&a, &nan_value, 0, &text, &f), LYMPH_EINVAL);
    assert_string_equal(f.message, "JSON has no infinities and no NaN");
    assert_int_equal(json_print(&a, &infinite, 0, &text, &f), LYMPH_EINVAL);
    assert_int_equal(json_print(&a, &bad, 0, &text, &f), LYMPH_EINVAL);
    assert_string_equal(f.message, "JSON: a text is not UTF-8");
    lymph_entry e[] = {{lymph_int(1), lymph_int(2)}, {lymph_nil(), lymph_nil()}, {lymph_string("x"), lymph_nil()}};
    assert_string_equal(printed(lymph_map(e, 3), 0), "{\"1\": 2, \"null\": null, \"x\": null}");
    lymph_value ext = {.kind = LYMPH_VALUE_EXT, .ext = 5, .size = 3, .as.text = "abc"};
    assert_string_equal(printed(ext, 0), "{\"__type__\": \"ext:5\", \"_\": \"YWJj\"}");
}

static void test_nesting_has_an_end(void **state)
{
    char text[2 * READER_MAX_DEPTH + 3];
    lymph_value v, lists[READER_MAX_DEPTH + 2] = {{0}};
    const char *out;
    memset(text, '[', READER_MAX_DEPTH);
    memset(text + READER_MAX_DEPTH, ']', READER_MAX_DEPTH);
    assert_int_equal(json_parse(&a, text, 2 * READER_MAX_DEPTH, &v, &f), LYMPH_OK);
    memset(text, '[', READER_MAX_DEPTH + 1);
    assert_int_equal(json_parse(&a, text, READER_MAX_DEPTH + 1, &v, &f), LYMPH_ELIMIT);
    assert_string_equal(f.message, "JSON: nested deeper than 64 levels");
    for (int i = 0; i <= READER_MAX_DEPTH; i++)
        lists[i] = lymph_list(&lists[i + 1], 1);
    assert_int_equal(json_print(&a, &lists[0], 0, &out, &f), LYMPH_ELIMIT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_there_and_back),
        TEST(test_floats_as_python_writes_them),
        TEST(test_escapes),
        TEST(test_what_is_no_json),
        TEST(test_of_equal_keys_the_last_counts),
        TEST(test_many_keys_take_no_square_of_time),
        TEST(test_extension_values),
        TEST(test_bytes_as_base64),
        TEST(test_what_json_cannot_say),
        TEST(test_nesting_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
