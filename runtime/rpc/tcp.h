/* tcp.h: sockets: those that we listen on, and what the kernel knows of connections. */
#ifndef RPC_TCP_H
#define RPC_TCP_H

#include <stddef.h>
#include <stdint.h>

/* Takes a free port for outgoing connections; every one of them must come from it. Returns a descriptor that keeps the
 * port, or -1.
 *
 * A connection that comes again from the same port to the same peer is the same to the peer's kernel: what it still
 * holds of the former one, after a cut of the network that neither side could tell the other of, ends before the new
 * one begins. From another port the peer would hold both, and a ROUTER ignores the second of a name. */
int tcp_reserve(uint16_t *port);

/* Listens at a numeric address. Returns the descriptor, or -1 with errno. */
int tcp_listen(const char *ip, uint16_t port, int backlog);

/* For a connection that a peer made: what is sent leaves at once, and the kernel asks an idle peer every second whether
 * it is still there. Its death is told after a minute. */
void tcp_prepare(int fd);

/* "127.0.0.1:40001": who is at the other end. Returns `out`. */
#define TCP_ADDRESS_SIZE 64
const char *tcp_peer(int fd, char *out, size_t size);

/* Probes of an idle connection that the peer's kernel left unanswered in a row. */
int tcp_unanswered(int fd);

#endif
