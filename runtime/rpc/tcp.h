/* tcp.h: what the kernel knows of connections, where ZeroMQ does not tell or ask. */
#ifndef RPC_TCP_H
#define RPC_TCP_H

#include <stdbool.h>
#include <stdint.h>

/* Takes a free port for outgoing connections; every one of them must come from it. Returns a descriptor that keeps the
 * port, or -1.
 *
 * A connection that comes again from the same port to the same peer is the same to the peer's kernel: what it still
 * holds of the former one, after a cut of the network that neither side could tell the other of, ends before the new
 * one begins. From another port the peer would hold both, and a ROUTER ignores the second of a name. */
int tcp_reserve(uint16_t *port);

/* Whether `fd` is a connection to our `port` now: ZeroMQ may have closed it, and somebody opened another file. */
bool tcp_accepted(int fd, uint16_t port);

/* Probes of an idle connection that the peer's kernel left unanswered in a row. */
int tcp_unanswered(int fd);

#endif
