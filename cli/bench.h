/* bench.h: one request sent many times, and how long the answers took. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "explain.h"

/* Sends the request `number` times, `concurrency` at once, and prints statistics. Timeouts are counted; any other
 * failure ends it. Returns the exit status. */
int bench(lymph_ctx *ctx, const asked *request, long number, long concurrency);

#endif
