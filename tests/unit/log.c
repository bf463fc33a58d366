/* log.c: the line's format to the byte, levels, and texts that must not forge lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/failure.h"
#include "core/log.h"

static char file[] = "/tmp/lymph-log-XXXXXX";

static int set_up(void **state)
{
    strcpy(file + sizeof file - 7, "XXXXXX");
    int fd = mkstemp(file);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    return unlink(file);
}

static logger *open_log(const char *level)
{
    logger *l;
    failure f = {0};
    assert_int_equal(log_open(file, level, &l, &f), LYMPH_OK);
    return l;
}

static const char *written(void)
{
    static char text[20000];
    FILE *stream = fopen(file, "r");
    text[fread(text, 1, sizeof text - 1, stream)] = '\0';
    fclose(stream);
    return text;
}

static void assert_matches(const char *text, const char *pattern)
{
    regex_t r;
    assert_int_equal(regcomp(&r, pattern, REG_EXTENDED | REG_NOSUB), 0);
    int found = regexec(&r, text, 0, NULL, 0);
    regfree(&r);
    if (found)
        fail_msg("'%s' does not match %s", text, pattern);
}

static void test_the_line_is_the_originals(void **state)
{
    logger *l = open_log("info");
    log_line(l, LYMPH_INFO, "lymph.core.rpc", "abc", "Greeting.greet source=%s version=None", "tcp://127.0.0.1:40104");
    log_line(l, LYMPH_WARNING, "lymph.core.rpc", NULL, "no trace");
    log_close(l);
    assert_matches(written(), "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2},[0-9]{3} \\[INFO\\] "
                              "lymph\\.core\\.rpc: Greeting\\.greet "
                              "source=tcp://127\\.0\\.0\\.1:40104 version=None - trace_id=\"abc\"\n"
                              "[0-9 :,-]{23} \\[WARNING\\] lymph\\.core\\.rpc: no trace - trace_id=\"None\"\n$");
}

static void test_levels(void **state)
{
    static const char *const names[] = {"DEBUG", "info", "Warning", "ERROR", "critical"};
    for (int wanted = LYMPH_DEBUG; wanted <= LYMPH_CRITICAL; wanted++) {
        logger *l = open_log(names[wanted]);
        for (int level = LYMPH_DEBUG; level <= LYMPH_CRITICAL; level++)
            assert_int_equal(log_wants(l, (lymph_level)level), level >= wanted);
        log_close(l);
    }
    logger *l = open_log(NULL);
    assert_true(log_wants(l, LYMPH_WARNING));
    log_line(l, LYMPH_INFO, "x", NULL, "unwanted");
    log_close(l);
    assert_string_equal(written(), "");
    assert_false(log_wants(NULL, LYMPH_CRITICAL));
}

static void test_what_cannot_be_opened(void **state)
{
    logger *l = NULL;
    failure f = {0};
    assert_int_equal(log_open(NULL, "LOUD", &l, &f), LYMPH_EINVAL);
    assert_string_equal(f.message, "'LOUD' is no log level; use DEBUG, INFO, WARNING, ERROR or CRITICAL");
    assert_int_equal(log_open("/nowhere/x.log", NULL, &l, &f), LYMPH_ESYSTEM);
    assert_string_equal(f.message, "cannot open the log file /nowhere/x.log: No such file or directory");
    assert_null(l);
    log_close(NULL);
}

static void test_a_text_cannot_forge_a_line(void **state)
{
    logger *l = open_log("debug");
    log_line(l, LYMPH_ERROR, "x", "1\n2", "a\nb\x1b[31m\tc\x7f \xc3\xa9");
    log_close(l);
    assert_non_null(strstr(written(), "] x: a\\x0ab\\x1b[31m\tc\\x7f \xc3\xa9 - trace_id=\"1\\x0a2\"\n"));
}

static void test_what_drives_a_terminal_is_escaped_wherever_it_stands(void **state)
{
    logger *l = open_log("debug");
    log_line(l, LYMPH_ERROR, "n\u202e\n", "t\xc2\x9b", "%s", "\xff\u2066\xc2\x85");
    log_close(l);
    assert_non_null(strstr(written(), "[ERROR] n\\u202e\\x0a: \\xff\\u2066\\x85 - trace_id=\"t\\x9b\"\n"));
}

static void test_a_long_text_is_cut_and_the_line_still_ends(void **state)
{
    static char lengthy[30000];
    logger *l = open_log("debug");
    memset(lengthy, '\x01', sizeof lengthy - 1);
    log_line(l, LYMPH_ERROR, "x", lengthy, "%s", lengthy);
    memset(lengthy, 'y', sizeof lengthy - 1);
    log_line(l, LYMPH_ERROR, "x", NULL, "%s", lengthy);
    log_close(l);
    const char *text = written(), *second = strchr(text, '\n') + 1;
    assert_true(second - text <= 4096);
    assert_true(strlen(second) > 4000 && strlen(second) <= 4096);
    assert_matches(second, "yyy - trace_id=\"None\"\n$");
}

static void test_complaints_of_one_are_counted_and_told_at_the_end(void **state)
{
    logger *l = open_log("WARNING");
    for (int i = 0; i < 1000; i++) {
        log_complaint(l, LYMPH_WARNING, "x", NULL, "oddities", slice_of("a\n"), "odd %d", i);
        log_complaint(l, LYMPH_INFO, "x", NULL, "oddities", slice_of("b"), "unwanted");
    }
    log_settle(l); /* their time is not over */
    log_line(l, LYMPH_WARNING, "x", NULL, "and on");
    log_close(l);
    assert_matches(written(),
                   "^[^\n]*odd 0 [^\n]*\n[^\n]*odd 1 [^\n]*\n[^\n]*odd 2 [^\n]*\n[^\n]*odd 3 [^\n]*\n"
                   "[^\n]*odd 4 [^\n]*\n[^\n]*and on[^\n]*\n"
                   "[^\n]*\\[WARNING\\] x: a\\\\x0a: 995 more such lines in [0-9]+ s \\(oddities\\)[^\n]*\n$");
}

/* A pipe that nobody reads holds no line up, and the next that is taken tells of those that were not. */
static void test_dropped_lines_are_counted_and_told(void **state)
{
    static char all[2000000];
    int p[2], saved = dup(STDERR_FILENO);
    assert_int_equal(pipe(p), 0);
    dup2(p[1], STDERR_FILENO);
    close(p[1]);
    logger *l;
    assert_int_equal(log_open(NULL, "INFO", &l, NULL), LYMPH_OK);
    for (int i = 0; i < 2000; i++)
        log_line(l, LYMPH_INFO, "x", NULL, "line %d %0500d", i, 0);
    dup2(saved, STDERR_FILENO);
    close(saved);
    assert_int_equal(fcntl(p[0], F_SETFL, O_NONBLOCK), 0);
    size_t size = 0;
    for (ssize_t n; (n = read(p[0], all + size, sizeof all - 1 - size)) > 0;)
        size += (size_t)n;
    log_line(l, LYMPH_INFO, "x", NULL, "again");
    log_line(l, LYMPH_INFO, "x", NULL, "and again");
    log_close(l);
    size_t begin = size;
    for (ssize_t n; (n = read(p[0], all + size, sizeof all - 1 - size)) > 0;)
        size += (size_t)n;
    close(p[0]);
    int taken = 0, dropped = 0;
    for (size_t i = 0; i < begin; i++)
        taken += all[i] == '\n';
    all[size] = '\0';
    assert_matches(all + begin,
                   "^[0-9 :,-]{23} \\[WARNING\\] lymph\\.log: [0-9]+ lines of this log were dropped: nobody took "
                   "them in time - trace_id=\"None\"\n"
                   "[0-9 :,-]{23} \\[INFO\\] x: again - trace_id=\"None\"\n"
                   "[0-9 :,-]{23} \\[INFO\\] x: and again - trace_id=\"None\"\n$");
    assert_int_equal(sscanf(strstr(all + begin, "lymph.log: "), "lymph.log: %d", &dropped), 1);
    assert_int_equal(taken + dropped, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_line_is_the_originals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_levels, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_text_cannot_forge_a_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_long_text_is_cut_and_the_line_still_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_drives_a_terminal_is_escaped_wherever_it_stands, set_up, tear_down),
        cmocka_unit_test(test_complaints_of_one_are_counted_and_told_at_the_end),
        cmocka_unit_test(test_dropped_lines_are_counted_and_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
