/* writer.c: the same bytes as msgpack-c's packer, the limit, and failures that stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "codec/writer.h"

static void assert_same(const writer *w, const msgpack_sbuffer *oracle)
{
    assert_false(w->failed);
    assert_int_equal(w->size, oracle->size);
    assert_memory_equal(w->data, oracle->data, w->size);
}

static void test_numbers_as_msgpack_c_writes_them(void **state)
{
    writer w;
    msgpack_sbuffer s;
    msgpack_packer p;
    writer_init(&w);
    msgpack_sbuffer_init(&s);
    msgpack_packer_init(&p, &s, msgpack_sbuffer_write);
    for (int shift = 0; shift < 64; shift++) {
        for (int d = -2; d <= 2; d++) {
            uint64_t u = ((uint64_t)1 << shift) + (uint64_t)d;
            write_uint(&w, u);
            msgpack_pack_uint64(&p, u);
            write_int(&w, (int64_t)u);
            msgpack_pack_int64(&p, (int64_t)u);
            write_int(&w, -(int64_t)(u >> 1));
            msgpack_pack_int64(&p, -(int64_t)(u >> 1));
            write_float(&w, (double)u / 7);
            msgpack_pack_double(&p, (double)u / 7);
        }
    }
    write_nil(&w);
    msgpack_pack_nil(&p);
    write_bool(&w, true);
    msgpack_pack_true(&p);
    write_bool(&w, false);
    msgpack_pack_false(&p);
    assert_same(&w, &s);
    writer_done(&w);
    msgpack_sbuffer_destroy(&s);
}

static void test_sizes_as_msgpack_c_writes_them(void **state)
{
    static char octets[70000];
    static const size_t sizes[] = {0, 1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 31, 32, 255, 256, 65535, 65536};
    writer w;
    msgpack_sbuffer s;
    msgpack_packer p;
    memset(octets, 'x', sizeof octets);
    writer_init(&w);
    msgpack_sbuffer_init(&s);
    msgpack_packer_init(&p, &s, msgpack_sbuffer_write);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i];
        write_str(&w, octets, n);
        msgpack_pack_str(&p, n);
        msgpack_pack_str_body(&p, octets, n);
        write_bin(&w, octets, n);
        msgpack_pack_bin(&p, n);
        msgpack_pack_bin_body(&p, octets, n);
        write_ext(&w, -3, octets, n);
        msgpack_pack_ext(&p, n, -3);
        msgpack_pack_ext_body(&p, octets, n);
        write_array(&w, n);
        msgpack_pack_array(&p, n);
        write_map(&w, n);
        msgpack_pack_map(&p, n);
    }
    assert_same(&w, &s);
    writer_done(&w);
    msgpack_sbuffer_destroy(&s);
}

static void test_a_message_has_a_largest_size(void **state)
{
    static char piece[1 << 20];
    writer w;
    writer_init(&w);
    for (size_t i = 0; i < WRITER_MAX / sizeof piece; i++)
        write_raw(&w, piece, sizeof piece);
    assert_false(w.failed);
    assert_int_equal(w.size, WRITER_MAX);
    write_nil(&w);
    assert_true(w.failed);
    write_str(&w, "x", 1);
    assert_int_equal(w.size, WRITER_MAX);
    writer_reset(&w); /* gives so much memory back */
    assert_int_equal(w.capacity, 0);
    write_str(&w, piece, WRITER_MAX + (size_t)1);
    assert_true(w.failed);
    assert_int_equal(w.size, 0);
    writer_reset(&w);
    write_array(&w, (size_t)1 << 40);
    assert_true(w.failed);
    writer_done(&w);
}

static void test_reset_keeps_little_memory(void **state)
{
    writer w;
    writer_init(&w);
    write_nil(&w);
    uint8_t *data = w.data;
    writer_reset(&w);
    assert_int_equal(w.size, 0);
    write_nil(&w);
    assert_ptr_equal(w.data, data);
    writer_done(&w);
    assert_null(w.data);
    writer_done(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_as_msgpack_c_writes_them),
        cmocka_unit_test(test_sizes_as_msgpack_c_writes_them),
        cmocka_unit_test(test_a_message_has_a_largest_size),
        cmocka_unit_test(test_reset_keeps_little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
