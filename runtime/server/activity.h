/* activity.h: work that runs in a coroutine with a context of its own: a request, an event, a spawned function. What a
 * kind of work has beside these is in a struct that embeds the activity at its beginning. */
#ifndef SERVER_ACTIVITY_H
#define SERVER_ACTIVITY_H

#include "context/ctx.h"
#include "core/slice.h"

typedef struct activity activity;
typedef struct activities activities;

/* Activities of one kind, pooled with their arenas, so that serving a request allocates nothing in the steady state. */
typedef struct activity_pool {
    activities *all;
    size_t size; /* of what embeds the activity */
    bool serves; /* a request or an event: a stop waits for it */
    activity *spare;
    size_t spare_count;
} activity_pool;

struct activity {
    lymph_ctx ctx;
    ctx_base base;
    activity_pool *pool;
    activity *next; /* in the pool */
    void (*function)(activity *a);
    char trace_id[MESSAGE_TRACE_MAX + 1];
};

/* All kinds of one container together. */
struct activities {
    host *host;
    size_t alive, max;
    size_t serving;  /* those of them that a stop waits for */
    waiter *drained; /* woken when the last of these ends; NULL: nobody waits */
    activity_pool spawned;
};

void activities_init(activities *all, host *h); /* `max` is the caller's to set */
void activities_done(activities *all);

/* Waits until nothing serves, or until the deadline or activities_hurry. */
void activities_wait(activities *all, int64_t deadline_us);
void activities_hurry(activities *all);

void activity_pool_init(activity_pool *p, activities *all, size_t size, bool serves);
void activity_pool_done(activity_pool *p);

/* An activity that is not running yet; what embeds it holds what its last user left there. `trace_id` of size 0, or
 * longer than peers take: a new one. NULL when memory is out or too many are alive. */
activity *activity_new(activity_pool *p, slice trace_id);
void activity_free(activity *a); /* only one that was never run */

/* Runs it in a coroutine, at once, until its first wait; frees it when `function` returns. */
lymph_status activity_run(activity *a, void (*function)(activity *a));

#endif
