/* dispatch.h: requests from peers to handlers, and their answers back. */
#ifndef SERVER_DISPATCH_H
#define SERVER_DISPATCH_H

#include "server/activity.h"
#include "server/interfaces.h"

typedef struct dispatcher {
    host *host;
    const interfaces *interfaces;
    activity_pool requests;
    writer body, headers; /* scratch: filled and sent without a wait in between */
    int64_t last_us;      /* when the last request came, since the container began to stop */
} dispatcher;

/* LYMPH_ENOMEM. What says no needs no memory later. */
lymph_status dispatcher_init(dispatcher *d, activities *all, const interfaces *served);
void dispatcher_done(dispatcher *d);

void dispatch_receive(dispatcher *d, message *m, connection *from);

#endif
