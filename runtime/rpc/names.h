/* names.h: the addresses of hosts that endpoints name. ZeroMQ would look them up in its only I/O thread, where a slow
 * answer holds up everything, and tell nobody that there is none; so names are looked up here, on threads, and
 * connections are made to addresses. What was found is good for a while. Loop's thread. */
#ifndef RPC_NAMES_H
#define RPC_NAMES_H

#include "core/failure.h"
#include "fiber/loop.h"

typedef struct names names;

names *names_new(loop *l); /* NULL: out of memory */
void names_stop(names *n); /* who waits, or would have to, is told LYMPH_ECANCELED */
void names_free(names *n); /* nobody waits any more. NULL is fine */

/* The same endpoint (endpoint_valid) with an address for its name, in `out` of ENDPOINT_MAX + 1 bytes. Waits, but not
 * for an address. LYMPH_EUNREACHABLE: there is none, `f` says why; LYMPH_ETIMEDOUT; LYMPH_ECANCELED; LYMPH_ELIMIT: too
 * many are being looked up; LYMPH_ENOMEM; LYMPH_ESYSTEM. */
lymph_status names_resolve(names *n, const char *endpoint, int64_t deadline_us, char *out, failure *f);

#endif
