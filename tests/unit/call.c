/* call.c: each call ends once, by what comes first: the answer, its time, or the container's stop. The peer is this
 * program's own transport, which answers as a test says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "client/call.h"
#include "room.h"

#define SECOND 1000000

/* ---- the method ---- */

typedef struct number {
    int32_t n;
} number;

static const lymph_field fields[] = {{.name = "n", .type = &lymph_type_int32, .offset = offsetof(number, n)}};
static const lymph_record params = {.name = "Peer.next", .size = sizeof(number), .fields = fields, .field_count = 1};
static const lymph_method next = {
    .name = "next", .subject = "Peer.next", .params = &params, .result = &lymph_type_int32};
static const lymph_method again = {.name = "next",
                                   .subject = "Peer.next",
                                   .params = &params,
                                   .result = &lymph_type_int32,
                                   .retry = 1,
                                   .flags = LYMPH_METHOD_IDEMPOTENT};

/* ---- the peer ---- */

typedef enum manner {
    ANSWERS,          /* n + 1 */
    ANSWERS_TWICE,    /* n + 1, then n + 2 */
    REFUSES,          /* NACK */
    FAILS,            /* ERROR of the type Oops */
    ANSWERS_TEXT,     /* a result of another type */
    ANSWERS_TOO_LONG, /* a byte behind the result */
    IS_SILENT,
    IS_SILENT_ONCE, /* answers from the second request on */
} manner;

static struct peer {
    manner manner;
    int asked;
    connection *last_from;
    char last_id[MESSAGE_ID_MAX];
    size_t last_size;
} peer;

typedef struct place {
    room room;
    calls calls;
} place;

static place x;

static void reply(connection *to, slice id, message_type type, const writer *body)
{
    static const char no_headers[] = "\x80";
    const slice own_id = {"reply", 5};
    assert_int_equal(transport_send(x.room.host.transport, to, own_id, type, id, (slice){no_headers, 1},
                                    (slice){(const char *)body->data, body->size}),
                     LYMPH_OK);
}

static void reply_number(connection *to, slice id, int64_t n)
{
    writer w;
    writer_init(&w);
    write_int(&w, n);
    if (peer.manner == ANSWERS_TOO_LONG)
        write_nil(&w);
    reply(to, id, MESSAGE_REP, &w);
    writer_done(&w);
}

static void reply_other(connection *to, slice id)
{
    writer w;
    writer_init(&w);
    if (peer.manner == REFUSES) {
        write_nil(&w);
    } else if (peer.manner == FAILS) {
        write_map(&w, 2);
        write_cstr(&w, "type");
        write_cstr(&w, "Oops");
        write_cstr(&w, "message");
        write_cstr(&w, "it broke");
    } else {
        write_cstr(&w, "a text");
    }
    reply(to, id, peer.manner == REFUSES ? MESSAGE_NACK : peer.manner == FAILS ? MESSAGE_ERROR : MESSAGE_REP, &w);
    writer_done(&w);
}

static void asked(const message *m, connection *from)
{
    arena a;
    lymph_value body;
    slice bytes = m->frames[FRAME_BODY];
    arena_init(&a);
    assert_int_equal(decode_value_all(bytes.at, bytes.size, &a, &body, NULL), LYMPH_OK);
    int64_t n = lymph_get(body, "n")->as.integer;
    arena_done(&a);
    peer.asked++;
    peer.last_from = from;
    memcpy(peer.last_id, m->id.at, peer.last_size = m->id.size);
    if (peer.manner == IS_SILENT || (peer.manner == IS_SILENT_ONCE && peer.asked == 1))
        return;
    if (peer.manner == REFUSES || peer.manner == FAILS || peer.manner == ANSWERS_TEXT) {
        reply_other(from, m->id);
        return;
    }
    reply_number(from, m->id, n + 1);
    if (peer.manner == ANSWERS_TWICE)
        reply_number(from, m->id, n + 2);
}

static void receive(void *arg, message *m, connection *from)
{
    if (m->type != MESSAGE_REQ)
        calls_receive(&x.calls, m);
    else if (m->subject.size == 9 && memcmp(m->subject.at, "Peer.next", 9) == 0) /* else a heartbeat */
        asked(m, from);
}

static int set_up(void **state)
{
    failure f;
    host *h = &x.room.host;
    peer = (struct peer){0};
    if (room_open(&x.room, 10))
        return -1;
    const transport_options o = {
        .ip = "127.0.0.1",
        .queue_bytes = 1 << 20,
        .limits = {SECOND, 30 * SECOND, 60 * SECOND, 60 * SECOND, 60 * SECOND},
        .receive = receive,
    };
    if (transport_open(&transport_zeromq, h->loop, &o, h->log, &h->transport, &f))
        return -1;
    if (!(h->reach = reach_new(h->loop, h->transport)))
        return -1;
    h->have = NEED_TRANSPORT;
    h->calls = &x.calls;
    calls_init(&x.calls, h);
    x.room.ctx.options.address = transport_endpoint(h->transport);
    x.room.ctx.options.timeout = 15;
    return 0;
}

static int tear_down(void **state)
{
    ctx_end(&x.room.ctx);
    int left = (int)x.calls.pending.count;
    reach_free(x.room.host.reach);
    transport_close(x.room.host.transport);
    calls_done(&x.calls);
    return room_close(&x.room) || left;
}

static lymph_status call(const lymph_method *method, int32_t n, int32_t *result)
{
    return lymph_call(&x.room.ctx, method, (const void *const[]){&n}, result);
}

static lymph_future *defer(int32_t n)
{
    return lymph_defer(&x.room.ctx, &next, (const void *const[]){&n});
}

static void assert_failure(lymph_status got, lymph_status status, const char *text)
{
    assert_int_equal(got, status);
    assert_string_equal(lymph_error_message(&x.room.ctx), text);
}

/* ---- answers ---- */

static void test_an_answer(void **state)
{
    int32_t result = 0;
    assert_int_equal(call(&next, 41, &result), LYMPH_OK);
    assert_int_equal(result, 42);
    assert_int_equal(call(&next, 1, NULL), LYMPH_OK); /* nobody wants the result */
    assert_int_equal(x.calls.pending.count, 0);
    assert_int_equal(x.room.host.counters.calls, 2);
}

static void test_refused(void **state)
{
    int32_t result = 7;
    peer.manner = REFUSES;
    assert_int_equal(call(&next, 1, &result), LYMPH_ENACK);
    assert_int_equal(result, 7);
}

static void test_an_error_comes_back_whole_and_is_gone_after_the_next_call(void **state)
{
    peer.manner = FAILS;
    assert_failure(call(&next, 1, NULL), LYMPH_EREMOTE, "Peer.next: Oops: it broke");
    assert_string_equal(lymph_error_type(&x.room.ctx), "Oops");
    assert_string_equal(lymph_text(*lymph_get(lymph_error_body(&x.room.ctx), "message")), "it broke");
    peer.manner = ANSWERS;
    assert_int_equal(call(&next, 1, NULL), LYMPH_OK);
    assert_null(lymph_error_type(&x.room.ctx));
}

static void test_answers_that_are_none(void **state)
{
    int32_t result;
    peer.manner = ANSWERS_TEXT;
    assert_int_equal(call(&next, 1, &result), LYMPH_EPROTO);
    peer.manner = ANSWERS_TOO_LONG;
    assert_failure(call(&next, 1, &result), LYMPH_EPROTO, "Peer.next: bytes are left behind the result");
    const lymph_entry n[] = {{lymph_string("n"), lymph_int(1)}};
    lymph_value any;
    assert_failure(lymph_request(&x.room.ctx, "Peer.next", lymph_map(n, 1), &any), LYMPH_EPROTO,
                   "Peer.next: bytes are left behind the result");
}

static void test_the_second_answer_is_nobodys(void **state)
{
    int32_t result;
    peer.manner = ANSWERS_TWICE;
    for (int i = 0; i < 20; i++) { /* the second one of a call arrives while the next is pending */
        assert_int_equal(call(&next, i, &result), LYMPH_OK);
        assert_int_equal(result, i + 1);
    }
}

/* ---- no answer ---- */

static void test_out_of_time_and_the_late_answer(void **state)
{
    peer.manner = IS_SILENT;
    x.room.ctx.options.timeout = 0.05;
    assert_int_equal(call(&next, 1, NULL), LYMPH_ETIMEDOUT);
    assert_non_null(strstr(lymph_error_message(&x.room.ctx), "Peer.next: no answer from tcp://127.0.0.1:"));
    assert_int_equal(x.room.host.counters.timeouts, 1);
    assert_int_equal(x.calls.pending.count, 0);
    ROOM_UNTIL(&x.room, peer.asked == 1);
    reply_number(peer.last_from, (slice){peer.last_id, peer.last_size}, 5);
    x.room.ctx.options.timeout = 15;
    peer.manner = ANSWERS;
    int32_t result;
    assert_int_equal(call(&next, 1, &result), LYMPH_OK); /* comes behind the late one, which was not taken for it */
    assert_int_equal(result, 2);
}

static void test_another_try(void **state)
{
    int32_t result;
    x.room.ctx.options.timeout = 0.3;
    peer.manner = IS_SILENT_ONCE;
    ROOM_UNTIL(&x.room, (peer.asked = 0, call(&again, 1, &result)) == LYMPH_OK); /* the second try, too, may be late */
    assert_int_equal(result, 2);
    assert_int_equal(peer.asked, 2);
    peer.manner = REFUSES;
    peer.asked = 0;
    x.room.ctx.options.timeout = 15;
    assert_int_equal(call(&again, 1, &result), LYMPH_ENACK); /* an answer: not asked again */
    assert_int_equal(peer.asked, 1);
}

static void test_a_stop_ends_all(void **state)
{
    lymph_future *f[3];
    peer.manner = IS_SILENT;
    for (int i = 0; i < 3; i++)
        assert_non_null(f[i] = defer(i));
    assert_int_equal(x.calls.pending.count, 3);
    x.room.host.phase = PHASE_STOPPED;
    calls_cancel(&x.calls, NULL, "the container has stopped");
    assert_int_equal(x.calls.pending.count, 0);
    for (int i = 0; i < 3; i++)
        assert_failure(lymph_await(f[i], NULL), LYMPH_ECANCELED, "Peer.next: the container has stopped");
    assert_failure(call(&next, 1, NULL), LYMPH_ECANCELED, "the container has stopped");
    assert_int_equal(x.calls.pending.count, 0);
}

/* ---- deferred ---- */

static void test_deferred_calls_are_awaited_in_any_order_once(void **state)
{
    int32_t result;
    lymph_future *f[3];
    for (int i = 0; i < 3; i++)
        assert_non_null(f[i] = defer(i * 10));
    for (int i = 2; i >= 0; i--) {
        assert_int_equal(lymph_await(f[i], &result), LYMPH_OK);
        assert_int_equal(result, i * 10 + 1);
    }
    lymph_future *later = defer(70); /* in the memory of one of them */
    for (int i = 0; i < 3; i++)
        assert_failure(lymph_await(f[i], &result), LYMPH_ESTATE, "this call was awaited already");
    assert_int_equal(lymph_await(later, &result), LYMPH_OK);
    assert_int_equal(result, 71);
}

static void test_a_call_ends_with_its_context(void **state)
{
    peer.manner = IS_SILENT;
    assert_non_null(defer(1));
    ROOM_UNTIL(&x.room, peer.asked == 1);
    lymph_ctx_reset(&x.room.ctx);
    assert_int_equal(x.calls.pending.count, 0);
    reply_number(peer.last_from, (slice){peer.last_id, peer.last_size}, 5);
    peer.manner = ANSWERS;
    int32_t result;
    assert_int_equal(call(&next, 1, &result), LYMPH_OK);
    assert_int_equal(result, 2);
}

/* ---- calls that never begin ---- */

typedef struct callback {
    timer timer;
    lymph_future *future;
    lymph_status status;
    bool done;
} callback;

static void call_on_the_loop(timer *t)
{
    callback *c = (callback *)t;
    c->status = call(&next, 1, NULL);
    c->done = true;
}

static void test_a_callback_cannot_wait(void **state)
{
    callback c = {0};
    assert_int_equal(timer_set(x.room.host.loop, &c.timer, clock_now_us(), call_on_the_loop), LYMPH_OK);
    ROOM_UNTIL(&x.room, c.done);
    assert_int_equal(c.status, LYMPH_ESTATE);
    assert_int_equal(x.calls.pending.count, 0);
    assert_null(x.room.base.held);
    assert_int_equal(peer.asked, 0);
}

static void await_on_the_loop(timer *t)
{
    callback *c = (callback *)t;
    c->status = lymph_await(c->future, NULL);
    c->done = true;
}

static void test_a_callback_cannot_await_but_who_may_wait_still_can(void **state)
{
    int32_t result;
    peer.manner = IS_SILENT;
    callback c = {.future = defer(1)};
    assert_int_equal(timer_set(x.room.host.loop, &c.timer, clock_now_us(), await_on_the_loop), LYMPH_OK);
    ROOM_UNTIL(&x.room, c.done && peer.asked);
    assert_int_equal(c.status, LYMPH_ESTATE);
    reply_number(peer.last_from, (slice){peer.last_id, peer.last_size}, 5);
    assert_int_equal(lymph_await(c.future, &result), LYMPH_OK);
    assert_int_equal(result, 5);
}

/* The child of a fork uses what its parent holds as often as it likes. */
static void test_a_childs_calls_leave_nothing_behind(void **state)
{
    peer.manner = IS_SILENT;
    lymph_future *parents = defer(1);
    ctx_held *held = x.room.base.held;
    x.room.host.process++;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(call(&next, 1, NULL), LYMPH_ESTATE);
        assert_int_equal(lymph_await(defer(2), NULL), LYMPH_ESTATE);
        assert_int_equal(lymph_await(parents, NULL), LYMPH_ESTATE);
        assert_ptr_equal(x.room.base.held, held);
    }
    x.room.host.process--;
    assert_int_equal(x.calls.pending.count, 1);
}

static void test_what_cannot_be_sent_is_not_pending(void **state)
{
    assert_failure(lymph_call(&x.room.ctx, &next, NULL, NULL), LYMPH_EINVAL,
                   "Peer.next: its parameters are missing (NULL)");
    x.room.ctx.options.address = "tcp://nobody";
    assert_failure(call(&next, 1, NULL), LYMPH_EINVAL, "'tcp://nobody' is not an endpoint of the form tcp://HOST:PORT");
    x.room.ctx.options.address = NULL;
    assert_failure(call(&next, 1, NULL), LYMPH_EBACKEND, "there is none of that here"); /* no registry */
    assert_int_equal(x.calls.pending.count, 0);
    assert_null(x.room.base.held);
    assert_int_equal(x.room.host.counters.calls, 0);
    assert_int_equal(peer.asked, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_an_answer),
        TEST(test_refused),
        TEST(test_an_error_comes_back_whole_and_is_gone_after_the_next_call),
        TEST(test_answers_that_are_none),
        TEST(test_the_second_answer_is_nobodys),
        TEST(test_out_of_time_and_the_late_answer),
        TEST(test_another_try),
        TEST(test_a_stop_ends_all),
        TEST(test_deferred_calls_are_awaited_in_any_order_once),
        TEST(test_a_call_ends_with_its_context),
        TEST(test_a_callback_cannot_wait),
        TEST(test_a_callback_cannot_await_but_who_may_wait_still_can),
        TEST(test_a_childs_calls_leave_nothing_behind),
        TEST(test_what_cannot_be_sent_is_not_pending),
    };
    return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
