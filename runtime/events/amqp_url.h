/* amqp_url.h: where RabbitMQ is, in the forms that kombu takes as `hostname`: a host, or
 * amqp://USER:PASSWORD@HOST:PORT/VHOST, every part of which may be left out. No message shows the password. */
#ifndef EVENTS_AMQP_URL_H
#define EVENTS_AMQP_URL_H

#include "core/arena.h"
#include "core/failure.h"

/* NULL and 0: not said. */
typedef struct amqp_url {
    const char *host; /* without brackets */
    int port;
    const char *user, *password;
    const char *vhost; /* of "/" and no path NULL, of "/shop" "shop", of "//shop" "/shop" */
} amqp_url;

/* Texts are allocated in the arena; what stands behind a percent sign is decoded. LYMPH_ECONFIG, LYMPH_ENOMEM. */
lymph_status amqp_url_parse(arena *a, const char *text, amqp_url *out, failure *f);

#endif
