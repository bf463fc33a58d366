/* outcome.h: what becomes of a child process: how it ends, and what it says on standard error. */
#ifndef TESTS_OUTCOME_H
#define TESTS_OUTCOME_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct outcome {
    int how;
    char said[4096];
} outcome;

static inline outcome outcome_of(void (*child)(void *), void *arg)
{
    outcome o = {0};
    int p[2];
    assert_int_equal(pipe(p), 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        alarm(60);
        dup2(p[1], STDERR_FILENO);
        signal(SIGSEGV, SIG_DFL); /* cmocka and AddressSanitizer have handlers, which would count as the program's own */
        child(arg);
        _exit(0);
    }
    close(p[1]);
    size_t size = 0;
    for (ssize_t n; (n = read(p[0], o.said + size, sizeof o.said - 1 - size)) > 0;)
        size += (size_t)n;
    close(p[0]);
    assert_int_equal(waitpid(pid, &o.how, 0), pid);
    return o;
}

static volatile char outcome_sink;

static inline int outcome_recurse(int depth)
{
    volatile char frame[1024];
    frame[0] = (char)depth;
    outcome_sink = frame[0];
    return depth ? outcome_recurse(depth - 1) + frame[0] : 0;
}

/* Does not return on a stack of less than a gigabyte. */
static inline void overflow_stack(void)
{
    outcome_recurse(1 << 20);
}

static inline void assert_faulted(const outcome *o)
{
    assert_true(WIFSIGNALED(o->how));
    assert_int_equal(WTERMSIG(o->how), SIGSEGV);
}

#endif
