/* host.h: what all contexts of one container share: the parts that they reach, filled in by the container. Parts that
 * lie above this folder are known here by name only, and what must happen up there goes through the function `open`. */
#ifndef CONTEXT_HOST_H
#define CONTEXT_HOST_H

#include "context/counters.h"
#include "core/failure.h"
#include "core/forks.h"
#include "core/log.h"
#include "events/events.h"
#include "fiber/loop.h"
#include "registry/identity.h"
#include "registry/registry.h"
#include "rpc/reach.h"

typedef struct host host;

/* Only grows. */
typedef enum phase {
    PHASE_NEW,
    PHASE_STARTING,
    PHASE_RUNNING,
    PHASE_UNREGISTERING, /* no longer in the registry, no new events */
    PHASE_DRAINING,      /* what is under way ends */
    PHASE_STOPPED,       /* everything that still waits is cancelled */
} phase;

/* What an operation needs before it begins (ctx_enter). */
enum {
    NEED_WAIT = 1,      /* that it may wait here */
    NEED_TRANSPORT = 2, /* bound */
    NEED_REGISTRY = 4,
    NEED_EVENTS = 8,
};

struct host {
    phase phase;
    unsigned process; /* forks_number() of the one that opened it */
    failure broken;   /* status != 0: lymph_open failed, every call returns this */
    unsigned have;    /* those of the needs that are open */
    lymph_status (*open)(host *h, unsigned needs, failure *f); /* opens what is missing; does not wait */
    lymph_ctx *root;
    logger *log;
    loop *loop;
    transport *transport;
    reach *reach; /* with the transport */
    registry *registry;
    events *events;
    identity identity; /* set with the transport */
    counters counters;
    struct sleeper *sleepers; /* context/sleep.c */
    struct calls *calls;
    struct activities *activities;
    struct subscriptions *subscriptions;
};

/* This is a child of the process that opened it, and shares its sockets, its epoll set and its sessions: nothing may be
 * touched. */
static inline bool host_is_parents(const host *h)
{
    return h->process != forks_number();
}

#endif
