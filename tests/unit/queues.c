/* queues.c: rows of events: put once, claimed by one, settled or given back, and bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/queues.h"

enum { ONE = 11, OTHER = 12 }; /* members */

static char folder[] = "/tmp/lymph-queues-XXXXXX";
static db d;
static failure f;

static int set_up(void **state)
{
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    assert_non_null(mkdtemp(folder));
    d = (db){0};
    f = (failure){0};
    assert_int_equal(db_open(&d, folder, &f), LYMPH_OK);
    assert_int_equal(db_begin(&d, &f), LYMPH_OK);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm"};
    db_rollback(&d);
    db_close(&d);
    for (int i = 0; i < 3; i++) {
        char path[100];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(folder), 0);
    return 0;
}

static int64_t declared(const char *name, bool own, int64_t member)
{
    static const char *const patterns[] = {"tick"};
    int64_t id = 0;
    assert_int_equal(queues_declare(&d, name, patterns, 1, own, member, &id, &f), LYMPH_OK);
    return id;
}

/* Puts an event whose data are its number, and padding. */
static queue_put put(int64_t queue, int number, size_t size)
{
    char *data = calloc(1, size);
    memcpy(data, &number, sizeof number);
    queue_put p = {.type = "tick", .data = data, .size = size};
    assert_int_equal(queues_put(&d, queue, &p, &f), LYMPH_OK);
    free(data);
    return p;
}

typedef struct taken {
    int count, numbers[100];
    bool redelivered[100];
    int64_t ids[100];
    size_t sizes[100];
} taken;

static lymph_status take(void *arg, const queue_entry *e, failure *why)
{
    taken *t = arg;
    t->redelivered[t->count] = e->redelivered;
    t->ids[t->count] = e->id;
    t->sizes[t->count] = e->size;
    if (e->size)
        memcpy(&t->numbers[t->count], e->data, sizeof(int));
    t->count++;
    return LYMPH_OK;
}

static queue_claim claim_and(bool returns, int64_t queue, int64_t member, unsigned count, taken *t)
{
    *t = (taken){0};
    queue_claim c = {.queue = queue, .member = member, .count = count, .returns = returns, .each = take, .arg = t};
    assert_int_equal(queues_claim(&d, &c, &f), LYMPH_OK);
    return c;
}

static queue_claim claim(int64_t queue, int64_t member, unsigned count, taken *t)
{
    return claim_and(false, queue, member, count, t);
}

static void settle(const taken *t, int i, int64_t member, bool back, bool pokes)
{
    bool poke;
    assert_int_equal(queues_settle(&d, t->ids[i], t->sizes[i], member, back, &poke, &f), LYMPH_OK);
    assert_int_equal(poke, pokes);
}

static int64_t number(const char *sql)
{
    int64_t n = -1;
    assert_int_equal(db_get(&d, &f, &n, -1, sql, ""), LYMPH_OK);
    return n;
}

static void test_each_is_claimed_once_in_order(void **state)
{
    taken t;
    int64_t q = declared("q", false, ONE);
    assert_int_equal(declared("q", false, OTHER), q);
    assert_true(claim(q, ONE, 10, &t).empty);
    assert_true(put(q, 0, 4).poke); /* a consumer waits for it */
    for (int i = 1; i < 5; i++)
        assert_false(put(q, i, 4).poke);
    assert_false(claim(q, ONE, 3, &t).empty);
    assert_int_equal(t.count, 3);
    assert_int_equal(t.numbers[2], 2);
    assert_true(claim(q, OTHER, 3, &t).empty);
    assert_int_equal(t.count, 2);
    assert_int_equal(t.numbers[0], 3);
    for (int i = 0; i < 2; i++)
        settle(&t, i, OTHER, false, false);
    settle(&t, 0, OTHER, false, false); /* settled already */
    assert_int_equal(number("SELECT messages FROM queue"), 3);
    assert_int_equal(number("SELECT bytes FROM queue"), 12);
}

static void test_who_returns_is_poked_only_when_it_found_nothing(void **state)
{
    taken t;
    int64_t q = declared("q", false, ONE);
    put(q, 0, 4);
    queue_claim c = claim_and(true, q, ONE, 10, &t);
    assert_true(c.empty);
    assert_int_equal(c.found, 1);
    assert_false(put(q, 1, 4).poke); /* it looks by itself */
    assert_int_equal(claim_and(true, q, ONE, 10, &t).found, 1);
    c = claim_and(true, q, ONE, 10, &t);
    assert_true(c.empty);
    assert_int_equal(c.found, 0);
    assert_true(put(q, 2, 4).poke);
    assert_false(put(q, 3, 4).poke); /* once */
    assert_int_equal(claim_and(false, q, ONE, 10, &t).found, 2);
    assert_true(put(q, 4, 4).poke);
}

static void test_what_comes_back_goes_first(void **state)
{
    taken t;
    int64_t q = declared("q", false, ONE);
    for (int i = 0; i < 3; i++)
        put(q, i, 4);
    claim(q, ONE, 1, &t);
    assert_false(t.redelivered[0]);
    settle(&t, 0, OTHER, true, false); /* it is not that one's */
    settle(&t, 0, ONE, true, false);
    assert_true(claim(q, OTHER, 5, &t).empty);
    assert_int_equal(t.count, 3);
    assert_int_equal(t.numbers[0], 0);
    assert_true(t.redelivered[0]);
    assert_false(t.redelivered[1]);
    settle(&t, 1, OTHER, true, true); /* a consumer waits */
    assert_int_equal(queues_leave_all(&d, OTHER, &f), LYMPH_OK);
    assert_true(claim(q, ONE, 5, &t).empty);
    assert_int_equal(t.count, 3);
    assert_true(t.redelivered[2]);
}

static void test_an_own_queue_drops_its_oldest(void **state)
{
    taken t;
    int64_t q = declared("own", true, ONE);
    for (int i = 0; i < 10000; i++)
        assert_false(put(q, i, 4).overflow);
    assert_true(put(q, 10000, 4).overflow);
    assert_false(put(q, 10001, 4).overflow); /* told once */
    assert_int_equal(number("SELECT messages FROM queue"), 10000);
    assert_int_equal(number("SELECT count(*) FROM message"), 10000);
    claim(q, ONE, 1, &t);
    assert_int_equal(t.numbers[0], 2);
    queue_claim c;
    do
        c = claim(q, ONE, 100, &t);
    while (!c.empty);
    assert_int_equal(c.dropped, 2);
    assert_int_equal(queues_leave_all(&d, ONE, &f), LYMPH_OK);
    assert_int_equal(number("SELECT count(*) FROM message") + number("SELECT count(*) FROM queue"), 0);
}

static void test_its_bytes_are_bounded_too(void **state)
{
    int64_t q = declared("own", true, ONE);
    for (int i = 0; i < 20; i++)
        put(q, i, 16 << 20);
    assert_int_equal(number("SELECT messages FROM queue"), 4); /* 64 MiB */
    assert_int_equal(number("SELECT sum(length(data)) FROM message"), 64 << 20);
}

static void test_a_lasting_queue_refuses(void **state)
{
    int64_t q = declared("lasting", false, ONE);
    queue_put p = {.type = "tick", .data = "", .size = 0};
    for (int i = 0; i < 100000; i++)
        assert_int_equal(queues_put(&d, q, &p, &f), LYMPH_OK);
    assert_int_equal(queues_put(&d, q, &p, &f), LYMPH_ELIMIT);
    assert_string_equal(f.message, "a queue for event tick holds 100000 messages of 0 bytes already and takes no more");
    taken t;
    claim(q, ONE, 1, &t);
    settle(&t, 0, ONE, false, false);
    assert_int_equal(queues_put(&d, q, &p, &f), LYMPH_OK);
    assert_false(p.overflow);
}

static void test_a_queue_that_is_gone_takes_nothing(void **state)
{
    taken t;
    int64_t q = declared("own", true, ONE);
    put(q, 1, 4);
    assert_int_equal(queues_leave(&d, q, true, ONE, &f), LYMPH_OK);
    put(q, 2, 4);
    assert_true(claim(q, ONE, 1, &t).empty);
    assert_int_equal(t.count, 0);
    assert_int_not_equal(declared("own", true, ONE), q); /* somebody may still have its messages */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_each_is_claimed_once_in_order),      TEST(test_who_returns_is_poked_only_when_it_found_nothing),
        TEST(test_what_comes_back_goes_first),         TEST(test_an_own_queue_drops_its_oldest),
        TEST(test_its_bytes_are_bounded_too),          TEST(test_a_lasting_queue_refuses),
        TEST(test_a_queue_that_is_gone_takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
