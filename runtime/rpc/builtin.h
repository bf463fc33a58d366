/* builtin.h: the names of the interface that every instance serves, whatever its version; heartbeats are requests to
 * it. */
#ifndef RPC_BUILTIN_H
#define RPC_BUILTIN_H

#include <stdbool.h>
#include <string.h>

#include "core/slice.h"

#define BUILTIN_INTERFACE "lymph"
#define BUILTIN_PING      BUILTIN_INTERFACE ".ping"

/* Whether a request of this subject goes to it. */
static inline bool builtin_serves(slice subject)
{
    static const char prefix[] = BUILTIN_INTERFACE ".";
    return subject.size >= sizeof prefix && memcmp(subject.at, prefix, sizeof prefix - 1) == 0;
}

static inline bool builtin_is_ping(slice subject)
{
    return subject.size == sizeof BUILTIN_PING - 1 && memcmp(subject.at, BUILTIN_PING, subject.size) == 0;
}

#endif
