#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)64 * 1024)

struct arena_block {
    arena_block *next;
    size_t size, used;
    alignas(max_align_t) unsigned char data[];
};

static void out_of_memory(void)
{
    fputs("lymphc: out of memory\n", stderr);
    exit(1);
}

static arena_block *block_new(size_t size)
{
    arena_block *block = calloc(1, sizeof(*block) + size);
    if (!block)
        out_of_memory();
    block->size = size;
    return block;
}

void arena_init(arena *a)
{
    a->blocks = NULL;
}

void arena_done(arena *a)
{
    while (a->blocks) {
        arena_block *next = a->blocks->next;
        free(a->blocks);
        a->blocks = next;
    }
}

void *arena_alloc(arena *a, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > PTRDIFF_MAX / 2)
        out_of_memory();
    size = size ? (size + align - 1) / align * align : align;

    arena_block *head = a->blocks;
    if (head && head->size - head->used >= size) {
        void *memory = head->data + head->used;
        head->used += size;
        return memory;
    }
    if (size > BLOCK_SIZE) {
        /* Behind the block being filled, so that the rest of that one is not lost. */
        arena_block *own = block_new(size);
        own->used = size;
        if (head) {
            own->next = head->next;
            head->next = own;
        } else {
            a->blocks = own;
        }
        return own->data;
    }
    arena_block *fresh = block_new(BLOCK_SIZE);
    fresh->used = size;
    fresh->next = head;
    a->blocks = fresh;
    return fresh->data;
}

void *arena_array(arena *a, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        out_of_memory();
    return arena_alloc(a, total);
}

char *arena_strndup(arena *a, const char *text, size_t size)
{
    char *copy = arena_alloc(a, size + 1);
    memcpy(copy, text, size);
    return copy;
}

char *arena_vprintf(arena *a, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (size < 0)
        out_of_memory();
    char *text = arena_alloc(a, (size_t)size + 1);
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
