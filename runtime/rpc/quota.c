#include "rpc/quota.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SMALL 512 /* bytes */

struct quota {
    atomic_size_t used, holders;
};

/* In front of a counted frame's bytes. */
typedef struct counted {
    quota *quota;
    size_t size;
    char bytes[];
} counted;

quota *quota_new(void)
{
    quota *q = calloc(1, sizeof *q);
    if (q)
        atomic_init(&q->holders, 1);
    return q;
}

void quota_release(quota *q)
{
    if (q && atomic_fetch_sub(&q->holders, 1) == 1)
        free(q);
}

size_t quota_used(const quota *q)
{
    return atomic_load(&q->used);
}

/* On any thread. */
static void give_back(void *data, void *hint)
{
    counted *c = hint;
    atomic_fetch_sub(&c->quota->used, c->size);
    quota_release(c->quota);
    free(c);
}

static lymph_status copied(slice bytes, zmq_msg_t *out)
{
    if (zmq_msg_init_size(out, bytes.size))
        return LYMPH_ENOMEM;
    if (bytes.size)
        memcpy(zmq_msg_data(out), bytes.at, bytes.size);
    return LYMPH_OK;
}

lymph_status quota_frame(quota *q, size_t limit, slice bytes, zmq_msg_t *out)
{
    if (bytes.size <= SMALL)
        return copied(bytes, out);
    size_t used = quota_used(q);
    if (used && (bytes.size > limit || used > limit - bytes.size))
        return LYMPH_EUNREACHABLE;
    counted *c = malloc(sizeof *c + bytes.size);
    if (!c)
        return LYMPH_ENOMEM;
    *c = (counted){q, bytes.size};
    memcpy(c->bytes, bytes.at, bytes.size);
    if (zmq_msg_init_data(out, c->bytes, bytes.size, give_back, c)) {
        free(c);
        return LYMPH_ENOMEM;
    }
    atomic_fetch_add(&q->used, bytes.size);
    atomic_fetch_add(&q->holders, 1);
    return LYMPH_OK;
}
