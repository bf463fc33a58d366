/* arena.h: the compiler's memory. Everything that the passes make lives in one arena and is freed with it at once, so
 * there are no frees in the passes. When memory is out the program says so and exits with 1: a compiler has nothing
 * better to do, and callers need not check. Not thread-safe. */
#ifndef IDLC_ARENA_H
#define IDLC_ARENA_H

#include <stdarg.h>
#include <stddef.h>

typedef struct arena_block arena_block;

typedef struct arena {
    arena_block *blocks; /* newest first; the first one is being filled */
} arena;

void arena_init(arena *a); /* allocates nothing */
void arena_done(arena *a); /* frees all; the arena may be used again */

/* Zeroed and aligned for any type; never NULL. A size larger than a block gets a block of its own. */
void *arena_alloc(arena *a, size_t size);

/* The same for `count` elements; the product is checked. */
void *arena_array(arena *a, size_t count, size_t size);

char *arena_strndup(arena *a, const char *text, size_t size); /* adds the NUL */
char *arena_vprintf(arena *a, const char *format, va_list args);
char *arena_printf(arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
