/* subscriptions.c: from a delivery to a handler and back, on an event system that does as it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "events/envelope.h"
#include "events/queue.h"
#include "room.h"
#include "server/subscriptions.h"

#define MAX 2

/* ---- the event system ---- */

static struct fake {
    queue *queues[4]; /* in the order subscribed */
    size_t count, unsubscribed;
    char settled[32]; /* a letter for each delivery that ended: its id and D, R or B (back to the queue) */
    lymph_status subscribe;
} fake;

static lymph_status fake_open(events *e, const config_node *section, void **state, failure *f)
{
    *state = &fake;
    return LYMPH_OK;
}

static lymph_status fake_subscribe(void *state, queue *q, failure *f)
{
    if (fake.subscribe)
        return failure_set(f, fake.subscribe, "the fake says no");
    q->active_state = state;
    fake.queues[fake.count++] = q;
    return LYMPH_OK;
}

static void fake_unsubscribe(void *state, queue *q)
{
    fake.unsubscribed++;
}

static void fake_settle(void *state, delivery *d, delivery_end end)
{
    char *text = fake.settled + strlen(fake.settled);
    text[0] = d->routing_key[0];
    text[1] = end == DELIVERY_DONE ? 'D' : end == DELIVERY_REJECTED ? 'R' : 'B';
    text[2] = '\0';
    free((void *)d->data);
    free(d);
}

static void fake_close(void *state)
{
}

static const events_backend fake_backend = {
    .name = "fake",
    .open = fake_open,
    .subscribe = fake_subscribe,
    .unsubscribe = fake_unsubscribe,
    .settle = fake_settle,
    .close = fake_close,
};

static void deliver_bytes(queue *q, const char *key, const void *data, size_t size, bool json)
{
    const queue_options *o = queue_get(q);
    delivery *d = calloc(1, sizeof *d);
    uint8_t *copy = malloc(size + 1);
    assert_true(d && copy);
    memcpy(copy, data, size);
    *d = (delivery){.queue = q, .routing_key = key, .data = copy, .size = size, .json = json, .arg = o->arg};
    o->deliver(d);
}

/* An event with the body {"n": n}. */
static void deliver_number(queue *q, const char *key, int n)
{
    writer w;
    writer_init(&w);
    envelope_begin(&w, key, "trace");
    write_map(&w, 1);
    write_cstr(&w, "n");
    write_int(&w, n);
    envelope_end(&w, "the emitter");
    deliver_bytes(q, key, w.data, w.size, false);
    writer_done(&w);
}

/* ---- the interface ---- */

typedef struct counted {
    int32_t n;
} counted;

static const lymph_field counted_fields[] = {{.name = "n", .type = &lymph_type_int32, .offset = offsetof(counted, n)}};
static const lymph_record counted_record = {
    .name = "counted", .size = sizeof(counted), .fields = counted_fields, .field_count = 1};

static struct seen {
    int numbers[8];
    size_t count;
    char trace_id[40], type[40], source[40];
    waiter *gate; /* handlers wait here; NULL: they do not */
} seen;

static lymph_status on_counted(lymph_ctx *ctx, const counted *event)
{
    strncpy(seen.trace_id, ctx->trace_id, sizeof seen.trace_id - 1);
    seen.numbers[seen.count++] = event->n;
    if (seen.gate && loop_wait(ctx->host->loop, seen.gate, WAIT_FOREVER))
        return LYMPH_ESYSTEM;
    return event->n < 0 ? lymph_fail(ctx, LYMPH_ESYSTEM, "below zero") : LYMPH_OK;
}

typedef struct handlers {
    lymph_status (*on_counted)(lymph_ctx *ctx, const counted *event);
} handlers;

static lymph_status invoke(lymph_ctx *ctx, const void *set, const void *event)
{
    return ((const handlers *)set)->on_counted(ctx, event);
}

static room x;
static interfaces installed_ones;
static subscriptions all;
static lymph_subscription on = {.name = "on_counted", .pattern = "counted", .event = &counted_record, .invoke = invoke};
static const lymph_interface_desc listen_desc = {
    .abi = LYMPH_ABI, .name = "Listen", .subscriptions = &on, .subscription_count = 1};

static int set_up(void **state)
{
    failure f;
    fake = (struct fake){0};
    seen = (struct seen){0};
    installed_ones = (interfaces){0};
    if (room_open(&x, MAX) || events_open_on(&fake_backend, x.host.loop, NULL, x.host.log, &x.host.events, &f))
        return -1;
    x.host.have = NEED_EVENTS;
    x.host.subscriptions = &all;
    subscriptions_init(&all, &x.activities);
    return 0;
}

static int tear_down(void **state)
{
    subscriptions_stop(&all);
    events_close(x.host.events);
    subscriptions_done(&all);
    interfaces_done(&installed_ones);
    return room_close(&x);
}

static lymph_status subscribe_with(uint32_t flags, const handlers *set, failure *f)
{
    on.flags = flags;
    lymph_status st = interfaces_add(&installed_ones, &listen_desc, set, NULL, NULL, false, f);
    return st ? st : subscriptions_add(&all, installed_ones.first, f);
}

static queue *subscribed(uint32_t flags)
{
    static const handlers set = {on_counted};
    failure f = {0};
    if (subscribe_with(flags, &set, &f))
        fail_msg("%s", f.message);
    assert_int_equal(fake.count, 1);
    return fake.queues[0];
}

/* ---- one event ---- */

static void test_an_event_is_decoded_handled_and_done(void **state)
{
    queue *q = subscribed(0);
    deliver_number(q, "a", 7);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.numbers[0], 7);
    assert_string_equal(seen.trace_id, "trace");
    assert_string_equal(fake.settled, "aD");
    assert_int_equal(x.host.counters.events_handled, 1);
}

static void test_what_fails_is_rejected(void **state)
{
    queue *q = subscribed(0);
    deliver_number(q, "a", -1);                          /* the handler says so */
    deliver_bytes(q, "b", "\xc1", 1, false);             /* no msgpack */
    deliver_bytes(q, "c", "\x80", 1, false);             /* no envelope */
    deliver_bytes(q, "d", "{\"type\": \"d\"", 12, true); /* no JSON */
    const char no_n[] = "{\"type\": \"e\", \"headers\": {}, \"body\": {}, \"source\": \"s\"}";
    deliver_bytes(q, "e", no_n, strlen(no_n), true);
    assert_string_equal(fake.settled, "aRbRcRdReR");
    assert_int_equal(seen.count, 1);
    assert_int_equal(x.host.counters.events_failed, 5);
    assert_int_equal(x.host.counters.events_handled, 0);
}

/* After the stop a failure says nothing about the event: somebody else is to have it. */
static void test_what_a_stop_breaks_off_goes_back(void **state)
{
    queue *q = subscribed(0);
    waiter gate = WAITER_INIT;
    seen.gate = &gate;
    deliver_number(q, "a", -1);
    assert_string_equal(fake.settled, "");
    x.host.phase = PHASE_STOPPED;
    loop_wake(x.host.loop, &gate);
    ROOM_UNTIL(&x, *fake.settled);
    assert_string_equal(fake.settled, "aB");
}

static void test_json_is_taken_too(void **state)
{
    queue *q = subscribed(0);
    const char json[] = "{\"type\": \"a\", \"headers\": {}, \"body\": {\"n\": 5}, \"source\": \"s\"}";
    deliver_bytes(q, "a", json, strlen(json), true);
    assert_string_equal(fake.settled, "aD");
    assert_int_equal(seen.numbers[0], 5);
}

/* ---- queues ---- */

static void test_queues_of_each_kind(void **state)
{
    const struct {
        uint32_t flags;
        bool own;
        uint32_t prefetch;
    } kinds[] = {
        {0, false, 100}, {LYMPH_ON_SEQUENTIAL, false, 1}, {LYMPH_ON_BROADCAST, true, 100}, {LYMPH_ON_ONCE, true, 1}};
    failure f;
    const handlers set = {on_counted};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (i)
            assert_int_equal(tear_down(NULL) || set_up(NULL), 0);
        assert_int_equal(subscribe_with(kinds[i].flags, &set, &f), LYMPH_OK);
        const queue_options *o = queue_get(fake.queues[0]);
        assert_int_equal(o->broadcast, kinds[i].own);
        assert_int_equal(o->prefetch, kinds[i].prefetch);
        assert_memory_equal(o->name, "Listen-on_counted", 17);
        assert_int_equal(strlen(o->name), kinds[i].own ? 17 + 1 + 36 : 17);
        assert_string_equal(o->patterns[0], "counted");
    }
}

static void test_without_a_handler_nothing_is_subscribed(void **state)
{
    failure f;
    const handlers none = {NULL};
    assert_int_equal(subscribe_with(0, &none, &f), LYMPH_OK);
    assert_int_equal(fake.count, 0);
}

static void test_a_failure_to_subscribe_is_told(void **state)
{
    failure f;
    const handlers set = {on_counted};
    fake.subscribe = LYMPH_EBACKEND;
    assert_int_equal(subscribe_with(0, &set, &f), LYMPH_EBACKEND);
    assert_string_equal(f.message, "the fake says no");
}

static void test_once_is_once(void **state)
{
    queue *q = subscribed(LYMPH_ON_ONCE);
    waiter gate = WAITER_INIT;
    seen.gate = &gate;
    deliver_number(q, "a", 1);
    deliver_number(q, "b", 2); /* while the first is under way */
    assert_string_equal(fake.settled, "bR");
    assert_int_equal(fake.unsubscribed, 0);
    loop_wake(x.host.loop, &gate);
    ROOM_UNTIL(&x, fake.unsubscribed);
    assert_string_equal(fake.settled, "bRaD");
    deliver_number(q, "c", 3);
    assert_string_equal(fake.settled, "bRaDcR");
    assert_int_equal(seen.count, 1);
}

/* ---- more than there is room for ---- */

static void test_what_finds_no_room_waits_in_order(void **state)
{
    queue *q = subscribed(0);
    waiter gate = WAITER_INIT;
    activity *other = activity_new(&all.events, (slice){NULL, 0});
    seen.gate = &gate;
    deliver_number(q, "a", 1);
    deliver_number(q, "b", 2); /* MAX are under way */
    deliver_number(q, "c", 3);
    assert_int_equal(seen.count, 1);
    seen.gate = NULL;
    activity_free(other);
    ROOM_UNTIL(&x, seen.count == 3);
    assert_int_equal(seen.numbers[1], 2);
    assert_int_equal(seen.numbers[2], 3);
    assert_string_equal(fake.settled, "bDcD");
    loop_wake(x.host.loop, &gate);
    ROOM_UNTIL(&x, strlen(fake.settled) == 6);
    assert_string_equal(fake.settled, "bDcDaD");
}

static void test_a_stop_gives_back_what_waits(void **state)
{
    queue *q = subscribed(0);
    activity *others[MAX];
    for (int i = 0; i < MAX; i++)
        others[i] = activity_new(&all.events, (slice){NULL, 0});
    deliver_number(q, "a", 1);
    deliver_number(q, "b", 2);
    assert_string_equal(fake.settled, "");
    subscriptions_stop(&all);
    assert_string_equal(fake.settled, "aBbB");
    assert_int_equal(fake.unsubscribed, 1);
    for (int i = 0; i < MAX; i++)
        activity_free(others[i]);
    assert_int_equal(seen.count, 0);
}

/* ---- lymph_subscribe ---- */

static lymph_status on_any(lymph_ctx *ctx, const lymph_event *event, void *arg)
{
    assert_ptr_equal(arg, &seen);
    seen.numbers[seen.count++] = (int)lymph_get(event->body, "n")->as.integer;
    strncpy(seen.type, event->type, sizeof seen.type - 1);
    strncpy(seen.source, event->source, sizeof seen.source - 1);
    assert_string_equal(lymph_text(*lymph_get(event->headers, "trace_id")), "trace");
    return LYMPH_OK;
}

static void test_a_program_gets_events_whole(void **state)
{
    const char *const patterns[] = {"a.*", "b"};
    assert_int_equal(lymph_subscribe(&x.ctx, patterns, 2, on_any, &seen), LYMPH_OK);
    const queue_options *o = queue_get(fake.queues[0]);
    assert_true(o->broadcast);
    assert_int_equal(o->pattern_count, 2);
    assert_string_equal(o->patterns[1], "b");
    assert_memory_equal(o->name, "_client-on_event-", 17);
    deliver_number(fake.queues[0], "a.b", 9);
    assert_int_equal(seen.numbers[0], 9);
    assert_string_equal(seen.type, "a.b");
    assert_string_equal(seen.source, "the emitter");
    assert_string_equal(fake.settled, "aD");
}

static void test_patterns_that_cannot_be(void **state)
{
    const char *const bad[] = {"a\nb", "\xff", ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(lymph_subscribe(&x.ctx, &bad[i], 1, on_any, &seen), LYMPH_EINVAL);
        assert_int_equal(fake.count, 0);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_an_event_is_decoded_handled_and_done),
        TEST(test_what_fails_is_rejected),
        TEST(test_what_a_stop_breaks_off_goes_back),
        TEST(test_json_is_taken_too),
        TEST(test_queues_of_each_kind),
        TEST(test_without_a_handler_nothing_is_subscribed),
        TEST(test_a_failure_to_subscribe_is_told),
        TEST(test_once_is_once),
        TEST(test_what_finds_no_room_waits_in_order),
        TEST(test_a_stop_gives_back_what_waits),
        TEST(test_a_program_gets_events_whole),
        TEST(test_patterns_that_cannot_be),
    };
    return cmocka_run_group_tests_name("subscriptions", tests, NULL, NULL);
}
