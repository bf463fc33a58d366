#include "fiber/loop.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "fiber/fiber.h"
#include "fiber/overflow.h"
#include "fiber/timers.h"

#define DEFAULT_STACK (256 * 1024) /* address space: only touched pages become memory */
#define POOL_MAX      1024         /* ended coroutines that keep their stacks for the next ones */
#define MOMENT_US     1000         /* the world that a program sees may be that old */
#define CATCH_UP_US   100000       /* longest wait for news */
#define FIBERS_MAX    100000       /* coroutines at once; each costs address space and at least two touched pages */

struct loop {
    struct event_base *base;
    size_t stack_size;
    fiber *current; /* NULL: on the loop's own stack */
    fiber *pool;
    size_t pooled, alive;
    fiber *ready, **ready_end; /* woken from inside a coroutine; run by ready_event */
    struct event *ready_event;
    bool running;    /* inside event_base_loop */
    bool broken;     /* out of it, where time is pretended */
    waiter *program; /* what the plain program waits for; NULL: it does not */
    int64_t ran_us;  /* when the plain program came out of it last */
    size_t news;
    timers timers;
    int64_t turn_us; /* when the turn of the current coroutine began, later by what others took in it */
    void (*long_turn)(void *arg, const char *label, int64_t us);
    void *long_turn_arg;
};

static void resume(loop *l, fiber *f)
{
    int64_t began = clock_now_us(), parents = l->turn_us;
    f->parent = l->current;
    l->current = f;
    l->turn_us = began;
    fiber_resume(f);
    l->current = f->parent;
    int64_t now = clock_now_us(), own = now - l->turn_us;
    l->turn_us = parents + (now - began);
    if (own > LOOP_TURN_MAX_US && l->long_turn)
        l->long_turn(l->long_turn_arg, f->label, own);
    if (!f->ended)
        return;
    l->alive--;
    if (l->pooled >= POOL_MAX) {
        fiber_free(f);
        return;
    }
    f->next = l->pool;
    l->pool = f;
    l->pooled++;
}

static void run_ready(evutil_socket_t fd, short what, void *arg)
{
    loop *l = arg;
    /* Only those that are ready now: what they wake runs in the next round, after the sockets had their turn. */
    fiber *f = l->ready;
    l->ready = NULL;
    l->ready_end = &l->ready;
    while (f) {
        fiber *next = f->next;
        resume(l, f);
        f = next;
    }
    if (l->ready)
        event_base_loopcontinue(l->base);
}

loop *loop_new(size_t stack_size)
{
    loop *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    overflow_watch();
    l->stack_size = stack_size ? stack_size : DEFAULT_STACK;
    l->ready_end = &l->ready;
    l->timers.fd = -1;
    struct event_config *config = event_config_new();
    if (config) {
        event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
        l->base = event_base_new_with_config(config);
        event_config_free(config);
    }
    if (l->base)
        l->ready_event = event_new(l->base, -1, 0, run_ready, l);
    if (!l->ready_event || timers_init(&l->timers, l->base)) {
        loop_free(l);
        return NULL;
    }
    return l;
}

void loop_free(loop *l)
{
    if (!l)
        return;
    while (l->pool) {
        fiber *f = l->pool;
        l->pool = f->next;
        fiber_free(f);
    }
    timers_done(&l->timers);
    if (l->ready_event)
        event_free(l->ready_event);
    if (l->base)
        event_base_free(l->base);
    overflow_unwatch();
    free(l);
}

struct event_base *loop_base(loop *l)
{
    return l->base;
}

/* Where time is pretended it passes when nothing else is to do: to the next deadline, at once. */
static int run_pretended(loop *l, int flags)
{
    l->broken = false;
    for (;;) {
        bool outside = l->news && !(flags & EVLOOP_NONBLOCK); /* something real is waited for */
        if (event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY | (outside ? EVLOOP_ONCE : EVLOOP_NONBLOCK)) < 0)
            return -1;
        if (l->broken || (flags && !event_base_get_num_events(l->base, EVENT_BASE_COUNT_ACTIVE)))
            return 0;
        if (outside || event_base_get_num_events(l->base, EVENT_BASE_COUNT_ACTIVE))
            continue;
        int64_t next = timers_next(&l->timers);
        if (next == WAIT_FOREVER)
            return -1; /* nothing will ever happen */
        if (next > clock_now_us())
            clock_pretend(next);
        timers_run(&l->timers);
        if (l->broken)
            return 0;
    }
}

/* From the plain program, until it is woken or broken out of. */
static lymph_status run(loop *l, int flags)
{
    l->running = true;
    int failed =
        clock_pretended() ? run_pretended(l, flags) : event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY | flags);
    l->running = false;
    l->ran_us = clock_now_us();
    return failed < 0 ? LYMPH_ESYSTEM : LYMPH_OK;
}

lymph_status loop_run(loop *l)
{
    return l->running || l->current ? LYMPH_ESTATE : run(l, 0);
}

void loop_break(loop *l)
{
    l->broken = true;
    event_base_loopbreak(l->base);
}

lymph_status loop_spawn(loop *l, void (*function)(void *arg), void *arg)
{
    if (l->alive >= FIBERS_MAX)
        return LYMPH_ELIMIT;
    fiber *f = l->pool;
    if (f) {
        l->pool = f->next;
        l->pooled--;
    } else {
        f = fiber_new(l->stack_size);
        if (!f)
            return LYMPH_ENOMEM;
    }
    l->alive++;
    fiber_start(f, function, arg);
    resume(l, f);
    return LYMPH_OK;
}

void loop_label(loop *l, const char *label)
{
    if (!l->current)
        return;
    size_t size = strnlen(label, FIBER_LABEL_MAX);
    memcpy(l->current->label, label, size);
    l->current->label[size] = '\0';
}

void loop_on_long_turn(loop *l, void (*told)(void *arg, const char *label, int64_t us), void *arg)
{
    l->long_turn = told;
    l->long_turn_arg = arg;
}

size_t loop_fibers(const loop *l)
{
    return l->alive;
}

bool loop_in_fiber(const loop *l)
{
    return l->current != NULL;
}

lymph_status loop_may_wait(const loop *l)
{
    return l->current || !l->running ? LYMPH_OK : LYMPH_ESTATE;
}

typedef struct deadline {
    timer timer;
    loop *loop;
    waiter *waiter;
    bool expired;
} deadline;

static void deadline_passed(timer *t)
{
    deadline *d = (deadline *)t;
    d->expired = true;
    loop_wake(d->loop, d->waiter);
}

lymph_status loop_wait(loop *l, waiter *w, int64_t deadline_us)
{
    if (w->done) {
        w->done = false;
        return LYMPH_OK;
    }
    lymph_status st = loop_may_wait(l);
    if (st)
        return st;

    deadline d = {.loop = l, .waiter = w};
    if (deadline_us != WAIT_FOREVER) {
        st = timer_set(l, &d.timer, deadline_us, deadline_passed);
        if (st)
            return st;
    }
    if (l->current) {
        w->fiber = l->current;
        fiber_yield(l->current);
    } else {
        l->program = w;
        while (!w->done && !st)
            st = run(l, 0);
        l->program = NULL;
    }
    timer_cancel(l, &d.timer);
    w->done = false;
    return st ? st : d.expired ? LYMPH_ETIMEDOUT : LYMPH_OK;
}

void loop_catch_up(loop *l)
{
    if (l->running || l->current)
        return;
    int64_t now = clock_now_us(), away = now - l->ran_us;
    if (away < MOMENT_US)
        return;
    waiter w = WAITER_INIT; /* for the deadline alone: a flood could go on for ever */
    deadline d = {.loop = l, .waiter = &w};
    if (timer_set(l, &d.timer, now + (away < CATCH_UP_US ? away : CATCH_UP_US), deadline_passed))
        return;
    l->program = &w;
    lymph_status st = run(l, EVLOOP_NONBLOCK);
    while (!st && !w.done && l->news)
        st = run(l, EVLOOP_ONCE);
    l->program = NULL;
    timer_cancel(l, &d.timer);
}

void loop_news_begin(loop *l)
{
    l->news++;
}

void loop_news_end(loop *l)
{
    l->news--;
}

void loop_wake(loop *l, waiter *w)
{
    w->done = true;
    fiber *f = w->fiber;
    if (!f) {
        if (w == l->program)
            loop_break(l);
        return;
    }
    w->fiber = NULL;
    if (!l->current) {
        resume(l, f);
        return;
    }
    f->next = NULL;
    *l->ready_end = f;
    l->ready_end = &f->next;
    event_active(l->ready_event, EV_TIMEOUT, 1);
}

lymph_status timer_set(loop *l, timer *t, int64_t deadline_us, void (*function)(timer *t))
{
    return timers_set(&l->timers, t, deadline_us, function) ? LYMPH_ENOMEM : LYMPH_OK;
}

void timer_cancel(loop *l, timer *t)
{
    timers_cancel(&l->timers, t);
}
