/* zsocket.c: no wake-up is lost, and a flood of messages starves nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <zmq.h>

#include "core/clock.h"
#include "rpc/zsocket.h"

typedef struct fixture {
    loop *loop;
    void *context, *in, *out;
    zsocket watch;
    int received, wanted;
    bool echoes; /* each message is followed by another */
    waiter done;
} fixture;

static int take(void *arg)
{
    fixture *f = arg;
    char c;
    if (zmq_recv(f->in, &c, 1, ZMQ_DONTWAIT) < 0)
        return 0;
    if (f->echoes)
        assert_int_equal(zmq_send(f->out, &c, 1, ZMQ_DONTWAIT), 1);
    if (++f->received == f->wanted)
        loop_wake(f->loop, &f->done);
    return 1;
}

static int set_up(void **state)
{
    static fixture f;
    f = (fixture){.loop = loop_new(0), .context = zmq_ctx_new(), .done = WAITER_INIT};
    f.in = zmq_socket(f.context, ZMQ_PULL);
    f.out = zmq_socket(f.context, ZMQ_PUSH);
    const int unlimited = 0;
    zmq_setsockopt(f.in, ZMQ_RCVHWM, &unlimited, sizeof unlimited);
    zmq_setsockopt(f.out, ZMQ_SNDHWM, &unlimited, sizeof unlimited);
    if (zmq_bind(f.in, "inproc://test") || zmq_connect(f.out, "inproc://test"))
        return -1;
    f.watch = (zsocket){.socket = f.in, .receive = take, .arg = &f};
    *state = &f;
    return zsocket_watch(&f.watch, f.loop);
}

static int tear_down(void **state)
{
    fixture *f = *state;
    zsocket_unwatch(&f->watch);
    zsocket_unwatch(&f->watch);
    zmq_close(f->in);
    zmq_close(f->out);
    zmq_ctx_term(f->context);
    loop_free(f->loop);
    return 0;
}

/* Bursts around the size of a round, each sent only when the one before was taken. */
static void test_no_message_stays_behind(void **state)
{
    fixture *f = *state;
    static const int bursts[] = {1, 1, 2, ZSOCKET_ROUND - 1, ZSOCKET_ROUND, ZSOCKET_ROUND + 1, 1, 3 * ZSOCKET_ROUND, 1};
    for (size_t b = 0; b < sizeof bursts / sizeof *bursts; b++) {
        f->received = 0;
        f->wanted = bursts[b];
        for (int i = 0; i < bursts[b]; i++)
            assert_int_equal(zmq_send(f->out, "x", 1, ZMQ_DONTWAIT), 1);
        assert_int_equal(loop_wait(f->loop, &f->done, clock_now_us() + 10000000), LYMPH_OK);
        assert_int_equal(f->received, bursts[b]);
    }
}

static void test_a_flood_does_not_starve_timers(void **state)
{
    fixture *f = *state;
    waiter never = WAITER_INIT;
    f->echoes = true;
    assert_int_equal(zmq_send(f->out, "x", 1, ZMQ_DONTWAIT), 1);
    assert_int_equal(loop_wait(f->loop, &never, clock_now_us() + 20000), LYMPH_ETIMEDOUT);
    assert_true(f->received > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_message_stays_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_flood_does_not_starve_timers, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
