/* loop.c: coroutines, waits, timers and the mailbox on one loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "fiber/fiber.h"
#include "fiber/loop.h"
#include "fiber/mailbox.h"

static int setup(void **state)
{
    *state = loop_new(0);
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    assert_int_equal(loop_fibers(*state), 0);
    loop_free(*state);
    return 0;
}

typedef struct step {
    loop *l;
    waiter w;
    char *trace;
    char name;
    lymph_status status;
    int64_t deadline;
} step;

static void note(step *s, char c)
{
    size_t n = strlen(s->trace);
    s->trace[n] = c;
    s->trace[n + 1] = '\0';
}

static void wait_once(void *arg)
{
    step *s = arg;
    assert_true(loop_in_fiber(s->l));
    note(s, s->name);
    s->status = loop_wait(s->l, &s->w, s->deadline);
    note(s, s->name);
}

static void test_spawn_runs_to_first_wait_and_wake_resumes(void **state)
{
    char trace[16] = "";
    step a = {.l = *state, .trace = trace, .name = 'a', .deadline = WAIT_FOREVER};
    step b = {.l = *state, .trace = trace, .name = 'b', .deadline = WAIT_FOREVER};
    assert_int_equal(loop_spawn(*state, wait_once, &a), LYMPH_OK);
    assert_int_equal(loop_spawn(*state, wait_once, &b), LYMPH_OK);
    assert_string_equal(trace, "ab");
    assert_int_equal(loop_fibers(*state), 2);
    loop_wake(*state, &b.w);
    loop_wake(*state, &a.w);
    assert_string_equal(trace, "abba");
    assert_int_equal(a.status, LYMPH_OK);
}

static void test_wake_before_wait_returns_at_once(void **state)
{
    waiter w = WAITER_INIT;
    loop_wake(*state, &w);
    loop_wake(*state, &w);
    assert_int_equal(loop_wait(*state, &w, WAIT_FOREVER), LYMPH_OK);
    assert_int_equal(loop_wait(*state, &w, clock_now_us() + 1000), LYMPH_ETIMEDOUT);
}

static void wake_other(void *arg)
{
    step *s = arg;
    note(s, '(');
    loop_wake(s->l, &s->w);
    note(s, ')');
}

static void test_wake_from_a_coroutine_runs_after_it_parks(void **state)
{
    char trace[16] = "";
    waiter done = WAITER_INIT;
    step a = {.l = *state, .trace = trace, .name = 'a', .deadline = WAIT_FOREVER};
    assert_int_equal(loop_spawn(*state, wait_once, &a), LYMPH_OK);
    assert_int_equal(loop_spawn(*state, wake_other, &a), LYMPH_OK);
    assert_string_equal(trace, "a()");
    assert_int_equal(loop_wait(*state, &done, clock_now_us() + 20000), LYMPH_ETIMEDOUT);
    assert_string_equal(trace, "a()a");
}

static void test_a_wait_times_out_in_a_coroutine(void **state)
{
    char trace[16] = "";
    waiter done = WAITER_INIT;
    step a = {.l = *state, .trace = trace, .name = 'a', .deadline = clock_now_us() + 5000};
    assert_int_equal(loop_spawn(*state, wait_once, &a), LYMPH_OK);
    assert_int_equal(loop_wait(*state, &done, clock_now_us() + 200000), LYMPH_ETIMEDOUT);
    assert_int_equal(a.status, LYMPH_ETIMEDOUT);
}

typedef struct tick {
    timer t;
    int *order, *count, id;
} tick;

static void on_tick(timer *t)
{
    tick *k = (tick *)t;
    k->order[(*k->count)++] = k->id;
}

static void test_timers_fire_in_order_and_can_be_cancelled(void **state)
{
    enum { N = 200 };
    tick ticks[N] = {0};
    int order[N], count = 0;
    int64_t now = clock_now_us();
    unsigned seed = 7;
    for (int i = 0; i < N; i++) {
        ticks[i] = (tick){.order = order, .count = &count, .id = i};
        seed = seed * 1103515245u + 12345u;
        assert_int_equal(timer_set(*state, &ticks[i].t, now + 1000 + (int64_t)(seed >> 16) % 20000, on_tick), LYMPH_OK);
    }
    for (int i = 0; i < N; i += 3)
        timer_cancel(*state, &ticks[i].t);
    waiter done = WAITER_INIT;
    loop_wait(*state, &done, now + 60000);
    assert_int_equal(count, N - (N + 2) / 3);
    for (int i = 1; i < count; i++)
        assert_true(ticks[order[i - 1]].t.deadline_us <= ticks[order[i]].t.deadline_us);
}

typedef struct mail {
    letter l;
    int *sum;
    int last, value;
    waiter *done;
    loop *loop;
} mail;

static void open_mail(letter *l)
{
    mail *m = (mail *)l;
    *m->sum += m->value;
    if (m->last)
        loop_wake(m->loop, m->done);
    free(m);
}

typedef struct sender {
    mailbox *box;
    int *sum;
    waiter *done;
    loop *l;
} sender;

static void *post_many(void *arg)
{
    sender *s = arg;
    for (int i = 1; i <= 10000; i++) {
        mail *m = calloc(1, sizeof *m);
        *m = (mail){.l.open = open_mail, .sum = s->sum, .value = i, .last = i == 10000, .done = s->done, .loop = s->l};
        mailbox_post(s->box, &m->l);
    }
    return NULL;
}

static void test_mailbox_delivers_in_order_from_another_thread(void **state)
{
    int sum = 0;
    waiter done = WAITER_INIT;
    sender s = {.box = mailbox_new(*state), .sum = &sum, .done = &done, .l = *state};
    pthread_t thread;
    pthread_create(&thread, NULL, post_many, &s);
    assert_int_equal(loop_wait(*state, &done, clock_now_us() + 10000000), LYMPH_OK);
    pthread_join(thread, NULL);
    assert_int_equal(sum, 10000 * 10001 / 2);
    mailbox_free(s.box);
}

typedef struct foreign {
    timer t;
    loop *l;
    lymph_status status;
} foreign;

static void wait_in_callback(timer *t)
{
    foreign *f = (foreign *)t;
    waiter w = WAITER_INIT;
    f->status = loop_wait(f->l, &w, clock_now_us() + 1000);
}

/* A letter and what its opening leads to: news that take a while, or another letter, for ever. */
typedef struct tiding {
    letter l;
    loop *loop;
    mailbox *box;
    timer timer;
    int opened;
    bool news, flood;
} tiding;

static void news_came(timer *t)
{
    tiding *d = (tiding *)((char *)t - offsetof(tiding, timer));
    d->news = false;
    loop_news_end(d->loop);
}

static void open_tiding(letter *l)
{
    tiding *d = (tiding *)l;
    d->opened++;
    if (d->news) {
        loop_news_begin(d->loop);
        assert_int_equal(timer_set(d->loop, &d->timer, clock_now_us() + 5000, news_came), LYMPH_OK);
    }
    if (d->flood)
        mailbox_post(d->box, &d->l);
}

static void catch_up_inside(void *arg)
{
    tiding *d = arg;
    mailbox_post(d->box, &d->l);
    usleep(2000);
    loop_catch_up(d->loop);
    assert_int_equal(d->opened, 0);
}

static void test_catching_up(void **state)
{
    loop *l = *state;
    tiding d = {.l = {.open = open_tiding}, .loop = l, .box = mailbox_new(l)};
    mailbox_post(d.box, &d.l);
    loop_catch_up(l); /* it never ran yet */
    assert_int_equal(d.opened, 1);

    d.news = true;
    mailbox_post(d.box, &d.l);
    usleep(50000);
    loop_catch_up(l);
    assert_int_equal(d.opened, 2);
    assert_false(d.news);

    d.flood = true;
    mailbox_post(d.box, &d.l);
    usleep(2000);
    loop_catch_up(l); /* ends all the same */
    assert_true(d.opened > 2);

    d.flood = false;
    d.opened = 0;
    usleep(2000);
    loop_catch_up(l);
    d.opened = 0;
    assert_int_equal(loop_spawn(l, catch_up_inside, &d), LYMPH_OK);
    usleep(2000);
    loop_catch_up(l);
    assert_int_equal(d.opened, 1);
    mailbox_free(d.box);
}

static void test_a_callback_may_not_wait(void **state)
{
    foreign f = {.l = *state};
    assert_int_equal(timer_set(*state, &f.t, clock_now_us(), wait_in_callback), LYMPH_OK);
    waiter done = WAITER_INIT;
    loop_wait(*state, &done, clock_now_us() + 10000);
    assert_int_equal(f.status, LYMPH_ESTATE);
}

static void count_up(void *arg)
{
    ++*(int *)arg;
}

static void test_stacks_are_reused(void **state)
{
    int count = 0;
    for (int i = 0; i < 100000; i++)
        assert_int_equal(loop_spawn(*state, count_up, &count), LYMPH_OK);
    assert_int_equal(count, 100000);
}

/* ---- long turns ---- */

typedef struct turns {
    loop *l;
    int64_t inner_us, other_us;
    int inner;
} turns;

static void take_turn(void *arg, const char *label, int64_t us)
{
    turns *t = arg;
    if (strcmp(label, "inner") == 0) {
        t->inner++;
        t->inner_us = us;
    } else if (us > t->other_us) {
        t->other_us = us;
    }
}

static void compute(void *arg)
{
    turns *t = arg;
    char label[] = "inner";
    loop_label(t->l, label);
    label[0] = 'x';
    for (int64_t end = clock_now_us() + 4 * LOOP_TURN_MAX_US; clock_now_us() < end;)
        ;
}

static void start_another(void *arg)
{
    turns *t = arg;
    loop_label(t->l, "outer");
    assert_int_equal(loop_spawn(t->l, compute, t), LYMPH_OK);
}

static void sleep_long(void *arg)
{
    turns *t = arg;
    waiter w = WAITER_INIT;
    loop_label(t->l, "inner");
    loop_wait(t->l, &w, clock_now_us() + 5 * LOOP_TURN_MAX_US);
}

static void test_who_keeps_the_loop_is_told(void **state)
{
    turns t = {.l = *state};
    loop_on_long_turn(t.l, take_turn, &t);
    assert_int_equal(loop_spawn(t.l, start_another, &t), LYMPH_OK);
    assert_int_equal(t.inner, 1);
    assert_true(t.inner_us >= 4 * LOOP_TURN_MAX_US);
    assert_true(t.other_us < t.inner_us); /* the time is not that of the one who started it */
}

static void test_who_waits_keeps_nothing(void **state)
{
    turns t = {.l = *state};
    waiter done = WAITER_INIT;
    loop_on_long_turn(t.l, take_turn, &t);
    assert_int_equal(loop_spawn(t.l, sleep_long, &t), LYMPH_OK);
    while (loop_fibers(t.l))
        loop_wait(t.l, &done, clock_now_us() + 10000);
    assert_true(t.inner_us < 5 * LOOP_TURN_MAX_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_spawn_runs_to_first_wait_and_wake_resumes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wake_before_wait_returns_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wake_from_a_coroutine_runs_after_it_parks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_wait_times_out_in_a_coroutine, setup, teardown),
        cmocka_unit_test_setup_teardown(test_timers_fire_in_order_and_can_be_cancelled, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mailbox_delivers_in_order_from_another_thread, setup, teardown),
        cmocka_unit_test_setup_teardown(test_catching_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_callback_may_not_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stacks_are_reused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_who_keeps_the_loop_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_who_waits_keeps_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
