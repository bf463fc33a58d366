/* server.h: the `http` members of one interface, served on a port of its own: from a request to a handler in a
 * coroutine, and the response behind it. libevent's evhttp speaks HTTP. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "http/connections.h"
#include "server/activity.h"
#include "server/interfaces.h"

struct evhttp;
struct evhttp_bound_socket;

typedef struct http_settings {
    uint16_t port; /* 0: any */
    size_t body_max, connections_max;
    int64_t request_us;
    const char *health;                           /* NULL: not served */
    const char *request_header, *response_header; /* of the trace id; the first may be NULL */
} http_settings;

typedef struct http_server http_server;
struct http_server {
    http_server *next;
    host *host;
    installed *interface;
    http_settings settings; /* texts borrowed from the configuration */
    uint16_t port;          /* bound */
    struct evhttp *evhttp;
    struct evhttp_bound_socket *listener; /* NULL: no longer */
    connections connections;
    activity_pool requests;
};

/* Listens on `ip`. LYMPH_ESYSTEM: the port cannot be had; LYMPH_ENOMEM. */
lymph_status http_open(activities *all, installed *i, const char *ip, const http_settings *s, http_server **out,
                       failure *f);
void http_stop(http_server *s);  /* no new connections; those that are there are told to end with their next response */
void http_close(http_server *s); /* no request may be under way; NULL is fine */

#endif
