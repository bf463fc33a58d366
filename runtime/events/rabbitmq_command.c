#include "events/rabbitmq_command.h"

#include <stdlib.h>
#include <string.h>

void command_free(command *c)
{
    if (!c)
        return;
    free(c->routing_key);
    free(c->queue_name);
    free(c);
}

void arrival_free(arrival *a)
{
    free(a->routing_key);
    free(a->data);
    free(a);
}

void rabbit_queue_free(rabbit_queue *q)
{
    if (!q)
        return;
    const link_queue *d = &q->declared;
    for (size_t i = 0; d->patterns && i < d->pattern_count; i++)
        free((char *)d->patterns[i]);
    free((void *)d->patterns);
    free((char *)d->name);
    command_free(q->unsubscribe);
    free(q);
}

rabbit_queue *rabbit_queue_new(const queue_options *o)
{
    rabbit_queue *q = calloc(1, sizeof *q);
    char **patterns = q ? calloc(o->pattern_count + 1, sizeof *patterns) : NULL;
    if (!patterns) {
        free(q);
        return NULL;
    }
    q->declared = (link_queue){
        .name = strdup(o->name),
        .patterns = (const char *const *)patterns,
        .pattern_count = o->pattern_count,
        .broadcast = o->broadcast,
        .prefetch = (uint16_t)(o->prefetch < UINT16_MAX ? o->prefetch : UINT16_MAX),
    };
    q->unsubscribe = calloc(1, sizeof *q->unsubscribe);
    bool complete = q->declared.name && q->unsubscribe;
    for (size_t i = 0; i < o->pattern_count && complete; i++)
        complete = (patterns[i] = strdup(o->patterns[i])) != NULL;
    if (!complete) {
        rabbit_queue_free(q);
        return NULL;
    }
    q->unsubscribe->kind = COMMAND_UNSUBSCRIBE;
    q->unsubscribe->queue = q;
    return q;
}
