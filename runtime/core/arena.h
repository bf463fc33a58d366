/* arena.h: memory that is given back all at once. Not thread-safe. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include <lymph/ctx.h>

typedef struct arena_block arena_block;

typedef struct arena {
    arena_block *block; /* newest; NULL before the first allocation */
    size_t used;        /* bytes taken of the newest block */
    arena_block *spare; /* one regular block kept by arena_reset for the next round */
} arena;

void arena_init(arena *a); /* allocates nothing */
void arena_done(arena *a); /* frees all; the arena may be used again */

/* Gives everything back but keeps one block, so that a context that is reused allocates nothing in the steady state. */
void arena_reset(arena *a);

/* Aligned for any type; NULL when memory is out or size is absurd (more than PTRDIFF_MAX). size 0 gives a valid
 * pointer. A size larger than a block gets a block of its own. */
void *arena_alloc(arena *a, size_t size);                      /* not cleared */
void *arena_zalloc(arena *a, size_t size);                     /* cleared */
void *arena_zalloc_array(arena *a, size_t count, size_t size); /* cleared; checks the product */

char *arena_strndup(arena *a, const char *text, size_t size); /* adds the NUL */
char *arena_vprintf(arena *a, const char *format, va_list args);
char *arena_printf(arena *a, const char *format, ...) LYMPH_PRINTF(2, 3);

/* All that is allocated after arena_mark is given back by arena_rewind; marks nest. */
lymph_scope arena_mark(const arena *a);
void arena_rewind(arena *a, lymph_scope mark);

#endif
