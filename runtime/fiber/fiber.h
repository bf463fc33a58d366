/* fiber.h: stackful coroutines: a stack above a guard region and the switch to and from it. Used by loop.c and
 * overflow.c only. */
#ifndef FIBER_FIBER_H
#define FIBER_FIBER_H

#include <stdbool.h>
#include <stddef.h>

#define FIBER_LABEL_MAX 127

typedef struct fiber fiber;

struct fiber {
    fiber *next;   /* in whichever list the loop keeps it */
    fiber *parent; /* who resumed it; NULL: the loop's own stack */
    void (*function)(void *arg);
    void *arg;
    bool ended;                      /* `function` has returned: may be started again */
    char label[FIBER_LABEL_MAX + 1]; /* what it does, for who reads of it; "": nothing to tell */
    /* Switching. */
    void *context; /* where to jump to; what jumped away comes back here */
    void *memory;  /* the mapping: the guard, then the stack */
    size_t memory_size;
    void *asan_fake;      /* saved by the sanitizer while the fiber is away */
    void *asan_back_fake; /* the same of the resumer */
    const void *asan_back_bottom;
    size_t asan_back_size;
    void *tsan_fiber, *tsan_back;
};

/* Address space below each stack that faults, so that an overflow ends the process at the spot instead of writing over
 * a neighbour. It is as wide as the usual stack of a whole program: no function that works there steps over it. */
#define FIBER_GUARD (8u << 20)

/* A fiber that has ended, ready for fiber_start. `stack_size` is rounded up to whole pages. NULL: no memory. */
fiber *fiber_new(size_t stack_size);
void fiber_free(fiber *f); /* it must have ended */

/* Sets what an ended fiber runs on its next fiber_resume. */
void fiber_start(fiber *f, void (*function)(void *arg), void *arg);

/* Switches to the fiber until it yields or its function returns (then `ended`). Not from within itself. */
void fiber_resume(fiber *f);

/* From inside: back to where it was resumed. */
void fiber_yield(fiber *f);

/* Also in a signal handler: the fiber that this thread runs, or NULL; whether an address lies in its guard; the size
 * of its stack. */
fiber *fiber_current(void);
bool fiber_guards(const fiber *f, const void *address);
size_t fiber_stack_size(const fiber *f);

#endif
