/* fiber.h: stackful coroutines: a stack with a guard page and the switch to and from it. Used by loop.c only. */
#ifndef FIBER_FIBER_H
#define FIBER_FIBER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct fiber fiber;

struct fiber {
    fiber *next;   /* in whichever list the loop keeps it */
    fiber *parent; /* who resumed it; NULL: the loop's own stack */
    void (*function)(void *arg);
    void *arg;
    bool ended; /* `function` has returned: may be started again */
    /* Switching. */
    void *context; /* where to jump to; what jumped away comes back here */
    void *memory;  /* the mapping: guard page, then the stack */
    size_t memory_size;
    void *asan_fake;      /* saved by the sanitizer while the fiber is away */
    void *asan_back_fake; /* the same of the resumer */
    const void *asan_back_bottom;
    size_t asan_back_size;
    void *tsan_fiber, *tsan_back;
};

/* A fiber that has ended, ready for fiber_start. `stack_size` is rounded up to whole pages; below it lies a page that
 * faults, so that an overflow ends the process at the spot instead of writing over a neighbour. NULL: no memory. */
fiber *fiber_new(size_t stack_size);
void fiber_free(fiber *f); /* it must have ended */

/* Sets what an ended fiber runs on its next fiber_resume. */
void fiber_start(fiber *f, void (*function)(void *arg), void *arg);

/* Switches to the fiber until it yields or its function returns (then `ended`). Not from within itself. */
void fiber_resume(fiber *f);

/* From inside: back to where it was resumed. */
void fiber_yield(fiber *f);

#endif
