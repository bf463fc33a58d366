#include "rpc/connection.h"

#include "core/clock.h"
#include "rpc/transport.h"

static const char *const state_names[] = {"unknown", "responsive", "unresponsive", "idle"};

const char *connection_state_name(connection_state state)
{
    return state_names[state];
}

static void set_state(connection *c, connection_state state)
{
    if (c->state == state)
        return;
    log_line(transport_log(c->transport), LYMPH_INFO, "lymph.core.connection", c->trace_id,
             "connection status changes from '%s' to '%s' endpoint=%s", state_names[c->state], state_names[state],
             c->endpoint);
    c->state = state;
}

void connection_heard(connection *c, int64_t now_us, bool active)
{
    c->heard_us = now_us;
    if (active)
        c->active_us = now_us;
    if (c->state != CONNECTION_IDLE || active)
        set_state(c, CONNECTION_RESPONSIVE);
}

void connection_beat(timer *t)
{
    connection *c = (connection *)((char *)t - offsetof(connection, heartbeat));
    const connection_limits *limits = transport_limits(c->transport);
    int64_t now = clock_now_us();
    int64_t heard = c->heard_us ? c->heard_us : c->opened_us;

    if (now - heard >= limits->timeout) {
        if (c->state != CONNECTION_UNRESPONSIVE)
            c->silent_us = now;
        set_state(c, CONNECTION_UNRESPONSIVE);
    } else if (c->state == CONNECTION_RESPONSIVE && now - c->active_us >= limits->idle_timeout) {
        set_state(c, CONNECTION_IDLE);
    }
    bool over = (c->state == CONNECTION_UNRESPONSIVE && now - c->silent_us >= limits->unresponsive_disconnect) ||
                now - c->active_us >= limits->idle_disconnect;
    if (over && !c->uses) {
        transport_disconnect(c->transport, c);
        return;
    }
    transport_ping(c->transport, c);
    /* Cannot fail: the heap keeps the place that the timer had. */
    (void)timer_set(transport_loop(c->transport), &c->heartbeat, now + limits->heartbeat_interval, connection_beat);
}
