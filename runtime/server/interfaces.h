/* interfaces.h: what is installed in a container, and which method serves which request. */
#ifndef SERVER_INTERFACES_H
#define SERVER_INTERFACES_H

#include <lymph/schema.h>

#include "context/ctx.h"
#include "core/failure.h"
#include "core/slice.h"
#include "core/table.h"

typedef struct installed installed;

struct installed {
    ctx_interface acting; /* in whose name its handlers' contexts act: descriptor and state */
    const void *handlers;
    char *name, *version; /* as registered; version NULL: unversioned */
    bool builtin;         /* answers every version; registered with its own id rule */
    bool started;         /* on_start was called and did not fail */
    struct served_method *subjects;
    installed *next;
};

/* One method of one installed interface, found by "Name.method". */
typedef struct served_method {
    table_node node;
    installed *interface;
    const lymph_method *method;
    char *text;
} served_method;

/* Zeroed = none. */
typedef struct interfaces {
    installed *first; /* in the order installed */
    table subjects;
} interfaces;

/* NULL for `name` and `version`: the descriptor's. The descriptor, the handlers and nothing else stay the caller's.
 * LYMPH_EINVAL: another ABI, no name, no version, or installed already; LYMPH_ENOMEM. `builtin`: the interface that the
 * runtime serves itself; its name is nobody else's. */
lymph_status interfaces_add(interfaces *all, const lymph_interface_desc *desc, const void *handlers, const char *name,
                            const char *version, bool builtin, failure *f);
void interfaces_done(interfaces *all);

/* The method that serves a request: `version` of size 0 is none asked for. NULL: NACK. */
served_method *interfaces_find(const interfaces *all, slice subject, slice version);

/* Whether the pointer at `offset` in a table of handlers is set. */
bool handler_exists(const void *handlers, size_t offset);

#endif
