#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"

#define DOTS 80

typedef struct run {
    const asked *request;
    long number, begun, ended, timeouts, per_dot;
    double *seconds; /* of each request that was answered */
    long answered;
    double last; /* when the last request ended */
    lymph_status failed;
    char why[300];
} run;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void send(lymph_ctx *ctx, run *r)
{
    lymph_value result;
    lymph_scope scope = lymph_scope_begin(ctx);
    double began = now();
    lymph_status st = lymph_request(ctx, r->request->subject, r->request->params, &result);
    r->last = now();
    if (!st) {
        r->seconds[r->answered++] = r->last - began;
    } else if (st == LYMPH_ETIMEDOUT) {
        r->timeouts++;
    } else if (!r->failed) {
        r->failed = st;
        snprintf(r->why, sizeof r->why, "%s", lymph_error_message(ctx));
    }
    lymph_scope_end(ctx, scope);
    if (++r->ended % r->per_dot == 0) {
        fputc('.', stdout);
        fflush(stdout);
    }
}

static void worker(lymph_ctx *ctx, void *arg)
{
    run *r = arg;
    while (r->begun < r->number && !r->failed) {
        r->begun++;
        send(ctx, r);
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile(const run *r, double p)
{
    long i = (long)ceil(p / 100 * (double)r->answered) - 1;
    return 1000 * r->seconds[i < 0 ? 0 : i >= r->answered ? r->answered - 1 : i];
}

static void print_statistics(run *r, double total)
{
    static const double shown[] = {0, 50, 90, 95, 97, 98, 99, 99.5, 99.9, 100};
    double sum = 0, squares = 0, count = (double)r->answered;
    for (long i = 0; i < r->answered; i++)
        sum += r->seconds[i];
    for (long i = 0; i < r->answered; i++)
        squares += (r->seconds[i] - sum / count) * (r->seconds[i] - sum / count);
    printf("\nRequests per second: %10.2f Hz  (#req=%ld)\n", total > 0 ? (double)r->ended / total : 0, r->ended);
    if (r->answered)
        printf("Mean time per request: %8.2f ms  (stddev=%.2f)\n", 1000 * sum / count, 1000 * sqrt(squares / count));
    printf("Timeout rate: %17.2f %%   (#req=%ld)\n", 100 * (double)r->timeouts / (double)r->ended, r->timeouts);
    printf("Total time: %19.2f s\n", total);
    if (!r->answered)
        return;
    qsort(r->seconds, (size_t)r->answered, sizeof *r->seconds, by_size);
    puts("\nPercentiles:");
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        printf("%5.1f %% %10.2f ms%s\n", shown[i], percentile(r, shown[i]),
               shown[i] == 0     ? " (min)"
               : shown[i] == 100 ? " (max)"
                                 : "");
}

/* Looks the service up and connects, so that the first request takes no longer than the others. */
static lymph_status warm_up(lymph_ctx *ctx, const asked *request)
{
    const lymph_entry payload = {lymph_string("payload"), lymph_string("")};
    lymph_value result;
    return lymph_request(lymph_with(ctx, .address = asked_address(ctx, request)), "lymph.ping", lymph_map(&payload, 1),
                         &result);
}

int bench(lymph_ctx *ctx, const asked *request, long number, long concurrency)
{
    lymph_status st = warm_up(ctx, request);
    if (st)
        return explain(ctx, st, request);
    if (concurrency > number)
        concurrency = number;
    run r = {.request = request, .number = number, .per_dot = (number + DOTS - 1) / DOTS};
    r.seconds = calloc((size_t)number, sizeof *r.seconds);
    if (!r.seconds)
        return fail_with(EXIT_FAILED, "out of memory");
    printf("sending %ld requests, concurrency %ld\n", number, concurrency);
    fflush(stdout);
    double began = now();
    for (long i = 1; i < concurrency && !st; i++)
        st = lymph_spawn(ctx, worker, &r);
    if (!st)
        worker(ctx, &r);
    while (r.ended < r.begun && !lymph_sleep(ctx, 0.001)) /* those of the other workers */
        ;
    int code;
    if (st || r.failed) {
        puts("");
        if (!st)
            lymph_fail(ctx, r.failed, "%s", r.why);
        code = explain(ctx, st ? st : r.failed, request);
    } else {
        print_statistics(&r, r.last - began);
        code = finish_output();
    }
    free(r.seconds);
    return code;
}
