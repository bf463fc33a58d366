#include "fiber/errand.h"

#include <string.h>

static void end(errand *e)
{
    pthread_mutex_destroy(&e->lock);
    e->free(e);
}

static void open_errand(letter *l)
{
    errand *e = (errand *)l;
    pthread_mutex_lock(&e->lock); /* until the thread has let go of it */
    pthread_mutex_unlock(&e->lock);
    if (!e->abandoned)
        e->done(e);
    end(e);
}

static void *run(void *arg)
{
    errand *e = arg;
    e->run(e);
    pthread_mutex_lock(&e->lock);
    bool left = e->mailbox == NULL;
    if (!left) {
        e->posted = true;
        mailbox_post(e->mailbox, &e->letter);
    }
    pthread_mutex_unlock(&e->lock);
    if (left)
        end(e);
    return NULL;
}

lymph_status errand_start(errand *e, mailbox *m, failure *f)
{
    pthread_t thread;
    e->letter.open = open_errand;
    e->mailbox = m;
    e->posted = e->abandoned = false;
    pthread_mutex_init(&e->lock, NULL);
    int code = pthread_create(&thread, NULL, run, e);
    if (code) {
        end(e);
        return failure_set(f, LYMPH_ESYSTEM, "cannot start a thread: %s", strerror(code));
    }
    pthread_detach(thread);
    return LYMPH_OK;
}

void errand_abandon(errand *e)
{
    pthread_mutex_lock(&e->lock);
    if (e->posted)
        e->abandoned = true; /* the mailbox opens and frees it */
    else
        e->mailbox = NULL;
    pthread_mutex_unlock(&e->lock);
}
