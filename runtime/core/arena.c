#include "core/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 4000 /* with malloc's and our own header just under a page */

struct arena_block {
    arena_block *older;
    size_t size;
    alignas(max_align_t) char bytes[];
};

void arena_init(arena *a)
{
    *a = (arena){0};
}

static arena_block *block_new(size_t size)
{
    arena_block *b = malloc(sizeof *b + size);
    if (b)
        b->size = size;
    return b;
}

/* Keeps one block of the regular size for the next round. */
static void block_free(arena *a, arena_block *b)
{
    if (b->size == BLOCK_SIZE && !a->spare)
        a->spare = b;
    else
        free(b);
}

static void free_down_to(arena *a, const arena_block *last)
{
    while (a->block != last) {
        arena_block *b = a->block;
        a->block = b->older;
        block_free(a, b);
    }
}

void arena_done(arena *a)
{
    free_down_to(a, NULL);
    free(a->spare);
    arena_init(a);
}

void arena_reset(arena *a)
{
    if (!a->block)
        return;
    free_down_to(a, NULL);
    a->used = 0;
}

static void *alloc_in_new_block(arena *a, size_t size)
{
    arena_block *b;
    if (size > BLOCK_SIZE) {
        b = block_new(size);
    } else if (a->spare) {
        b = a->spare;
        a->spare = NULL;
    } else {
        b = block_new(BLOCK_SIZE);
    }
    if (!b)
        return NULL;
    b->older = a->block;
    a->block = b;
    a->used = size;
    return b->bytes;
}

void *arena_alloc(arena *a, size_t size)
{
    if (size > PTRDIFF_MAX - 64)
        return NULL;
    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (a->block && size <= a->block->size - a->used) {
        void *at = a->block->bytes + a->used;
        a->used += size;
        return at;
    }
    return alloc_in_new_block(a, size);
}

void *arena_zalloc(arena *a, size_t size)
{
    void *at = arena_alloc(a, size);
    return at ? memset(at, 0, size) : NULL;
}

void *arena_zalloc_array(arena *a, size_t count, size_t size)
{
    size_t total;
    return __builtin_mul_overflow(count, size, &total) ? NULL : arena_zalloc(a, total);
}

char *arena_strndup(arena *a, const char *text, size_t size)
{
    char *copy = size < SIZE_MAX ? arena_alloc(a, size + 1) : NULL;
    if (!copy)
        return NULL;
    if (size)
        memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

char *arena_vprintf(arena *a, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = size < 0 ? NULL : arena_alloc(a, (size_t)size + 1);
    if (text)
        vsnprintf(text, (size_t)size + 1, format, args);
    return text;
}

char *arena_printf(arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(a, format, args);
    va_end(args);
    return text;
}

lymph_scope arena_mark(const arena *a)
{
    return (lymph_scope){.block = a->block, .used = a->used};
}

void arena_rewind(arena *a, lymph_scope mark)
{
    free_down_to(a, mark.block);
    a->used = mark.used;
}
