/* connections.h: the connections of clients of one server: how many there are, and how long a request may take to come.
 *
 * evhttp tells of a connection only when it has a whole request, and its own limit of time begins anew with every byte.
 * So each connection's bufferevent is made here and held: what evhttp has let go of is seen by a timer. */
#ifndef HTTP_CONNECTIONS_H
#define HTTP_CONNECTIONS_H

#include <stdint.h>

#include "core/table.h"
#include "fiber/loop.h"

struct bufferevent;

typedef struct connections {
    loop *loop;
    size_t max;
    int64_t request_us; /* in which a whole request has to come */
    table all;
    timer timer;
    uint64_t refused; /* there were too many */
} connections;

/* At most half of the descriptors that the process may have, too. */
void connections_init(connections *all, loop *l, size_t max, int64_t request_us);
void connections_done(connections *all); /* evhttp has been freed */

/* For evhttp_set_bevcb; `arg` is the connections. */
struct bufferevent *connections_make(struct event_base *base, void *arg);

/* Whether all that was answered has been written, or will never be. */
bool connections_written(connections *all);

/* A whole request has come; and: it has been answered. */
void connections_busy(connections *all, struct bufferevent *b);
void connections_idle(connections *all, struct bufferevent *b);

#endif
