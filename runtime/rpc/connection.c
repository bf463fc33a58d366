#include "rpc/connection.h"

#define HEARD_CHECKS 2
#define LATE_US      200000  /* an answer to a heartbeat */
#define REACHED_US   1000000 /* that somebody listened speaks for a peer */

static const char *const state_names[] = {"unknown", "responsive", "unresponsive", "idle"};

const char *connection_state_name(connection_state state)
{
    return state_names[state];
}

void connection_init(connection *c, int64_t now_us)
{
    c->state = CONNECTION_UNKNOWN;
    c->checked_us = c->active_us = now_us;
    c->pinged_us = 0;
    c->holds = 0;
    c->cut = false;
    c->heard = 0;
    connection_made(c);
}

void connection_made(connection *c)
{
    c->proven = false;
    c->ignored = 0;
    c->reached_us = 0;
    c->refused = 0;
}

void connection_heard(connection *c)
{
    c->heard = HEARD_CHECKS;
}

bool connection_alive(const connection *c)
{
    return c->state != CONNECTION_UNRESPONSIVE;
}

void connection_hold(connection *c)
{
    c->holds++;
}

void connection_release(connection *c)
{
    c->holds--;
}

void connection_used(connection *c, int64_t now_us)
{
    c->active_us = now_us;
    if (c->state == CONNECTION_IDLE)
        c->state = CONNECTION_RESPONSIVE;
}

void connection_answered(connection *c, bool to_heartbeat)
{
    c->proven |= to_heartbeat;
    if (!c->proven)
        return;
    c->pinged_us = 0;
    c->refused = 0;
    if (c->state != CONNECTION_IDLE)
        c->state = CONNECTION_RESPONSIVE;
}

bool connection_doubtful(const connection *c, int64_t now_us)
{
    bool answers = c->pinged_us ? now_us - c->pinged_us < LATE_US : c->proven;
    return !answers && !(c->reached_us && now_us - c->reached_us < REACHED_US);
}

void connection_asked(connection *c, int error, int64_t now_us)
{
    c->refused = error;
    c->reached_us = error ? 0 : now_us;
}

/* A ping goes out every interval, so an unanswered one older than this makes the silence `timeout` long at most. */
static bool overdue(const connection *c, const connection_limits *limits, int64_t now_us)
{
    return c->pinged_us && now_us - c->pinged_us >= limits->timeout - limits->heartbeat_interval;
}

connection_action connection_check(connection *c, const connection_limits *limits, int64_t now_us)
{
    /* It was we who stood still: the answer may lie unread. */
    if (c->pinged_us && now_us - c->checked_us >= 2 * limits->heartbeat_interval)
        c->pinged_us = now_us;
    c->checked_us = now_us;
    if (c->state != CONNECTION_UNRESPONSIVE && overdue(c, limits, now_us)) {
        c->state = CONNECTION_UNRESPONSIVE;
        c->silent_us = now_us;
    } else if (c->state == CONNECTION_RESPONSIVE && now_us - c->active_us >= limits->idle_timeout) {
        c->state = CONNECTION_IDLE;
    }
    bool over = (c->state == CONNECTION_UNRESPONSIVE && now_us - c->silent_us >= limits->unresponsive_disconnect) ||
                now_us - c->active_us >= limits->idle_disconnect;
    if (over && !c->holds)
        return CONNECTION_CLOSE;
    if (!c->pinged_us)
        c->pinged_us = now_us;
    c->ignored = c->heard && !c->proven ? c->ignored + 1 : 0;
    c->heard -= c->heard > 0;
    return c->ignored * limits->heartbeat_interval >= limits->timeout ? CONNECTION_REMAKE : CONNECTION_PING;
}
