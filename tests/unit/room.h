/* room.h: a host of its own, put together by hand, for the tests of what lives in one: contexts, activities, calls,
 * subscriptions. It opens nothing; a test puts in what it needs. */
#ifndef TESTS_ROOM_H
#define TESTS_ROOM_H

#include "context/ctx.h"
#include "core/clock.h"
#include "server/activity.h"

#define ROOM_WAIT_US 15000000 /* reached only when a test fails */

typedef struct room {
    host host;
    lymph_ctx ctx;
    ctx_base base;
    activities activities;
} room;

static inline lymph_status room_opens_nothing(host *h, unsigned needs, failure *f)
{
    return failure_set(f, LYMPH_EBACKEND, "there is none of that here");
}

static inline int room_open(room *r, size_t activities_max)
{
    *r = (room){.host = {.phase = PHASE_RUNNING, .open = room_opens_nothing}};
    host *h = &r->host;
    failure f;
    h->process = forks_number();
    h->root = &r->ctx;
    h->activities = &r->activities;
    h->loop = loop_new(0);
    arena_init(&r->base.memory);
    ctx_init(&r->ctx, h, &r->base);
    activities_init(&r->activities, h);
    r->activities.max = activities_max;
    return h->loop && !log_open(NULL, "CRITICAL", &h->log, &f) ? 0 : -1;
}

/* Fails when a coroutine is left. */
static inline int room_close(room *r)
{
    bool left = loop_fibers(r->host.loop) || r->activities.alive || r->activities.serving;
    ctx_end(&r->ctx);
    arena_done(&r->base.memory);
    activities_done(&r->activities);
    loop_free(r->host.loop);
    log_close(r->host.log);
    return left ? -1 : 0;
}

/* Turns the loop once or a little longer. */
static inline void room_turn(room *r)
{
    waiter w = WAITER_INIT;
    (void)loop_wait(r->host.loop, &w, clock_now_us() + 2000);
}

#define ROOM_UNTIL(r, condition)                                                                                       \
    for (int64_t room_deadline = clock_now_us() + ROOM_WAIT_US; !(condition);) {                                       \
        assert_true(clock_now_us() < room_deadline);                                                                   \
        room_turn(r);                                                                                                  \
    }

#endif
