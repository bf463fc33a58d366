/* null.c: an event system that takes every event and delivers none: for services whose events nobody needs. */
#include <stdlib.h>

#include "events/queue.h"

static lymph_status null_open(events *e, const config_node *section, void **state, failure *f)
{
    *state = e;
    return LYMPH_OK;
}

static lymph_status null_publish(void *state, const char *routing_key, const char *queue_name, const void *data,
                                 size_t size, int64_t delay_ms, failure *f)
{
    return LYMPH_OK;
}

static lymph_status null_subscribe(void *state, queue *q, failure *f)
{
    q->active_state = state;
    return LYMPH_OK;
}

static void null_unsubscribe(void *state, queue *q)
{
}

static void null_settle(void *state, delivery *d, delivery_end end)
{
    abort(); /* nothing was delivered */
}

static void null_close(void *state)
{
}

const events_backend events_null = {
    .name = "null",
    .open = null_open,
    .publish = null_publish,
    .subscribe = null_subscribe,
    .unsubscribe = null_unsubscribe,
    .settle = null_settle,
    .close = null_close,
};
