/* inbox.c: letters from several threads to one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/clock.h"
#include "fiber/inbox.h"

static int readable(inbox *b, int timeout_ms)
{
    struct pollfd p = {.fd = inbox_fd(b), .events = POLLIN};
    return poll(&p, 1, timeout_ms);
}

static void test_letters_come_in_order_and_the_descriptor_tells(void **state)
{
    inbox b;
    letter l[3];
    assert_int_equal(inbox_init(&b), 0);
    assert_null(inbox_take(&b));
    assert_int_equal(readable(&b, 0), 0);
    for (int i = 0; i < 3; i++)
        inbox_post(&b, &l[i]);
    assert_int_equal(readable(&b, 0), 1);
    letter *all = inbox_take(&b);
    for (int i = 0; i < 3; i++, all = all->next)
        assert_ptr_equal(all, &l[i]);
    assert_null(all);
    assert_int_equal(readable(&b, 0), 0);
    assert_null(inbox_take(&b));
    /* A letter may be posted again once it was taken. */
    inbox_post(&b, &l[1]);
    assert_int_equal(readable(&b, 0), 1);
    assert_ptr_equal(inbox_take(&b), &l[1]);
    assert_null(l[1].next);
    inbox_done(&b);
}

enum { THREADS = 4, EACH = 20000 };

typedef struct mail {
    letter l;
    int sender, number;
    int *next_of; /* the number that is due from each sender */
} mail;

typedef struct sender {
    inbox *box;
    int *next_of;
    int me;
} sender;

static void open_mail(letter *l)
{
    mail *m = (mail *)l;
    assert_int_equal(m->number, m->next_of[m->sender]);
    m->next_of[m->sender]++;
    free(m);
}

static void *post_many(void *arg)
{
    sender *s = arg;
    for (int i = 0; i < EACH; i++) {
        mail *m = malloc(sizeof *m);
        *m = (mail){.l.open = open_mail, .sender = s->me, .number = i, .next_of = s->next_of};
        inbox_post(s->box, &m->l);
    }
    return NULL;
}

/* The taker sleeps in poll(2) between rounds: a wake-up that got lost would stop it. */
static void test_nothing_is_lost_between_threads(void **state)
{
    inbox b;
    assert_int_equal(inbox_init(&b), 0);
    int next_of[THREADS] = {0}, opened = 0;
    sender senders[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        senders[i] = (sender){.box = &b, .next_of = next_of, .me = i};
        assert_int_equal(pthread_create(&threads[i], NULL, post_many, &senders[i]), 0);
    }
    while (opened < THREADS * EACH) {
        assert_int_equal(readable(&b, 30000), 1);
        for (letter *l = inbox_take(&b), *next; l; l = next, opened++) {
            next = l->next;
            l->open(l);
        }
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(next_of[i], EACH);
    }
    assert_null(inbox_take(&b));
    inbox_done(&b);
}

static void *post_one(void *arg)
{
    static letter l;
    inbox_post(arg, &l);
    return NULL;
}

static void test_spinning_ends_with_a_letter_or_in_time(void **state)
{
    inbox b;
    pthread_t thread;
    assert_int_equal(inbox_init(&b), 0);
    int64_t begin = clock_now_us();
    inbox_spin(&b, 0);
    inbox_spin(&b, -1);
    inbox_spin(&b, 20000);
    assert_true(clock_now_us() >= begin + 20000);
    assert_int_equal(pthread_create(&thread, NULL, post_one, &b), 0);
    inbox_spin(&b, INT64_C(3600000000));
    assert_non_null(inbox_take(&b)); /* it was seen, and is taken by another function only */
    pthread_join(thread, NULL);
    begin = clock_now_us();
    inbox_spin(&b, 20000); /* what was taken is seen no more */
    assert_true(clock_now_us() >= begin + 20000);
    inbox_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters_come_in_order_and_the_descriptor_tells),
        cmocka_unit_test(test_nothing_is_lost_between_threads),
        cmocka_unit_test(test_spinning_ends_with_a_letter_or_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
