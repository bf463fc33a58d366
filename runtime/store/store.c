/* store.c: the loop's side of the store. */
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "store/folder.h"
#include "store/thread.h"

/* A plain program has nothing else to do while its job is done, which takes about half as long. Coroutines do not spin:
 * others have jobs for the same transaction. */
#define SPIN_US 60

static _Thread_local store *stores;

/* ---- jobs ---- */

static void on_done(letter *l)
{
    store_job *j = (store_job *)l;
    j->ended = true;
    if (j->done)
        j->done(j);
    else
        loop_wake(j->store->loop, &j->w);
}

void store_give(store *s, store_job *j)
{
    j->store = s;
    j->letter.open = on_done;
    j->ended = false;
    inbox_post(&s->inbox, &j->letter);
}

lymph_status store_do(store *s, store_job *j, failure *f)
{
    lymph_status st = loop_may_wait(s->loop);
    if (st)
        return failure_set(f, st, "a callback on the loop cannot wait");
    j->done = NULL;
    store_give(s, j);
    if (!loop_in_fiber(s->loop))
        mailbox_spin(s->mailbox, SPIN_US);
    while (!j->ended) /* the thread has it: it lies on a stack, and must not go before its end */
        (void)loop_wait(s->loop, &j->w, WAIT_FOREVER);
    return j->status ? failure_set(f, j->status, "%s", j->failure.message) : LYMPH_OK;
}

void store_tell(store *s, letter *l)
{
    mailbox_post(s->mailbox, l);
}

/* ---- listeners and workers ---- */

static void on_news(letter *l)
{
    store *s = (store *)((char *)l - offsetof(store, news));
    atomic_store(&s->news.under_way, false); /* first: what comes from here on is a letter more */
    unsigned about = atomic_exchange(&s->news.about, 0);
    for (store_listener *at = s->listeners, *next; at; at = next) {
        next = at->next; /* a listener may take itself off */
        if (at->about & about)
            at->changed(at, about);
    }
}

static void listen_to(store *s, store_listener *l)
{
    l->next = s->listeners;
    s->listeners = l;
}

static void unlisten(store *s, store_listener *l)
{
    for (store_listener **at = &s->listeners; *at; at = &(*at)->next) {
        if (*at == l) {
            *at = l->next;
            return;
        }
    }
}

void store_add_worker(store *s, store_worker *w)
{
    w->next = s->workers;
    s->workers = w;
}

void store_remove_worker(store *s, store_worker *w)
{
    for (store_worker **at = &s->workers; *at; at = &(*at)->next) {
        if (*at == w) {
            *at = w->next;
            return;
        }
    }
}

/* ---- opening and closing ---- */

static void store_free(store *s)
{
    mailbox_free(s->mailbox);
    inbox_done(&s->inbox);
    free(s);
}

static lymph_status store_new(loop *l, logger *log, const char *folder, store **out, failure *f)
{
    store *s = calloc(1, sizeof *s);
    if (!s)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    s->loop = l;
    s->log = log;
    s->news.letter.open = on_news;
    strcpy(s->folder, folder);
    s->mailbox = mailbox_new(l);
    lymph_status st = LYMPH_OK;
    if (inbox_init(&s->inbox) || !s->mailbox)
        st = failure_set(f, LYMPH_ENOMEM, "out of memory or of descriptors");
    else
        st = thread_start(s, f);
    if (st) {
        store_free(s);
        return st;
    }
    s->next = stores;
    stores = s;
    *out = s;
    return LYMPH_OK;
}

lymph_status store_open(loop *l, const config_node *section, logger *log, store_listener *listener, store **out,
                        failure *f)
{
    char folder[PATH_MAX];
    lymph_status st = folder_open(section, log, folder, f);
    if (st)
        return st;
    store *s = stores;
    while (s && (s->loop != l || strcmp(s->folder, folder) != 0))
        s = s->next;
    if (!s)
        st = store_new(l, log, folder, &s, f);
    if (st)
        return st;
    s->users++;
    listen_to(s, listener);
    *out = s;
    return LYMPH_OK;
}

static lymph_status nothing(store_job *j, store_tx *tx, failure *f)
{
    return LYMPH_OK;
}

static void ignore(store_job *j)
{
}

void store_close(store *s, store_listener *listener)
{
    unlisten(s, listener);
    if (--s->users)
        return;
    s->closing = (store_job){.run = nothing, .done = ignore};
    store_give(s, &s->closing);
    pthread_join(s->thread, NULL);
    thread_end(s);
    store **at = &stores;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    store_free(s);
}

loop *store_loop(const store *s)
{
    return s->loop;
}

const char *store_folder(const store *s)
{
    return s->folder;
}
