/* web.h: the HTTP of a container: a server for each interface that has routes. */
#ifndef CONTAINER_WEB_H
#define CONTAINER_WEB_H

#include "container/container.h"

/* Listens for the interface, if it has routes, as its section in the configuration says. */
lymph_status web_start(container *c, installed *i, failure *f);
void web_stop(container *c); /* no new connections */
/* Waits until all responses are written, until the deadline at most. */
void web_flush(container *c, int64_t deadline_us);
void web_close(container *c); /* no handler may be running */

uint16_t web_port(const container *c, const installed *i); /* 0: it has none */

#endif
