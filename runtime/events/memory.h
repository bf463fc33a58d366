/* memory.h: an event system for one program that talks only to itself: the testing kit's. It keeps all that was
 * emitted, for the tests to look at. */
#ifndef EVENTS_MEMORY_H
#define EVENTS_MEMORY_H

#include "events/events.h"

extern const events_backend events_memory;

/* One that was emitted, in the order of the emits; until the event system is closed. */
typedef struct emitted {
    struct emitted *next;
    const char *type;
    const uint8_t *data; /* the envelope */
    size_t size;
} emitted;

const emitted *events_memory_first(const events *e);

/* Events that wait in queues or for their time, or are being handled. */
size_t events_memory_under_way(const events *e);

#endif
