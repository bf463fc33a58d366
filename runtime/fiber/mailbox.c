#include "fiber/mailbox.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct mailbox {
    pthread_mutex_t lock;
    letter *first, **end;
    int fd;
    struct event *event;
};

static void open_all(mailbox *m)
{
    pthread_mutex_lock(&m->lock);
    letter *l = m->first;
    m->first = NULL;
    m->end = &m->first;
    pthread_mutex_unlock(&m->lock);
    while (l) {
        letter *next = l->next; /* opening may free the letter */
        l->open(l);
        l = next;
    }
}

static void on_post(evutil_socket_t fd, short what, void *arg)
{
    uint64_t count;
    while (read(fd, &count, sizeof count) < 0 && errno == EINTR)
        ;
    open_all(arg);
}

mailbox *mailbox_new(loop *l)
{
    mailbox *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    pthread_mutex_init(&m->lock, NULL);
    m->end = &m->first;
    m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (m->fd >= 0)
        m->event = event_new(loop_base(l), m->fd, EV_READ | EV_PERSIST, on_post, m);
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
    if (m->fd >= 0)
        close(m->fd);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

void mailbox_post(mailbox *m, letter *l)
{
    l->next = NULL;
    pthread_mutex_lock(&m->lock);
    bool first = m->first == NULL;
    *m->end = l;
    m->end = &l->next;
    pthread_mutex_unlock(&m->lock);
    if (!first)
        return; /* whoever posted the first one woke the loop */
    while (write(m->fd, &(uint64_t){1}, sizeof(uint64_t)) < 0 && errno == EINTR)
        ;
}
