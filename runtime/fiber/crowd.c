#include "fiber/crowd.h"

/* On the stack of the one who waits. */
typedef struct crowd_member {
    struct crowd_member *next, **link; /* link NULL: taken out */
    waiter w;
} crowd_member;

static void leave(crowd_member *m)
{
    if (!m->link)
        return;
    *m->link = m->next;
    if (m->next)
        m->next->link = m->link;
    m->link = NULL;
}

lymph_status crowd_wait(loop *l, crowd *c, int64_t deadline_us)
{
    crowd_member me = {.next = c->first, .link = &c->first, .w = WAITER_INIT};
    if (me.next)
        me.next->link = &me.next;
    c->first = &me;
    lymph_status st = loop_wait(l, &me.w, deadline_us);
    leave(&me);
    return st;
}

void crowd_wake(loop *l, crowd *c)
{
    crowd now = *c; /* who comes while they run waits for the next time */
    c->first = NULL;
    if (now.first)
        now.first->link = &now.first;
    while (now.first) {
        crowd_member *m = now.first;
        leave(m);
        loop_wake(l, &m->w);
    }
}
