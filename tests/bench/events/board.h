/* board.h: what the processes of one run tell one another, in memory that they share. */
#ifndef BENCH_BOARD_H
#define BENCH_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define BACKLOG_MAX 10000  /* events emitted and not handled at which emitters pause: queues have limits */
#define SAMPLES_MAX 500000 /* ways of events that are kept; later ones are only counted */

/* What is emitted in one run. */
typedef struct plan {
    int emitters; /* processes */
    int window;   /* emits under way at once in each of them */
    int rate;     /* events a second of each of them; 0: as many as it can */
    int64_t time_ns;
} plan;

typedef struct board {
    plan plan;
    atomic_bool ready, stop;               /* the consumer takes events; it may end */
    atomic_int_fast64_t first_ns, last_ns; /* the first emit's begin, the last event's arrival */
    atomic_int_fast64_t emitted, handled;
    atomic_int_fast64_t waited_ns, longest_ns; /* for emits: all together, and the longest of them */
    uint32_t way_us[SAMPLES_MAX];              /* from emit to handler; the consumer's own */
} board;

/* The one board, for runs one after the other. */
board *board_new(void);
void board_begin(board *b, const plan *p);

/* For emitters: is there room for one more? When did it begin, now that it is done? */
bool board_has_room(const board *b);
void board_emitted(board *b, int64_t begin_ns);

/* For the consumer. */
void board_handled(board *b, int64_t sent_ns);

/* The way that `share` of the events did not exceed, in milliseconds. Sorts them: after the run. */
double board_way_ms(board *b, double share);

#endif
