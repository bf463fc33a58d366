/* overflow.c: a stack that overflows ends the process at the spot, says whose it was, and touches no other stack. Each
 * overflow happens in a child process. */
#include "../outcome.h"

#include <alloca.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fiber/loop.h"

#define STACK (64 * 1024)

static void recurse_deep(void *arg)
{
    loop_label(arg, "Shop.find");
    overflow_stack();
}

/* Writes the far end of a block: nothing in between is touched. */
static void touch_bottom(size_t size)
{
    volatile char *block = alloca(size);
    for (size_t i = 0; i < STACK; i++)
        block[i] = 'x';
    outcome_sink = block[0];
}

static void jump(void *arg)
{
    touch_bottom(260 * 1024);
}

static void jump_far(void *arg)
{
    touch_bottom((8 << 20) - STACK);
}

/* ---- what becomes of a child ---- */

static void assert_died(const outcome *o, const char *said)
{
    assert_faulted(o);
    assert_string_equal(o->said, said);
}

static void overflow_in(void *function)
{
    loop *l = loop_new(STACK);
    loop_spawn(l, (void (*)(void *))function, l);
}

static void test_deep_recursion(void **state)
{
    outcome o = outcome_of(overflow_in, (void *)recurse_deep);
    assert_died(&o, "lymph: Shop.find overflowed its stack of 65536 bytes; raise container.stack_size\n");
}

static void test_a_jump_over_a_page(void **state)
{
    outcome o = outcome_of(overflow_in, (void *)jump);
    assert_died(&o, "lymph: a coroutine overflowed its stack of 65536 bytes; raise container.stack_size\n");
    o = outcome_of(overflow_in, (void *)jump_far);
    assert_died(&o, "lymph: a coroutine overflowed its stack of 65536 bytes; raise container.stack_size\n");
}

/* ---- the program's own handler ---- */

static void own_handler(int number)
{
    static const char text[] = "own\n";
    ssize_t n = write(STDERR_FILENO, text, sizeof text - 1);
    (void)n;
    _exit(7);
}

static void overflow_with_own_handler(void *arg)
{
    signal(SIGSEGV, own_handler);
    loop *l = loop_new(STACK);
    loop_spawn(l, recurse_deep, l);
}

static void fault_elsewhere_with_own_handler(void *arg)
{
    signal(SIGSEGV, own_handler);
    loop_new(STACK);
    loop_new(STACK);
    char *nothing = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    outcome_sink = *(volatile char *)nothing;
}

static void hand_back(int number)
{
    static const char text[] = "own\n";
    ssize_t n = write(STDERR_FILENO, text, sizeof text - 1);
    (void)n;
}

static void overflow_with_a_handler_of_one_turn(void *arg)
{
    sigaction(SIGSEGV, &(struct sigaction){.sa_handler = hand_back, .sa_flags = SA_RESETHAND}, NULL);
    loop *l = loop_new(STACK);
    loop_spawn(l, recurse_deep, l);
}

static void sent_while_ignored(void *arg)
{
    signal(SIGSEGV, SIG_IGN);
    loop_new(STACK);
    raise(SIGSEGV);
    raise(SIGSEGV);
    _exit(7);
}

static void test_the_programs_own_handler_keeps_its_turn(void **state)
{
    outcome o = outcome_of(overflow_with_own_handler, NULL);
    assert_true(WIFEXITED(o.how));
    assert_int_equal(WEXITSTATUS(o.how), 7);
    assert_string_equal(o.said,
                        "lymph: Shop.find overflowed its stack of 65536 bytes; raise container.stack_size\nown\n");
    o = outcome_of(fault_elsewhere_with_own_handler, NULL);
    assert_int_equal(WEXITSTATUS(o.how), 7);
    assert_string_equal(o.said, "own\n");
    o = outcome_of(overflow_with_a_handler_of_one_turn, NULL);
    assert_died(&o, "lymph: Shop.find overflowed its stack of 65536 bytes; raise container.stack_size\nown\n");
    o = outcome_of(sent_while_ignored, NULL);
    assert_true(WIFEXITED(o.how));
    assert_int_equal(WEXITSTATUS(o.how), 7);
}

static void fault_elsewhere(void *arg)
{
    loop_new(STACK);
    char *nothing = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    outcome_sink = *(volatile char *)nothing;
}

static void test_the_handler_goes_with_the_last_loop(void **state)
{
    struct sigaction at_first, now;
    sigaction(SIGSEGV, NULL, &at_first);
    loop *a = loop_new(STACK), *b = loop_new(STACK);
    loop_free(a);
    sigaction(SIGSEGV, NULL, &now);
    assert_true(now.sa_sigaction != at_first.sa_sigaction);
    loop_free(b);
    sigaction(SIGSEGV, NULL, &now);
    assert_true(now.sa_sigaction == at_first.sa_sigaction);

    a = loop_new(STACK);
    signal(SIGSEGV, own_handler); /* put in front of ours: not ours to take away */
    loop_free(a);
    sigaction(SIGSEGV, NULL, &now);
    assert_true(now.sa_handler == own_handler);
    sigaction(SIGSEGV, &at_first, NULL);
}

static void sent_by_somebody(void *arg)
{
    loop_new(STACK);
    kill(getpid(), SIGSEGV);
    pause();
}

static void test_other_faults_end_the_process_as_before(void **state)
{
    outcome o = outcome_of(fault_elsewhere, NULL);
    assert_died(&o, "");
    o = outcome_of(sent_by_somebody, NULL);
    assert_died(&o, "");
}

/* ---- the neighbours ---- */

enum { NEIGHBOURS = 64, KEPT = 32 * 1024 };

typedef struct neighbour {
    waiter w;
    loop *l;
} neighbour;

static volatile const char *kept_by[NEIGHBOURS];
static int kept_count;

static void keep(void *arg)
{
    neighbour *n = arg;
    volatile char kept[KEPT];
    for (size_t i = 0; i < sizeof kept; i++)
        kept[i] = 'k';
    kept_by[kept_count++] = kept;
    loop_wait(n->l, &n->w, WAIT_FOREVER);
}

static void look_at_neighbours(int number)
{
    for (int i = 0; i < kept_count; i++)
        for (size_t at = 0; at < KEPT; at++)
            if (kept_by[i][at] != 'k')
                _exit(1);
    _exit(kept_count == NEIGHBOURS ? 7 : 2);
}

static void jump_when_woken(void *arg)
{
    neighbour *n = arg;
    loop_wait(n->l, &n->w, WAIT_FOREVER);
    jump(n->l);
}

static void overflow_among_neighbours(void *arg)
{
    static neighbour all[NEIGHBOURS], middle;
    signal(SIGSEGV, look_at_neighbours);
    loop *l = middle.l = loop_new(STACK);
    for (int i = 0; i < NEIGHBOURS; i++) {
        all[i].l = l;
        if (i == NEIGHBOURS / 2)
            loop_spawn(l, jump_when_woken, &middle);
        loop_spawn(l, keep, &all[i]);
    }
    loop_wake(l, &middle.w);
}

static void test_the_neighbours_stacks_are_intact(void **state)
{
    outcome o = outcome_of(overflow_among_neighbours, NULL);
    assert_true(WIFEXITED(o.how));
    assert_int_equal(WEXITSTATUS(o.how), 7);
}

/* ---- signal stacks ---- */

static void test_a_signal_stack_is_ours_only_where_there_was_none(void **state)
{
    stack_t original, now, none = {.ss_flags = SS_DISABLE};
    static char memory[64 << 10];
    assert_int_equal(sigaltstack(NULL, &original), 0);
    assert_int_equal(sigaltstack(&none, NULL), 0);
    loop *a = loop_new(STACK), *b = loop_new(STACK);
    loop_free(a); /* b still needs it */
    sigaltstack(NULL, &now);
    assert_false(now.ss_flags & SS_DISABLE);
    loop_free(b);
    sigaltstack(NULL, &now);
    assert_true(now.ss_flags & SS_DISABLE);

    stack_t own = {.ss_sp = memory, .ss_size = sizeof memory};
    assert_int_equal(sigaltstack(&own, NULL), 0);
    a = loop_new(STACK);
    sigaltstack(NULL, &now);
    assert_ptr_equal(now.ss_sp, memory);
    loop_free(a);
    sigaltstack(NULL, &now);
    assert_ptr_equal(now.ss_sp, memory);
    sigaltstack(&original, NULL);
}

/* ---- how many there can be ---- */

/* Ten thousand at once, as container.max_tasks has it, within the kernel's usual limit of mappings. */
static void hold(void *arg)
{
    neighbour *n = arg;
    loop_wait(n->l, &n->w, WAIT_FOREVER);
}

static void test_ten_thousand_stacks(void **state)
{
    enum { MANY = 10000 };
    loop *l = loop_new(0);
    neighbour *all = calloc(MANY, sizeof *all);
    for (int i = 0; i < MANY; i++) {
        all[i].l = l;
        assert_int_equal(loop_spawn(l, hold, &all[i]), LYMPH_OK);
    }
    assert_int_equal(loop_fibers(l), MANY);
    for (int i = 0; i < MANY; i++)
        loop_wake(l, &all[i].w);
    assert_int_equal(loop_fibers(l), 0);
    loop_free(l);
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deep_recursion),
        cmocka_unit_test(test_a_jump_over_a_page),
        cmocka_unit_test(test_the_programs_own_handler_keeps_its_turn),
        cmocka_unit_test(test_the_handler_goes_with_the_last_loop),
        cmocka_unit_test(test_other_faults_end_the_process_as_before),
        cmocka_unit_test(test_the_neighbours_stacks_are_intact),
        cmocka_unit_test(test_a_signal_stack_is_ours_only_where_there_was_none),
        cmocka_unit_test(test_ten_thousand_stacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
