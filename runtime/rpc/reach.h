/* reach.h: the connection that a call goes over, and whether anybody listens at its other end. ZeroMQ connects by
 * itself, again and again, and tells nobody that it was refused. So where nothing speaks for a peer (it has not
 * answered yet, or a heartbeat is late) the kernel is asked, with a connection that is closed as soon as it stands.
 * That takes one round trip, in which ZeroMQ has begun to connect. Loop's thread. */
#ifndef RPC_REACH_H
#define RPC_REACH_H

#include "rpc/transport.h"

typedef struct reach reach;

reach *reach_new(loop *l, transport *t); /* NULL: out of memory */
void reach_stop(reach *r);               /* who waits, or would have to, is told LYMPH_ECANCELED */
void reach_free(reach *r);               /* before the transport; nobody waits any more. NULL is fine */

/* The connection to an endpoint, held for the caller. Waits if its host has a name. As names_resolve and
 * transport_connect; `f` says why. */
lymph_status reach_connect(reach *r, const char *endpoint, int64_t deadline_us, connection **out, failure *f);

/* LYMPH_EUNREACHABLE: nobody listens there, `f` says why. LYMPH_OK: nothing says so. Waits where an answer is to be had
 * soon, half a second at most. LYMPH_ECANCELED, LYMPH_ENOMEM. */
lymph_status reach_ask(reach *r, connection *to, int64_t deadline_us, failure *f);

#endif
