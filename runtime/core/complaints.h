/* complaints.h: how many lines of the log somebody outside may cause: a few of each kind by each of them in a while.
 * What would be more is counted, and told when the while is over. It decides, from the clock and from what it is told;
 * log.h writes. */
#ifndef CORE_COMPLAINTS_H
#define CORE_COMPLAINTS_H

#include <stdbool.h>
#include <stdint.h>

#include <lymph/ctx.h>

#include "core/slice.h"

#define COMPLAINTS_SECONDS 10
#define COMPLAINTS_LINES   5   /* of one kind about one */
#define COMPLAINTS_MAX     128 /* pairs of kind and one that are told apart; all others count as one */
#define COMPLAINTS_WHO     64  /* bytes by which they are told apart */

typedef struct complaint {
    const char *kind; /* "dropped messages"; NULL: all others */
    const char *name; /* of the logger */
    lymph_level level;
    int64_t since_us; /* when the first line of this while was written */
    unsigned lines;
    unsigned long more;
    unsigned who_size;
    char who[COMPLAINTS_WHO];
} complaint;

/* Zeroed = none. */
typedef struct complaints {
    complaint all[COMPLAINTS_MAX + 1]; /* the last one: all others */
    unsigned count;
} complaints;

/* True: it may be written. `kind` and `name` are borrowed for as long as `c` lives; two kinds of one text at two
 * addresses are two. */
bool complaints_admit(complaints *c, const char *kind, slice who, lymph_level level, const char *name, int64_t now_us);

/* Ends one whose while is over (`all`: or not), so that its place is free. False: there is none. */
bool complaints_take(complaints *c, int64_t now_us, bool all, complaint *out);

#endif
