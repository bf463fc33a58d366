/* arena.c: alignment, zeroing, blocks larger than a block, texts; and what is built on it: lists and buffers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "buffer.h"
#include "list.h"

static void test_memory_is_zeroed_aligned_and_apart(void **state)
{
    arena a;
    arena_init(&a);
    unsigned char *pieces[400];
    size_t sizes[400];
    for (size_t i = 0; i < 400; i++) {
        sizes[i] = i % 50 == 49 ? 200000 : (i * 37) % 3000; /* some larger than a block */
        pieces[i] = arena_alloc(&a, sizes[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(pieces[i][j], 0);
        memset(pieces[i], (int)(i % 250) + 1, sizes[i]);
    }
    for (size_t i = 0; i < 400; i++)
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(pieces[i][j], i % 250 + 1);
    arena_done(&a);
    assert_non_null(arena_alloc(&a, 1)); /* may be used again */
    arena_done(&a);
}

static void test_a_large_piece_does_not_waste_the_block_being_filled(void **state)
{
    arena a;
    arena_init(&a);
    char *first = arena_alloc(&a, 16);
    arena_alloc(&a, 1000000);
    char *second = arena_alloc(&a, 16);
    assert_ptr_equal(second, first + 16);
    arena_done(&a);
}

/* Runs out of memory in a process of its own, which must say so and exit with 1. */
static int status_of_array(size_t count, size_t size)
{
    pid_t pid = fork();
    if (pid == 0) {
        arena a;
        arena_init(&a);
        close(STDERR_FILENO);
        arena_array(&a, count, size);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_sizes_that_overflow_end_the_program(void **state)
{
    assert_int_equal(status_of_array(SIZE_MAX / 2, 4), 1);
    assert_int_equal(status_of_array(SIZE_MAX, 1), 1);
    assert_int_equal(status_of_array(3, 4), 0);
}

static void test_texts(void **state)
{
    arena a;
    arena_init(&a);
    assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(&a, "", 0), "");
    char *text = arena_printf(&a, "%s-%d-%*s", "x", 7, 100000, "y");
    assert_int_equal(strlen(text), 100004);
    assert_memory_equal(text, "x-7-  ", 6);
    arena_done(&a);
}

static void test_lists_and_buffers_grow(void **state)
{
    enum { N = 10000 };
    static int items[N];
    arena a;
    arena_init(&a);
    list l = {0};
    buffer b;
    buffer_init(&b, &a);
    assert_string_equal(b.text, "");
    for (int i = 0; i < N; i++) {
        list_add(&a, &l, &items[i]);
        buffer_printf(&b, "%d", i % 10);
        buffer_addc(&b, '.');
    }
    assert_int_equal(l.count, N);
    for (int i = 0; i < N; i++)
        assert_ptr_equal(l.items[i], &items[i]);
    assert_int_equal(b.size, 2 * N);
    assert_int_equal(strlen(b.text), 2 * N);
    assert_memory_equal(b.text + 2 * N - 4, "8.9.", 4);
    buffer_addn(&b, "a\0b", 3);
    assert_memory_equal(b.text + 2 * N, "a\0b\0", 4);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(test_a_large_piece_does_not_waste_the_block_being_filled),
        cmocka_unit_test(test_sizes_that_overflow_end_the_program),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_lists_and_buffers_grow),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
