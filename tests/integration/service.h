/* service.h: a service in a child process, for the tests of this folder: started, awaited until it serves, ended. */
#ifndef TESTS_SERVICE_H
#define TESTS_SERVICE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <lymph/lymph.h>

static inline double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* In a child: opens a container with `options`, lets `install` fill it, starts it, says so on `ready`, runs it until
 * SIGTERM, and ends. On the stack of main, or a leak checker does not see what main's variables point to. */
static inline void service_serve(const lymph_options *options, lymph_status (*install)(lymph_ctx *root), int ready)
{
    lymph_options o = options ? *options : (lymph_options){.log_level = "CRITICAL"};
    o.signals = true;
    lymph_ctx *ctx = lymph_open(&o);
    lymph_status st = install(ctx);
    if (!st)
        st = lymph_start(ctx);
    if (st)
        fprintf(stderr, "service: %s\n", lymph_error_message(ctx));
    if (!st && write(ready, "r", 1) == 1)
        st = lymph_run(ctx);
    lymph_close(ctx);
    exit(st ? 1 : 0);
}

/* Forks such a child and returns when it serves. */
static inline pid_t service_start(const lymph_options *options, lymph_status (*install)(lymph_ctx *root))
{
    int ready[2];
    char c;
    assert_int_equal(pipe(ready), 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ready[0]);
        service_serve(options, install, ready[1]);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &c, 1), 1); /* end of file when the service could not start */
    close(ready[0]);
    return pid;
}

/* Waits for a service that was told to end. */
static inline void service_ended(pid_t pid)
{
    int how;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
}

static inline void service_stop(pid_t pid)
{
    kill(pid, SIGTERM);
    service_ended(pid);
}

/* A folder of its own for the embedded default: a cluster that nobody else is in. */
static char cluster_folder[64];

static inline void cluster_make(void)
{
    strcpy(cluster_folder, "/tmp/lymph-test-XXXXXX");
    assert_non_null(mkdtemp(cluster_folder));
    setenv("XDG_RUNTIME_DIR", cluster_folder, 1);
}

static inline int cluster_remove(void **state)
{
    char command[80];
    snprintf(command, sizeof command, "rm -rf '%s'", cluster_folder);
    return system(command);
}

/* A file in that folder; returns its path, good until the next call. */
static inline const char *cluster_file(const char *name, const char *text)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", cluster_folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    return path;
}

static inline void expect_ok(lymph_status st, lymph_ctx *ctx, const char *what)
{
    if (st)
        fail_msg("%s: %s: %s", what, lymph_status_name(st), lymph_error_message(ctx));
}
#define assert_ok(ctx, call) expect_ok((call), (ctx), #call)

#define assert_contains(text, part)                                                                                    \
    do {                                                                                                               \
        if (!strstr((text), (part)))                                                                                   \
            fail_msg("\"%s\" does not contain \"%s\"", (text), (part));                                                \
    } while (0)

#endif
