/* container.h: a container: one service instance or one client, with everything that it owns. Users hold its root
 * context. */
#ifndef CONTAINER_CONTAINER_H
#define CONTAINER_CONTAINER_H

#include "client/call.h"
#include "config/config.h"
#include "container/settings.h"
#include "context/ctx.h"
#include "server/dispatch.h"
#include "http/server.h"
#include "server/subscriptions.h"

/* What a container stands on. */
typedef struct foundation {
    const char *config;                 /* the configuration's text; NULL: in files */
    const transport_backend *transport; /* NULL: ZeroMQ */
    const registry_backend *registry;   /* NULL: as the configuration says, as below */
    const events_backend *events;
} foundation;

typedef struct container {
    host host; /* first: what contexts know of it */
    lymph_ctx root;
    ctx_base root_base;
    foundation foundation;
    bool stop_asked, stop_now;
    timer log_settling;
    settings settings;
    config *config;
    calls calls;
    activities activities;
    interfaces interfaces;
    dispatcher dispatcher;
    subscriptions subscriptions;
    http_server *http; /* one for each interface that has routes */
    void **modules;    /* dlopen handles */
    size_t module_count;
} container;

/* As lymph_open, on something else than the configuration says. No options: they are for a newer library. */
lymph_ctx *container_open(const lymph_options *options, const foundation *on);

static inline container *container_of(const lymph_ctx *ctx)
{
    return (container *)ctx->host;
}

#endif
