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

typedef struct container {
    host host; /* first: what contexts know of it */
    lymph_ctx root;
    ctx_base root_base;
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

static inline container *container_of(const lymph_ctx *ctx)
{
    return (container *)ctx->host;
}

#endif
