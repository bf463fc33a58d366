/* arena.c: memory that is given back at once: alignment, large pieces, absurd sizes, marks, and reuse without new
 * memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

/* A sanitizer would end the process at the absurd sizes. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void test_pieces_are_aligned_apart_and_writable(void **state)
{
    arena a;
    arena_init(&a);
    char *pieces[500];
    for (size_t i = 0; i < 500; i++) {
        pieces[i] = arena_alloc(&a, i);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        memset(pieces[i], (int)i, i);
    }
    for (size_t i = 0; i < 500; i++)
        for (size_t b = 0; b < i; b++)
            assert_int_equal((unsigned char)pieces[i][b], (unsigned char)i);
    arena_done(&a);
}

static void test_a_piece_larger_than_a_block(void **state)
{
    arena a;
    arena_init(&a);
    char *small = arena_alloc(&a, 10), *large = arena_zalloc(&a, 1 << 20);
    assert_non_null(large);
    memset(small, 1, 10);
    for (int i = 0; i < 1 << 20; i++)
        assert_int_equal(large[i], 0);
    arena_done(&a);
}

static void test_absurd_sizes_give_null(void **state)
{
    arena a;
    arena_init(&a);
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_alloc(&a, SIZE_MAX - 8));
    assert_null(arena_alloc(&a, PTRDIFF_MAX));
    assert_null(arena_zalloc_array(&a, SIZE_MAX / 2, 3));
    assert_null(arena_zalloc_array(&a, (size_t)1 << 33, (size_t)1 << 33));
    assert_null(arena_strndup(&a, "x", SIZE_MAX));
    assert_non_null(arena_alloc(&a, 1)); /* it still works */
    arena_done(&a);
}

static void test_marks_nest(void **state)
{
    arena a;
    arena_init(&a);
    lymph_scope empty = arena_mark(&a);
    char *kept = arena_strndup(&a, "kept", 4);
    lymph_scope outer = arena_mark(&a);
    for (int round = 0; round < 100; round++) {
        lymph_scope inner = arena_mark(&a);
        memset(arena_alloc(&a, 3000), 'x', 3000);
        memset(arena_alloc(&a, 50000), 'x', 50000);
        arena_rewind(&a, inner);
    }
    void *again = arena_alloc(&a, 16);
    arena_rewind(&a, outer);
    assert_ptr_equal(arena_alloc(&a, 16), again);
    assert_string_equal(kept, "kept");
    arena_rewind(&a, empty);
    assert_null(a.block);
    arena_done(&a);
}

static void test_a_reset_arena_keeps_one_block(void **state)
{
    arena a;
    arena_init(&a);
    void *first = arena_alloc(&a, 100);
    for (int i = 0; i < 100; i++)
        arena_alloc(&a, 1000);
    arena_reset(&a);
    assert_non_null(a.spare);
    void *block = a.spare;
    assert_non_null(arena_alloc(&a, 100));
    assert_ptr_equal(a.block, block);
    assert_null(a.spare);
    (void)first;
    arena_reset(&a);
    arena_reset(&a);
    arena_done(&a);
}

static void test_texts(void **state)
{
    arena a;
    arena_init(&a);
    assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(&a, NULL, 0), "");
    assert_string_equal(arena_printf(&a, "%s-%d", "x", 42), "x-42");
    char *lengthy = arena_printf(&a, "%10000d", 1);
    assert_int_equal(strlen(lengthy), 10000);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_aligned_apart_and_writable),
        cmocka_unit_test(test_a_piece_larger_than_a_block),
        cmocka_unit_test(test_absurd_sizes_give_null),
        cmocka_unit_test(test_marks_nest),
        cmocka_unit_test(test_a_reset_arena_keeps_one_block),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
