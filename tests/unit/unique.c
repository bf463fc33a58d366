/* unique.c: names are version 4 UUIDs, differ, and differ between a process and its fork. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/unique.h"

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void test_names_are_version_4_and_differ(void **state)
{
    enum { N = 2000 };
    static char names[N][UNIQUE_HEX + 1];
    for (int i = 0; i < N; i++) {
        unique_hex(names[i]);
        assert_int_equal(strspn(names[i], "0123456789abcdef"), UNIQUE_HEX);
        assert_int_equal(names[i][12], '4');
        assert_non_null(strchr("89ab", names[i][16]));
    }
    qsort(names, N, sizeof *names, compare);
    for (int i = 1; i < N; i++)
        assert_string_not_equal(names[i - 1], names[i]);
}

static void test_dashes(void **state)
{
    char name[37];
    unique_uuid(name);
    assert_int_equal(strlen(name), 36);
    assert_true(name[8] == '-' && name[13] == '-' && name[18] == '-' && name[23] == '-');
}

static void test_a_fork_has_names_of_its_own(void **state)
{
    char ours[UNIQUE_HEX + 1], theirs[UNIQUE_HEX + 1];
    unique_hex(ours); /* the pool is filled */
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        unique_hex(theirs);
        _exit(write(ends[1], theirs, sizeof theirs) == sizeof theirs ? 0 : 1);
    }
    unique_hex(ours);
    assert_int_equal(read(ends[0], theirs, sizeof theirs), sizeof theirs);
    waitpid(pid, NULL, 0);
    assert_string_not_equal(ours, theirs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_version_4_and_differ),
        cmocka_unit_test(test_dashes),
        cmocka_unit_test(test_a_fork_has_names_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
