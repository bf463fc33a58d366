/* side.h: the ways of an event that are compared: through the public API above whichever event system the configuration
 * names, and the same bytes through rabbitmq-c alone. */
#ifndef BENCH_SIDE_H
#define BENCH_SIDE_H

#include "board.h"

#define EVENT_SIZE 128 /* of its body, about */

typedef struct side {
    const char *name;
    const char *where; /* configuration file, or HOST:PORT */
    /* Each in a process of its own: takes events until board.stop; emits as the plan says. */
    void (*consume)(board *b, const char *where);
    void (*emit)(board *b, const char *where);
} side;

void whole_consume(board *b, const char *where);
void whole_emit(board *b, const char *where);

void raw_consume(board *b, const char *where);
void raw_emit(board *b, const char *where);

/* Deletes a queue of the server and what it holds; fine if there is none. */
void raw_forget(const char *where, const char *queue);

#endif
