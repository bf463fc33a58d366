#include "rpc/memory.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

#define ENDPOINT "tcp://127.0.0.1:1" /* nobody listens there; it is only a name */

typedef struct memory memory;

typedef struct parcel {
    timer due;
    struct parcel *next, *previous; /* of those under way */
    memory *to;
    size_t size[FRAME_COUNT];
    char bytes[];
} parcel;

/* The id of a request whose answer is to be lost. */
typedef struct doomed {
    struct doomed *next;
    size_t size;
    char id[];
} doomed;

struct memory {
    transport base; /* first */
    doomed *doomed;
    memory_fate (*decide)(void *arg, slice subject);
    void *arg;
    parcel *under_way;
};

static void take_out(memory *m, parcel *p)
{
    timer_cancel(m->base.loop, &p->due);
    if (p->next)
        p->next->previous = p->previous;
    if (p->previous)
        p->previous->next = p->next;
    else
        m->under_way = p->next;
}

static void deliver(timer *t)
{
    parcel *p = (parcel *)((char *)t - offsetof(parcel, due));
    memory *m = p->to;
    message in = {.source = slice_of(m->base.endpoint)};
    connection *from;
    const char *at = p->bytes;
    for (int i = 0; i < FRAME_COUNT; at += p->size[i++])
        in.frames[i] = (slice){at, p->size[i]};
    take_out(m, p);
    if (!message_parse(&in) && !transport_connect(&m->base, in.source.at, in.source.size, &from)) {
        connection_hold(from);
        m->base.options.receive(m->base.options.arg, &in, from);
        connection_release(from);
    }
    free(p);
}

static lymph_status post(memory *m, const slice frames[FRAME_COUNT], int64_t delay_us)
{
    size_t total = 0;
    for (int i = 0; i < FRAME_COUNT; i++)
        total += frames[i].size;
    parcel *p = calloc(1, sizeof *p + total);
    if (!p)
        return LYMPH_ENOMEM;
    char *at = p->bytes;
    for (int i = 0; i < FRAME_COUNT; at += frames[i++].size) {
        p->size[i] = frames[i].size;
        if (frames[i].size)
            memcpy(at, frames[i].at, frames[i].size);
    }
    p->to = m;
    if (timer_set(m->base.loop, &p->due, clock_now_us() + delay_us, deliver)) {
        free(p);
        return LYMPH_ENOMEM;
    }
    if ((p->next = m->under_way))
        p->next->previous = p;
    m->under_way = p;
    return LYMPH_OK;
}

static lymph_status doom(memory *m, slice id)
{
    doomed *d = malloc(sizeof *d + id.size);
    if (!d)
        return LYMPH_ENOMEM;
    d->next = m->doomed;
    d->size = id.size;
    memcpy(d->id, id.at, id.size);
    m->doomed = d;
    return LYMPH_OK;
}

static bool is_doomed(memory *m, slice id)
{
    doomed **at = &m->doomed;
    while (*at && ((*at)->size != id.size || memcmp((*at)->id, id.at, id.size) != 0))
        at = &(*at)->next;
    doomed *found = *at;
    if (!found)
        return false;
    *at = found->next;
    free(found);
    return true;
}

static lymph_status memory_send(transport *base, connection *to, slice id, message_type type, slice subject, slice h,
                                slice body)
{
    memory *m = (memory *)base;
    if (strcmp(to->endpoint, base->endpoint) != 0)
        return LYMPH_EUNREACHABLE;
    memory_fate fate = {0};
    if (type == MESSAGE_REQ && m->decide)
        fate = m->decide(m->arg, subject);
    if (fate.lost || (type != MESSAGE_REQ && is_doomed(m, subject)))
        return LYMPH_OK;
    if (fate.refused)
        return post(m, (const slice[]){slice_of("refused"), slice_of("NACK"), id, h, {"\xc0", 1}}, fate.delay_us);
    lymph_status st = fate.reply_lost ? doom(m, id) : LYMPH_OK;
    return st ? st : post(m, (const slice[]){id, slice_of(message_type_name(type)), subject, h, body}, fate.delay_us);
}

/* Without heartbeats: nobody can die before the program does. */
static lymph_status memory_connect(transport *base, const char *endpoint, size_t size, connection **out)
{
    connection *c = calloc(1, sizeof *c + size + 1);
    if (!c)
        return LYMPH_ENOMEM;
    connection_init(c, clock_now_us());
    c->transport = base;
    c->state = CONNECTION_RESPONSIVE;
    c->proven = true;
    c->size = size;
    memcpy(c->endpoint, endpoint, size);
    if (!table_put(&base->connections, &c->node, c->endpoint, size)) {
        free(c);
        return LYMPH_ENOMEM;
    }
    *out = c;
    return LYMPH_OK;
}

static lymph_status memory_open(loop *l, const transport_options *options, logger *log, transport **out, failure *f)
{
    memory *m = calloc(1, sizeof *m);
    if (!m)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    m->base =
        (transport){.backend = &transport_memory, .loop = l, .log = log, .options = *options, .endpoint = ENDPOINT};
    *out = &m->base;
    return LYMPH_OK;
}

static void memory_close(transport *base)
{
    memory *m = (memory *)base;
    for (parcel *p = m->under_way, *next; p; p = next) {
        next = p->next;
        timer_cancel(base->loop, &p->due);
        free(p);
    }
    for (table_node *n; (n = table_next(&base->connections, NULL));) {
        table_remove(&base->connections, n);
        free(n); /* the first member of its connection */
    }
    table_done(&base->connections);
    for (doomed *d = m->doomed, *next; d; d = next) {
        next = d->next;
        free(d);
    }
    free(m);
}

void transport_memory_decide(transport *t, memory_fate (*decide)(void *arg, slice subject), void *arg)
{
    memory *m = (memory *)t;
    m->decide = decide;
    m->arg = arg;
}

const transport_backend transport_memory = {
    .name = "memory",
    .open = memory_open,
    .connect = memory_connect,
    .send = memory_send,
    .close = memory_close,
};
