/* container.h: the inside of a container: one service instance or one client, with everything that it owns. Shared by
 * the files of this folder; what users see is <lymph/ctx.h>, <lymph/container.h> and <lymph/client.h>. */
#ifndef CONTAINER_CONTAINER_H
#define CONTAINER_CONTAINER_H

#include <lymph/lymph.h>

#include "codec/codec.h"
#include "config/config.h"
#include "core/log.h"
#include "core/table.h"
#include "core/unique.h"
#include "events/events.h"
#include "fiber/loop.h"
#include "registry/identity.h"
#include "registry/registry.h"
#include "rpc/transport.h"

typedef struct container container;
typedef struct installed installed;
typedef struct activity activity;

/* ---- contexts (ctx.c) ---- */

/* What contexts derived from one another share. */
typedef struct ctx_base {
    arena memory;
    failure failure;
    bool remote;               /* the failure is the peer's: error_type and error_body are set */
    const char *error_type;    /* in the arena */
    const uint8_t *error_body; /* msgpack in the arena */
    size_t error_size;
    const uint8_t *raised; /* body of the ERROR that the handler wants sent; in the arena */
    size_t raised_size;
    const uint8_t *reply_headers; /* msgpack of the last reply, in the arena */
    size_t reply_headers_size;
    lymph_future *futures; /* not awaited yet */
} ctx_base;

struct lymph_ctx {
    container *c;
    ctx_base *base;
    installed *interface;       /* whose handler has this context; NULL: none */
    const lymph_method *method; /* which handler, for the check of what is raised; NULL: none */
    const char *trace_id;       /* "" when there is none */
    lymph_call_options options;
};

void ctx_init(lymph_ctx *ctx, container *c, ctx_base *base);
/* Drops futures and what the failure points to; the arena keeps a block. */
void ctx_end(lymph_ctx *ctx);
lymph_status ctx_fail(lymph_ctx *ctx, lymph_status status, const char *format, ...) LYMPH_PRINTF(3, 4);

/* Whether all of `what` ("the result of Shop.find") was written: LYMPH_ELIMIT or LYMPH_ENOMEM. */
lymph_status ctx_written(lymph_ctx *ctx, const writer *w, const char *what);

/* What every operation asks first: LYMPH_ESTATE, LYMPH_ECANCELED or the failure of lymph_open; `waits`: may it wait
 * here? */
lymph_status ctx_ready(lymph_ctx *ctx, bool waits);

/* ---- interfaces (interfaces.c) ---- */

struct installed {
    const lymph_interface_desc *desc;
    const void *handlers;
    char *name, *version; /* as registered; version NULL: unversioned */
    void *state;          /* lymph_set_state */
    bool builtin;         /* answers every version; registered with its own id rule */
    bool started;         /* on_start was called and did not fail */
    struct served_method *subjects;
    installed *next;
};

/* One method of one installed interface, found by "Name.method". */
typedef struct served_method {
    table_node node;
    installed *interface;
    const lymph_method *method;
    char *text;
} served_method;

/* Names and version must be valid; nothing else is checked. LYMPH_ENOMEM. */
lymph_status interfaces_add(container *c, const lymph_interface_desc *desc, const void *handlers, const char *name,
                            const char *version, failure *f);

/* The method that serves a request: `version` of size 0 is none asked for. NULL: NACK. */
served_method *interfaces_find(container *c, slice subject_text, slice version);
void interfaces_free(container *c);
bool handler_exists(const void *handlers, size_t offset);

extern const lymph_interface_desc lymph_descriptor; /* generated from idl/lymph.lymph */
extern const void *const builtin_handlers;          /* builtin.c */

/* ---- the container (container.c, run.c) ---- */

typedef enum container_state {
    CONTAINER_NEW,
    CONTAINER_STARTING,
    CONTAINER_RUNNING,
    CONTAINER_UNREGISTERING, /* no longer in the registry, no new events */
    CONTAINER_DRAINING,      /* what is under way ends */
    CONTAINER_STOPPED,       /* everything that still waits is cancelled */
} container_state;

typedef struct counters {
    uint64_t requests, replies_dropped, nacks, errors; /* served */
    uint64_t calls, timeouts, unreachable;             /* made */
    uint64_t events_emitted, events_handled, events_failed;
} counters;

struct container {
    lymph_ctx root;
    ctx_base root_base;
    failure broken; /* status != 0: lymph_open failed, every call returns this */
    container_state state;
    bool stop_asked, stop_now;

    char *ip;
    uint16_t port;
    bool isolated, signals;
    config *config;
    logger *log;
    loop *loop;
    transport *transport;
    registry *registry;
    events *events;
    connection_limits limits;
    int64_t drain_us;  /* longest wait for what is under way when stopping */
    identity identity; /* set with the transport */

    installed *interfaces;
    table subjects;

    table calls; /* pending, by message id */
    lymph_future *spare_calls;
    writer body, headers; /* scratch: filled and sent without a wait in between */

    activity *spare_activities;
    size_t activities_alive, activities_max, spare_activity_count;
    size_t serving; /* those of them that a stop waits for: requests and events */
    int64_t last_request_us;
    waiter *drained;
    struct subscriber *subscribers;
    struct sleeper *sleepers;
    void **modules; /* dlopen handles */
    size_t module_count;
    counters counters;
};

/* Opens what an operation needs, once each: the bound transport, the registry, the event system. Do not wait. */
lymph_status container_need_transport(container *c, failure *f);
lymph_status container_need_registry(container *c, failure *f);
lymph_status container_need_events(container *c, failure *f);
void container_set_state(container *c, container_state state);

/* From any state to STOPPED, through the phases between; waits, bounded. Nothing happens if it has stopped (run.c). */
void container_shutdown(container *c);

/* ---- activities: what runs in a coroutine with a context of its own (activity.c) ---- */

struct activity {
    lymph_ctx ctx;
    ctx_base base;
    activity *next;
    void (*function)(activity *t);
    bool serves; /* a request or an event: a stop waits for it */
    /* A request. */
    connection *from;
    char id[MESSAGE_ID_MAX + 1];
    size_t id_size;
    char trace_id[MESSAGE_TRACE_MAX + 1];
    const void *params;
    /* An event or a spawned function. */
    struct subscriber *subscriber;
    delivery *delivery;
    void (*user_function)(lymph_ctx *ctx, void *arg);
    void *arg;
};

/* An activity that is not running yet; NULL when memory is out or too many are alive. `serves`: a request or an event.
 * `trace_id` of size 0, or longer than peers take: a new one. */
activity *activity_new(container *c, slice trace_id, bool serves);
void activity_free(activity *t); /* only one that was never run */
/* Runs it in a coroutine, at once, until its first wait; frees it when `function` returns. */
lymph_status activity_run(activity *t, void (*function)(activity *t));
void activities_free(container *c);

/* ---- calls (call.c) ---- */

void calls_receive(container *c, message *m); /* a reply came */
void calls_cancel(container *c);              /* all end with LYMPH_ECANCELED */
void calls_free(container *c);
void future_drop(lymph_future *call);

/* ---- requests (dispatch.c) ---- */

void dispatch_receive(container *c, message *m, connection *from);

/* ---- events (subscriptions.c) ---- */

lymph_status subscribe_interface(installed *i, container *c);
void subscribers_stop(container *c); /* no new events; waits */
void subscribers_free(container *c);

void sleepers_cancel(container *c); /* every lymph_sleep ends with LYMPH_ECANCELED */

/* The JSON that an interface is registered with, and its id (registration.c). In the arena; NULL when memory is out. */
const char *registration_json(container *c, arena *a, const installed *i, identity id);

#endif
