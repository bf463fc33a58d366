/* bench.h: many requests, and what they took. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include <lymph/lymph.h>

/* Sends the request `number` times from `concurrency` coroutines and prints statistics. Timeouts are counted; any other failure ends
 * it. Returns the exit status. */
int bench(lymph_ctx *ctx, const char *subject, lymph_value params, const char *service, long number, long concurrency);

#endif
