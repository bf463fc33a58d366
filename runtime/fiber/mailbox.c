#include "fiber/mailbox.h"

#include <event2/event.h>
#include <stdlib.h>

struct mailbox {
    inbox inbox;
    struct event *event;
};

static void open_all(mailbox *m)
{
    letter *l = inbox_take(&m->inbox);
    while (l) {
        letter *next = l->next; /* opening may free the letter */
        l->open(l);
        l = next;
    }
}

static void on_post(evutil_socket_t fd, short what, void *arg)
{
    open_all(arg);
}

mailbox *mailbox_new(loop *l)
{
    mailbox *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    if (!inbox_init(&m->inbox))
        m->event = event_new(loop_base(l), inbox_fd(&m->inbox), EV_READ | EV_PERSIST, on_post, m);
    if (!m->event || event_add(m->event, NULL)) {
        mailbox_free(m);
        return NULL;
    }
    return m;
}

void mailbox_free(mailbox *m)
{
    if (!m)
        return;
    open_all(m);
    if (m->event)
        event_free(m->event);
    inbox_done(&m->inbox);
    free(m);
}

void mailbox_spin(mailbox *m, int64_t us)
{
    inbox_spin(&m->inbox, us);
}

void mailbox_post(mailbox *m, letter *l)
{
    inbox_post(&m->inbox, l);
}
