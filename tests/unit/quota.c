/* quota.c: what is queued counts until it is given back, also after its owner has gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "rpc/quota.h"

#define KIB 1024

static char bytes[8 * KIB];

static slice of(size_t size)
{
    return (slice){bytes, size};
}

static void test_frames_hold_a_copy(void **state)
{
    quota *q = quota_new();
    assert_non_null(q);
    static const size_t sizes[] = {0, 1, 512, 513, 8 * KIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        zmq_msg_t m;
        memset(bytes, 'a', sizeof bytes);
        assert_int_equal(quota_frame(q, 64 * KIB, of(sizes[i]), &m), LYMPH_OK);
        memset(bytes, 'b', sizeof bytes);
        assert_int_equal(zmq_msg_size(&m), sizes[i]);
        for (size_t n = 0; n < sizes[i]; n++)
            assert_int_equal(((char *)zmq_msg_data(&m))[n], 'a');
        assert_int_equal(quota_used(q), sizes[i] > 512 ? sizes[i] : 0);
        zmq_msg_close(&m);
        assert_int_equal(quota_used(q), 0);
    }
    quota_release(q);
    quota_release(NULL);
}

static void test_the_limit(void **state)
{
    quota *q = quota_new();
    zmq_msg_t first, second, third;
    assert_int_equal(quota_frame(q, 2 * KIB, of(8 * KIB), &first), LYMPH_OK); /* alone, it is taken */
    assert_int_equal(quota_frame(q, 2 * KIB, of(KIB), &second), LYMPH_EUNREACHABLE);
    assert_int_equal(quota_frame(q, 2 * KIB, of(512), &second), LYMPH_OK); /* too small to count */
    zmq_msg_close(&second);
    zmq_msg_close(&first);
    assert_int_equal(quota_frame(q, 2 * KIB, of(KIB), &first), LYMPH_OK);
    assert_int_equal(quota_frame(q, 2 * KIB, of(KIB), &second), LYMPH_OK);
    assert_int_equal(quota_frame(q, 2 * KIB, of(KIB), &third), LYMPH_EUNREACHABLE);
    assert_int_equal(quota_frame(q, 2 * KIB, of(4 * KIB), &third), LYMPH_EUNREACHABLE);
    zmq_msg_close(&first);
    quota_release(q); /* the connection has gone before its last message */
    zmq_msg_close(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_hold_a_copy),
        cmocka_unit_test(test_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
