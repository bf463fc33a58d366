/* zsocket.c: no wake-up is lost, and a flood of messages starves nothing else. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>
#include <zmq.h>

#include "core/clock.h"
#include "rpc/zsocket.h"

static bool interrupting; /* as if signals came at the worst moments */

/* What libzmq asks whether a command waits, before it answers a send or a receive. */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    static _Thread_local unsigned turn;
    if (interrupting && !timeout && ++turn % 2) {
        errno = EINTR;
        return -1;
    }
    struct timespec ts = {timeout / 1000, timeout % 1000 * 1000000L};
    return ppoll(fds, count, timeout < 0 ? NULL : &ts, NULL);
}

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
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    int size = zsocket_receive(f->in, &frame);
    zmq_msg_close(&frame);
    if (size < 0)
        return 0;
    if (f->echoes)
        assert_int_equal(zmq_send(f->out, "x", 1, ZMQ_DONTWAIT), 1);
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

/* Far more than libzmq takes between two looks for commands. */
static void test_signals_end_nothing_early(void **state)
{
    fixture *f = *state;
    enum { FRAMES = 1000 };
    interrupting = true;
    for (int i = 0; i < FRAMES; i++) {
        zmq_msg_t frame;
        zmq_msg_init_size(&frame, 1);
        assert_int_equal(zsocket_send(f->out, &frame, i % 5 < 4 ? ZMQ_SNDMORE : 0), 1);
    }
    for (int i = 0; i < FRAMES; i++) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        assert_int_equal(zsocket_receive(f->in, &frame), 1);
        assert_int_equal(zmq_msg_more(&frame), i % 5 < 4);
        zmq_msg_close(&frame);
    }
    zmq_msg_t none;
    zmq_msg_init(&none);
    assert_int_equal(zsocket_receive(f->in, &none), -1);
    assert_int_equal(errno, EAGAIN);
    zmq_msg_close(&none);
    interrupting = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_message_stays_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_flood_does_not_starve_timers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_signals_end_nothing_early, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
