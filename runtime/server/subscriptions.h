/* subscriptions.h: events in: from a queue's delivery to a handler in a coroutine, and the acknowledgement behind it.
 */
#ifndef SERVER_SUBSCRIPTIONS_H
#define SERVER_SUBSCRIPTIONS_H

#include "server/activity.h"
#include "server/interfaces.h"

typedef struct subscriptions {
    host *host;
    struct subscriber *first;
    activity_pool events;
} subscriptions;

void subscriptions_init(subscriptions *all, activities *running);
void subscriptions_done(subscriptions *all);

/* Every `on` of an interface; the event system must be open. */
lymph_status subscriptions_add(subscriptions *all, installed *i, failure *f);
void subscriptions_stop(subscriptions *all); /* no new events; waits */

#endif
