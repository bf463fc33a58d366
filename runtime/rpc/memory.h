/* memory.h: a transport for a program that talks only to itself: the testing kit's. Messages are made and read as on
 * the wire, and come in a later turn of the loop. */
#ifndef RPC_MEMORY_H
#define RPC_MEMORY_H

#include "rpc/transport.h"

/* What becomes of a request that is sent. */
typedef struct memory_fate {
    bool lost;       /* it never arrives */
    bool reply_lost; /* its answer does not */
    bool refused;    /* it is answered by a NACK, and not handled */
    int64_t delay_us;
} memory_fate;

/* Asks this for each request from now on. */
void transport_memory_decide(transport *t, memory_fate (*decide)(void *arg, slice subject), void *arg);

#endif
