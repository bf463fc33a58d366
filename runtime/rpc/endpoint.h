/* endpoint.h: where an instance can be reached: "tcp://127.0.0.1:40001". */
#ifndef RPC_ENDPOINT_H
#define RPC_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "core/slice.h"

#define ENDPOINT_MAX 255 /* longest routing id that ZeroMQ takes */

/* True for tcp://HOST:PORT with a host name, an IPv4 address or an IPv6 address in brackets, and a port of 1 to 65535.
 * A message of any other source is never answered: answering means to connect to what the text says. */
bool endpoint_valid(const char *text, size_t size);

/* The same with an address in numbers: what a stranger may make us connect to. A name would be looked up in ZeroMQ's
 * only I/O thread, where a slow answer holds up everything. */
bool endpoint_numeric(const char *text, size_t size);

/* The host of a valid endpoint, without brackets. */
slice endpoint_host(const char *text);

/* Its address, if it is in numbers. */
bool endpoint_address(const char *text, size_t size, struct sockaddr_storage *out, socklen_t *out_size);

#endif
