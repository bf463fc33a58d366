/* queue.h: the inside of a queue, for the event backends. */
#ifndef EVENTS_QUEUE_H
#define EVENTS_QUEUE_H

#include "events/events.h"

struct queue {
    queue *next; /* in the event system's list */
    events *events;
    queue_options options; /* name and patterns are its own */
    char **patterns;
    void *active_state; /* the backend's, set by subscribe; NULL: no longer subscribed */
};

#endif
