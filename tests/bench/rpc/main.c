/* main.c: request/reply through the whole stack (proxy, codec, transport, coroutine, dispatch, codec) against raw
 * libzmq with the same frames, in one run: a server process and a client process each, alternating, medians of the
 * rounds.
 *
 *     make bench-rpc           one line per window: window=50 raw=R/s lymph=L/s ratio=X
 *     rpc-bench WINDOW COUNT   that window only */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "echo.lymph.h"
#include "raw.h"

#define ROUNDS      5
#define SECONDS_MAX 600

static char raw_server[32], raw_client[32]; /* endpoints */

static void die(const char *what, lymph_ctx *ctx)
{
    bench_die(what, lymph_error_message(ctx));
}

/* ---- the whole stack ---- */

static lymph_status echo(lymph_ctx *ctx, const char *text, const char **result)
{
    *result = text;
    return LYMPH_OK;
}

const echo_interface Echo = {.echo = echo};

static void serve_raw(void *arg)
{
    (void)arg;
    raw_serve(raw_server);
}

static void serve_whole(void *arg)
{
    (void)arg;
    lymph_ctx *ctx = lymph_open(&(lymph_options){.signals = true});
    if (lymph_install(ctx, &Echo_descriptor, &Echo, NULL, NULL) || lymph_run(ctx))
        die("server", ctx);
    lymph_close(ctx);
}

typedef struct caller {
    int count, *running;
} caller;

static void call_many(lymph_ctx *ctx, void *arg)
{
    caller *c = arg;
    const char *answer;
    for (int i = 0; i < c->count; i++) {
        lymph_scope scope = lymph_scope_begin(ctx);
        if (echo_echo(ctx, "hello, world", &answer))
            die("call", ctx);
        lymph_scope_end(ctx, scope);
    }
    --*c->running;
}

/* `window` coroutines call one after the other; a window of 1 is a plain program calling. */
static void call_window(lymph_ctx *ctx, int window, int count)
{
    int running = window;
    caller c = {.count = count / window, .running = &running};
    if (window == 1) {
        call_many(ctx, &c);
        return;
    }
    for (int i = 0; i < window; i++)
        if (lymph_spawn(ctx, call_many, &c))
            die("spawn", ctx);
    while (running > 0)
        lymph_sleep(ctx, 0.001);
}

static double lymph_calls(int window, int count)
{
    lymph_ctx *ctx = lymph_open(NULL);
    call_window(ctx, window, window * 2); /* looks up, connects, warms the pools */
    int64_t begin = bench_now_ns();
    call_window(ctx, window, count);
    double seconds = (double)(bench_now_ns() - begin) / 1e9;
    lymph_close(ctx);
    return seconds;
}

/* ---- rounds ---- */

static void wait_until_served(pid_t server)
{
    const char *answer;
    for (int i = 0; i < 500 && bench_runs(server); i++) {
        lymph_ctx *ctx = lymph_open(NULL);
        lymph_status st = echo_echo(lymph_with(ctx, .timeout = 0.2), "ready?", &answer);
        lymph_close(ctx);
        if (!st)
            return;
        usleep(10000);
    }
    bench_die("the server", "does not answer");
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, by_size);
    return values[ROUNDS / 2];
}

static void measure(int window, int count)
{
    double raw[ROUNDS], whole[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        raw[i] = count / raw_call(raw_client, raw_server, window, count);
        whole[i] = count / lymph_calls(window, count);
    }
    double r = median(raw), w = median(whole);
    printf("window=%d raw=%.0f/s lymph=%.0f/s ratio=%.2f\n", window, r, w, w / r);
    fflush(stdout);
}

static void choose_endpoint(char out[32])
{
    snprintf(out, 32, "tcp://127.0.0.1:%d", bench_free_port());
}

int main(int argc, char **argv)
{
    setenv("XDG_RUNTIME_DIR", bench_open(SECONDS_MAX), 1); /* a cluster of our own */
    choose_endpoint(raw_server);
    choose_endpoint(raw_client);
    pid_t raw = bench_start(serve_raw, NULL), whole = bench_start(serve_whole, NULL);
    wait_until_served(whole);
    if (argc > 2) {
        measure(atoi(argv[1]), atoi(argv[2]));
    } else {
        measure(1, 10000);
        measure(50, 200000);
        measure(500, 400000);
    }
    bench_stop(whole);
    bench_stop(raw);
    bench_close();
    return 0;
}
