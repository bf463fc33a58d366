/* wait_fd.c: waiting for a descriptor of the user's. */
#include <errno.h>
#include <event2/event.h>
#include <math.h>
#include <poll.h>
#include <string.h>

#include "context/sleep.h"
#include "core/clock.h"

#define FOREVER 1e9 /* seconds */

typedef struct watch {
    sleeper sleeper;
    loop *loop;
    bool ready;
} watch;

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
    watch *w = arg;
    w->ready = true;
    loop_wake(w->loop, &w->sleeper.w);
}

/* LYMPH_OK: it is ready; LYMPH_ETIMEDOUT: not yet. Asked first, also for files, which epoll does not take: they are
 * always ready. */
static lymph_status look(lymph_ctx *ctx, int fd, unsigned wanted)
{
    struct pollfd p = {.fd = fd};
    p.events = (short)((wanted & LYMPH_READABLE ? POLLIN : 0) | (wanted & LYMPH_WRITABLE ? POLLOUT : 0));
    int count;
    do
        count = poll(&p, 1, 0);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return ctx_fail(ctx, LYMPH_ESYSTEM, "cannot look at descriptor %d: %s", fd, strerror(errno));
    if (fd < 0 || (p.revents & POLLNVAL))
        return ctx_fail(ctx, LYMPH_EINVAL, "%d is no open descriptor", fd);
    return count ? LYMPH_OK : LYMPH_ETIMEDOUT;
}

static lymph_status watch_fd(lymph_ctx *ctx, int fd, unsigned wanted, double timeout)
{
    watch w = {.loop = ctx->host->loop};
    short what = (short)((wanted & LYMPH_READABLE ? EV_READ : 0) | (wanted & LYMPH_WRITABLE ? EV_WRITE : 0));
    struct event *event = event_new(loop_base(w.loop), fd, what, on_ready, &w);
    if (!event)
        return ctx_fail(ctx, LYMPH_ENOMEM, "out of memory");
    lymph_status st;
    if (event_add(event, NULL))
        st = ctx_fail(ctx, LYMPH_ESYSTEM, "cannot watch descriptor %d: %s", fd, strerror(errno));
    else
        st =
            sleeper_wait(ctx, &w.sleeper, timeout < FOREVER ? clock_now_us() + (int64_t)(timeout * 1e6) : WAIT_FOREVER);
    event_free(event);
    return st == LYMPH_ETIMEDOUT && w.ready ? LYMPH_OK : st;
}

lymph_status lymph_wait_fd(lymph_ctx *ctx, int fd, unsigned wanted, double timeout)
{
    lymph_status st = ctx_enter(ctx, NEED_WAIT);
    if (st)
        return st;
    if (!wanted || (wanted & ~(LYMPH_READABLE | LYMPH_WRITABLE)))
        return ctx_fail(ctx, LYMPH_EINVAL, "a descriptor is waited for with LYMPH_READABLE, LYMPH_WRITABLE or both");
    if (isnan(timeout))
        return ctx_fail(ctx, LYMPH_EINVAL, "the time-out is not a number");
    st = look(ctx, fd, wanted);
    if (st == LYMPH_ETIMEDOUT && timeout > 0)
        st = watch_fd(ctx, fd, wanted, timeout);
    return st == LYMPH_ETIMEDOUT
               ? ctx_fail(ctx, st, "descriptor %d was not ready within %g seconds", fd, timeout > 0 ? timeout : 0)
               : st;
}
