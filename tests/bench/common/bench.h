/* bench.h: the household of a benchmark: a folder and processes that are gone when it ends, however it ends: by itself,
 * by a signal, by kill -9, or because its time is over. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Makes the folder, below TMPDIR or /tmp, and returns its path. After `limit` seconds the benchmark is ended by
 * SIGALRM. Once, before the first process and the first thread. */
const char *bench_open(unsigned limit);

/* Removes the folder. All processes must have ended. */
void bench_close(void);

/* Runs run(arg) in a process of its own, which ends with status 0 when that returns, and by SIGKILL when the one that
 * started it ends. */
pid_t bench_start(void (*run)(void *arg), void *arg);

/* Is it still running? Ends the benchmark if any of its processes has failed. */
bool bench_runs(pid_t pid);

/* Waits for its end, and returns the processor time that it took, in seconds. */
double bench_wait(pid_t pid);

/* Ends it with SIGTERM. */
void bench_stop(pid_t pid);

/* Prints what went wrong and ends this process. */
void bench_die(const char *what, const char *why) __attribute__((noreturn));

/* The monotonic clock, which all processes share. */
int64_t bench_now_ns(void);

/* A port of 127.0.0.1 that nobody uses. */
int bench_free_port(void);

#endif
