/* call.h: the calls of one container to its peers. */
#ifndef CLIENT_CALL_H
#define CLIENT_CALL_H

#include "context/ctx.h"
#include "core/table.h"

#include <lymph/call.h>

typedef struct calls {
    host *host;
    table pending; /* by message id */
    struct exchange *spare;
    uint64_t numbers;     /* given to exchanges */
    writer body, headers; /* scratch: filled and sent without a wait in between */
} calls;

void calls_init(calls *all, host *h);
void calls_done(calls *all); /* none is pending any more */

void calls_receive(calls *all, message *m); /* a reply came */

/* They end with LYMPH_ECANCELED: those of the contexts of `base`, or all if it is NULL. */
void calls_cancel(calls *all, const ctx_base *base, const char *why);

#endif
