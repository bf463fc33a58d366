/* raw.h: the yardstick: the same frames over the same kind of sockets with nothing but libzmq. */
#ifndef BENCH_RAW_H
#define BENCH_RAW_H

/* Serves echo on `endpoint` until killed. */
void raw_serve(const char *endpoint);

/* Makes `count` requests with `window` of them outstanding from `own` to `endpoint`; returns seconds. */
double raw_call(const char *own, const char *endpoint, int window, int count);

#endif
