/* counters.h: what one container has done since it was opened; read by get_metrics. */
#ifndef CONTEXT_COUNTERS_H
#define CONTEXT_COUNTERS_H

#include <stdint.h>

typedef struct counters {
    uint64_t requests, replies_dropped, nacks, errors; /* served */
    uint64_t calls, timeouts, unreachable;             /* made */
    uint64_t events_emitted, events_handled, events_failed;
} counters;

#endif
