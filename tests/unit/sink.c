/* sink.c: what takes lines and what does not, without waiting for it. Each test has a standard error of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/sink.h"

static int saved;

static int set_up(void **state)
{
    alarm(60); /* what waits after all ends here */
    return (saved = dup(STDERR_FILENO)) < 0;
}

static int tear_down(void **state)
{
    alarm(0);
    dup2(saved, STDERR_FILENO);
    return close(saved);
}

static void become_stderr(int fd)
{
    assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
    close(fd);
}

static char line[1000];

/* Until nothing more is taken; how many lines were. */
static int fill(sink *s)
{
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\n';
    for (int i = 0; i < 10000; i++)
        if (!sink_write(s, line, sizeof line))
            return i;
    fail_msg("nothing stops it");
    return 0;
}

static size_t read_all(int fd, char *out, size_t room)
{
    size_t size = 0;
    ssize_t n;
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    while (size < room && (n = read(fd, out + size, room - size)) > 0)
        size += (size_t)n;
    return size;
}

static char got[2000000];

/* Every line comes whole, or is the one that was cut, which the next does not run into. */
static void assert_lines(size_t size, int whole)
{
    int lines = 0;
    for (char *at = got, *end = got + size, *next; at < end; at = next) {
        next = memchr(at, '\n', (size_t)(end - at));
        assert_non_null(next);
        lines += ++next - at == sizeof line;
    }
    assert_int_equal(lines, whole);
}

static void check_one_that_nobody_reads(int reader, sink *s)
{
    int taken = fill(s);
    assert_true(taken > 0);
    assert_false(sink_write(s, line, sizeof line));
    assert_false(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK); /* others have it, too */
    size_t size = read_all(reader, got, sizeof got);
    assert_true(sink_write(s, line, sizeof line));
    size += read_all(reader, got + size, sizeof got - size);
    assert_lines(size, taken + 1);
}

static void test_a_pipe(void **state)
{
    int p[2];
    sink s;
    assert_int_equal(pipe(p), 0);
    become_stderr(p[1]);
    assert_int_equal(sink_open(&s, NULL), 0);
    assert_int_equal(s.kind, SINK_PIPE);
    check_one_that_nobody_reads(p[0], &s);
    close(p[0]); /* and no SIGPIPE */
    assert_false(sink_write(&s, line, sizeof line));
    sigset_t pending;
    sigpending(&pending);
    assert_false(sigismember(&pending, SIGPIPE));
    sink_close(&s);
}

static void test_a_pipe_that_cannot_be_opened_again(void **state)
{
    int p[2];
    sink s = {.fd = STDERR_FILENO, .kind = SINK_SHARED};
    assert_int_equal(pipe(p), 0);
    become_stderr(p[1]);
    check_one_that_nobody_reads(p[0], &s);
    close(p[0]);
    assert_false(sink_write(&s, line, sizeof line));
    sink_close(&s);
    assert_true(fcntl(STDERR_FILENO, F_GETFD) >= 0);
}

static void test_a_socket(void **state)
{
    int p[2];
    sink s;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, p), 0);
    become_stderr(p[1]);
    assert_int_equal(sink_open(&s, NULL), 0);
    assert_int_equal(s.kind, SINK_SOCKET);
    check_one_that_nobody_reads(p[0], &s);
    close(p[0]);
    assert_false(sink_write(&s, line, sizeof line));
    sink_close(&s);
}

static void test_a_terminal(void **state)
{
    sink s;
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(terminal >= 0 && !grantpt(terminal) && !unlockpt(terminal));
    become_stderr(open(ptsname(terminal), O_RDWR | O_NOCTTY));
    assert_int_equal(sink_open(&s, NULL), 0);
    assert_int_equal(s.kind, SINK_PIPE);
    assert_true(fill(&s) > 0);
    assert_false(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK);
    assert_true(read_all(terminal, got, sizeof got) > 0);
    assert_true(sink_write(&s, line, sizeof line));
    sink_close(&s);
    close(terminal);
}

static void test_files(void **state)
{
    char path[] = "/tmp/lymph-sink-XXXXXX";
    sink s;
    close(mkstemp(path));
    for (int i = 0; i < 2; i++) { /* the second appends */
        assert_int_equal(sink_open(&s, path), 0);
        assert_int_equal(s.kind, SINK_DIRECT);
        assert_true(sink_write(&s, "one\n", 4));
        sink_close(&s);
    }
    int fd = open(path, O_RDONLY);
    assert_int_equal(read_all(fd, got, sizeof got), 8);
    close(fd);
    /* Standard error that is a file keeps its place in it: it is not opened again. */
    become_stderr(open(path, O_WRONLY | O_TRUNC));
    assert_int_equal(sink_open(&s, NULL), 0);
    assert_int_equal(s.kind, SINK_DIRECT);
    assert_true(sink_write(&s, "one\n", 4));
    assert_int_equal(write(STDERR_FILENO, "two\n", 4), 4);
    sink_close(&s);
    fd = open(path, O_RDONLY);
    assert_int_equal(read_all(fd, got, sizeof got), 8);
    assert_memory_equal(got, "one\ntwo\n", 8);
    close(fd);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(sink_open(&s, path), -1); /* at once, where a blocking open waits for a reader */
    assert_int_equal(errno, ENXIO);
    unlink(path);
}

static void test_a_full_disk(void **state)
{
    sink s;
    become_stderr(open("/dev/full", O_WRONLY));
    assert_int_equal(sink_open(&s, NULL), 0);
    assert_false(sink_write(&s, "one\n", 4));
    sink_close(&s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_pipe),   TEST(test_a_pipe_that_cannot_be_opened_again),
        TEST(test_a_socket), TEST(test_a_terminal),
        TEST(test_files),    TEST(test_a_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
