/* fail.h: lets the Nth allocation fail, for N = 1, 2, 3 … until an operation gets through without meeting it.
 *
 * The linker hands us the calls of our own objects and of the libraries linked statically (--wrap, see the Makefile).
 * ZeroMQ is not among them: it ends the process when memory is out. */
#ifndef TESTS_FAULTS_FAIL_H
#define TESTS_FAULTS_FAIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <execinfo.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <lymph/status.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#define HAS_LEAK_CHECK 1
#else
#define HAS_LEAK_CHECK                     0
#define __lsan_do_recoverable_leak_check() 0
#endif

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);

static atomic_long fail_at;   /* which allocation fails; 0: none */
static atomic_bool fail_rest; /* and all behind it */
static atomic_long allocations;

/* Where the failing allocation was asked for, for who reads a failure: `addr2line -fie PROGRAM ADDRESS`. */
static void *failed_at[12];

static bool fails(void)
{
    long at = atomic_load(&fail_at);
    if (!at)
        return false;
    long n = atomic_fetch_add(&allocations, 1) + 1;
    bool failed = n == at || (n > at && atomic_load(&fail_rest));
    if (n == at)
        (void)backtrace(failed_at, sizeof failed_at / sizeof *failed_at);
    if (failed)
        errno = ENOMEM;
    return failed;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t size)
{
    return fails() ? NULL : __real_strndup(text, size);
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return fails() ? MAP_FAILED : __real_mmap(at, size, protection, flags, fd, offset);
}

static void tell_place(void)
{
    backtrace_symbols_fd(failed_at, sizeof failed_at / sizeof *failed_at, STDERR_FILENO);
}

static void begin_failing(long at, bool rest)
{
    atomic_store(&allocations, 0);
    atomic_store(&fail_rest, rest);
    atomic_store(&fail_at, at);
}

/* Stops it and tells whether an allocation failed. */
static bool end_failing(void)
{
    return atomic_load(&allocations) >= atomic_exchange(&fail_at, 0);
}

/* Runs `operation` with each of its allocations failing in turn. Its status then must be one of `allowed` (ended by
 * LYMPH_OK), and LYMPH_OK in the run in which none fails. */
static void fail_each(const char *name, lymph_status (*operation)(void *arg), void *arg, const lymph_status *allowed,
                      bool rest)
{
    for (long n = 1;; n++) {
        begin_failing(n, rest);
        lymph_status st = operation(arg);
        bool failed = end_failing();
        const lymph_status *a = allowed;
        while (*a && *a != st)
            a++;
        if (*a != st || (st && !failed)) {
            tell_place();
            fail_msg("%s: allocation %ld fails: %s", name, n, lymph_status_name(st));
        }
        if (__lsan_do_recoverable_leak_check()) {
            tell_place();
            fail_msg("%s: allocation %ld fails: memory is leaked", name, n);
        }
        if (!failed) {
            printf("# %s: %ld allocations\n", name, n - 1);
            assert_true(n > 1);
            return;
        }
    }
}

#endif
