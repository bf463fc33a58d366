/* loop.h: one libevent loop and the coroutines that run on it.
 *
 * Code that waits is written straight: make a waiter, start something that will wake it, loop_wait. In a coroutine that
 * parks the coroutine; in a plain program it drives the loop until the waiter is woken. Everything here belongs to the
 * loop's thread; other threads use the mailbox (mailbox.h). */
#ifndef FIBER_LOOP_H
#define FIBER_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lymph/status.h>

#include "fiber/timers.h"

struct event_base;
typedef struct loop loop;

/* `stack_size` in bytes for each coroutine, rounded up to pages; 0: 256 KiB. NULL: out of memory. */
loop *loop_new(size_t stack_size);

/* No coroutine may be parked any more (loop_fibers() == 0). NULL is fine. */
void loop_free(loop *l);

struct event_base *loop_base(loop *l);

/* Runs until loop_break; LYMPH_ESTATE from inside a coroutine or callback. */
lymph_status loop_run(loop *l);
void loop_break(loop *l);

/* Runs `function(arg)` in a new coroutine, at once, up to its first wait. LYMPH_ENOMEM: no stack; nothing was run. A
 * coroutine may be started from a callback, from the plain program, or from another coroutine. */
lymph_status loop_spawn(loop *l, void (*function)(void *arg), void *arg);

/* What the calling coroutine does ("Shop.find"), told if it overflows its stack or keeps the loop for long. Copied, and
 * cut if it is long. In the plain program nothing happens. */
void loop_label(loop *l, const char *label);

#define LOOP_TURN_MAX_US 100000

/* `told` is called, on the loop, whenever a coroutine has run for longer than LOOP_TURN_MAX_US without a wait, once it
 * waits or ends: without the time of coroutines that it started or woke. */
void loop_on_long_turn(loop *l, void (*told)(void *arg, const char *label, int64_t us), void *arg);

/* Coroutines that have not ended. */
size_t loop_fibers(const loop *l);

/* True if the caller runs in a coroutine of this loop. */
bool loop_in_fiber(const loop *l);

/* LYMPH_OK if the caller may wait: in a coroutine, or outside of the running loop; else LYMPH_ESTATE. */
lymph_status loop_may_wait(const loop *l);

/* One wait for one wake-up. On the stack of the one who waits, or inside a longer-lived object. */
typedef struct waiter {
    void *fiber; /* who waits now; NULL: nobody, or the plain program */
    bool done;   /* woken: loop_wait returns at once */
} waiter;

#define WAITER_INIT                                                                                                    \
    {                                                                                                                  \
        NULL, false                                                                                                    \
    }

/* Waits until the waiter is woken (at once if it already is) or clock_now_us() passes `deadline_us` (LYMPH_ETIMEDOUT).
 * Woken: LYMPH_OK, and the waiter is ready for another round. LYMPH_ESTATE: called from a callback. */
lymph_status loop_wait(loop *l, waiter *w, int64_t deadline_us);

/* In the plain program: lets happen what has come since the loop ran last, if that was more than a moment ago, and
 * waits for news that are on their way, as long as the program was away and 100 ms at most. Elsewhere the loop runs
 * anyway, and nothing happens. */
void loop_catch_up(loop *l);

/* Between the two, somebody reads what has changed in the world. */
void loop_news_begin(loop *l);
void loop_news_end(loop *l);

/* Wakes the waiter: its coroutine runs before this returns when called from the loop's own stack (a callback), else
 * (called from a coroutine) next in the loop. Waking twice is waking once. */
void loop_wake(loop *l, waiter *w);

/* Calls `function` on the loop once, when clock_now_us() has reached the deadline. Setting again moves it.
 * LYMPH_ENOMEM. */
lymph_status timer_set(loop *l, timer *t, int64_t deadline_us, void (*function)(timer *t));
void timer_cancel(loop *l, timer *t); /* not set: nothing happens */

#endif
