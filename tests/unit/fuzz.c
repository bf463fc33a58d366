/* fuzz.c: the readers of foreign bytes against bytes that were damaged in many ways, from a fixed seed: no crash, no
 * sanitizer report, a status each time, and little memory. What is accepted must encode again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "codec/codec.h"
#include "config/decode.h"
#include "rpc/zmtp.h"
#include "shapes.h"

#define SIZE_MAX_FUZZED 2000
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_KIB (1 << 20) /* it keeps freed memory back for a while */
#else
#define MEMORY_KIB (16 << 10)
#endif
#define ROUNDS 40000

static uint64_t random_state = 42;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % limit;
}

/* Octets that begin or end something in msgpack, JSON or YAML. */
static uint8_t telling_octet(void)
{
    static const uint8_t octets[] = {0x00, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc4, 0xc6, 0xc7,
                                     0xc9, 0xca, 0xcf, 0xd3, 0xd4, 0xd8, 0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf,
                                     0xff, 101,  '{',  '}',  '[',  ']',  '"',  '\\', ',',  ':',  '\n', '-',
                                     '&',  '*',  '$',  '(',  '#',  '!',  '|',  '>',  '%'};
    return random_below(3) ? octets[random_below(sizeof octets)] : (uint8_t)random_below(256);
}

/* Changes, removes, doubles or cuts some of it. Returns the new size. */
static size_t damage(uint8_t *bytes, size_t size)
{
    for (uint32_t n = random_below(6); n > 0 && size; n--) {
        size_t at = random_below((uint32_t)size), count = 1 + random_below(20);
        if (count > size - at)
            count = size - at;
        switch (random_below(5)) {
        case 0:
            bytes[at] ^= (uint8_t)(1u << random_below(8));
            break;
        case 1:
            bytes[at] = telling_octet();
            break;
        case 2:
            memmove(bytes + at, bytes + at + count, size - at - count);
            size -= count;
            break;
        case 3:
            if (size + count <= SIZE_MAX_FUZZED) {
                memmove(bytes + at + count, bytes + at, size - at);
                size += count;
            }
            break;
        default:
            size = at + random_below((uint32_t)(size - at) + 1);
        }
    }
    return size;
}

/* The most memory that this process has had, in KiB. */
static long peak(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

/* Runs `try` with damaged copies of `seed`, each in a block of exactly its size, so that a sanitizer sees a read behind
 * it. */
static void fuzz(const void *seed, size_t seed_size, void (*try)(const uint8_t *bytes, size_t size))
{
    uint8_t bytes[SIZE_MAX_FUZZED];
    long before = peak();
    assert_true(seed_size <= sizeof bytes);
    for (int i = 0; i < ROUNDS; i++) {
        size_t size = seed_size;
        memcpy(bytes, seed, size);
        if (random_below(10)) {
            size = damage(bytes, size);
        } else {
            size = random_below(64);
            for (size_t b = 0; b < size; b++)
                bytes[b] = telling_octet();
        }
        uint8_t *exact = malloc(size ? size : 1);
        memcpy(exact, bytes, size);
        try(exact, size);
        free(exact);
    }
    assert_true(peak() - before < MEMORY_KIB);
}

static void encode_again(const lymph_value *v, lymph_status expected)
{
    writer w;
    writer_init(&w);
    assert_int_equal(encode_value(&w, v, NULL), expected);
    writer_done(&w);
}

static void try_record(const uint8_t *bytes, size_t size)
{
    order out;
    failure f = {0};
    arena a;
    reader r;
    arena_init(&a);
    reader_init(&r, bytes, size);
    lymph_status st = decode_record(&r, &a, &order_record, random_below(2), &out, &f);
    assert_true(st == LYMPH_OK || st == LYMPH_EPROTO || st == LYMPH_ELIMIT);
    if (st) {
        assert_memory_equal(f.message, "Shop.order", 10);
        assert_int_equal(f.status, st);
    } else {
        assert_non_null(copy_record(&a, &order_record, &out));
    }
    arena_done(&a);
}

static void try_value(const uint8_t *bytes, size_t size)
{
    lymph_value v, copy;
    const char *text;
    arena a;
    arena_init(&a);
    lymph_status st = decode_value_all(bytes, size, &a, &v, NULL);
    assert_true(st == LYMPH_OK || st == LYMPH_EPROTO || st == LYMPH_ELIMIT);
    if (!st) {
        encode_again(&v, LYMPH_OK);
        assert_true(copy_value(&a, &v, &copy));
        assert_true(lymph_value_equal(v, copy));
        st = json_print(&a, &v, random_below(2), &text, NULL);
        assert_true(st == LYMPH_OK || st == LYMPH_EINVAL || st == LYMPH_ELIMIT);
    }
    arena_done(&a);
}

static void try_headers(const uint8_t *bytes, size_t size)
{
    message m = {0};
    for (int i = 0; i < FRAME_COUNT; i++)
        m.frames[i] = (slice){(const char *)bytes, size};
    request_headers h;
    (void)message_parse(&m);
    if (!message_headers(&m, &h) && size) {
        const char *begin = (const char *)bytes;
        assert_true(!h.version.at || (h.version.at >= begin && h.version.at + h.version.size <= begin + size));
        assert_true(!h.trace_id.at || (h.trace_id.at >= begin && h.trace_id.at + h.trace_id.size <= begin + size));
    }
}

static volatile char touched;

/* So that a sanitizer sees where they lie. */
static void touch(slice s)
{
    for (size_t i = 0; i < s.size; i++)
        touched ^= s.at[i];
}

/* Once as it is, once in pieces: both must find the same. */
static int zmtp_messages(const uint8_t *bytes, size_t size, size_t piece, bool *good)
{
    zmtp_budget budget = {0, 1 << 20};
    zmtp z;
    zmtp_found found;
    message m;
    int messages = 0;
    *good = true;
    zmtp_init(&z, "tcp://127.0.0.1:1", &budget);
    for (size_t at = 0; at < size && *good; at += piece) {
        slice in = {(const char *)bytes + at, piece < size - at ? piece : size - at};
        for (zmtp_event e; (e = zmtp_next(&z, &in, &m, &found)) != ZMTP_MORE;) {
            if (e == ZMTP_MESSAGE) {
                messages++;
                for (int i = 0; i < found.frames && i < FRAME_COUNT; i++)
                    touch(m.frames[i]);
                free(m.memory);
            }
            if (e == ZMTP_BAD || e == ZMTP_FULL) {
                *good = false;
                break;
            }
        }
        assert_true(budget.used <= budget.max);
    }
    zmtp_done(&z);
    assert_int_equal(budget.used, 0);
    return messages;
}

static void try_zmtp(const uint8_t *bytes, size_t size)
{
    bool whole_good, pieces_good;
    int whole = zmtp_messages(bytes, size, size, &whole_good);
    int pieces = zmtp_messages(bytes, size, 1 + random_below(70), &pieces_good);
    assert_int_equal(whole, pieces);
    assert_int_equal(whole_good, pieces_good);
}

#define ZEROES "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ZMTP_SEED                                                                                                      \
    "\xff\0\0\0\0\0\0\0\1\x7f\3\1NULL" ZEROES ZEROES ZEROES                                                            \
    "\4\x2e\5READY\013Socket-Type\0\0\0\6ROUTER\010Identity\0\0\0\5tcp:1"                                              \
    "\1\2id\1\3REQ\1\3A.b\1\1\x80\0\1\xc0\4\7\4PING\0\1\1\2id\1\3REQ\3\0\0\0\0\0\0\0\3A.b\1\1\x80\0\1\xc0"

static void test_zmtp(void **state)
{
    bool good;
    assert_int_equal(zmtp_messages((const uint8_t *)ZMTP_SEED, sizeof ZMTP_SEED - 1, 7, &good), 2);
    assert_true(good);
    fuzz(ZMTP_SEED, sizeof ZMTP_SEED - 1, try_zmtp);
}

static void try_json(const uint8_t *bytes, size_t size)
{
    lymph_value v, again;
    const char *text;
    arena a;
    arena_init(&a);
    lymph_status st = json_parse(&a, (const char *)bytes, size, &v, NULL);
    assert_true(st == LYMPH_OK || st == LYMPH_EINVAL || st == LYMPH_ELIMIT);
    if (!st) {
        encode_again(&v, LYMPH_OK);
        if (!json_print(&a, &v, random_below(2), &text, NULL)) {
            assert_int_equal(json_parse(&a, text, strlen(text), &again, NULL), LYMPH_OK);
            assert_true(lymph_value_equal(v, again));
        }
    }
    arena_done(&a);
}

static void try_config(const uint8_t *bytes, size_t size)
{
    config *c;
    failure f = {0};
    lymph_status st = config_load_text((const char *)bytes, size, "x.yml", &c, &f);
    assert_true(st == LYMPH_OK || st == LYMPH_ECONFIG);
    if (st) {
        assert_memory_equal(f.message, "x.yml:", 6);
        return;
    }
    arena a;
    order o;
    arena_init(&a);
    st = config_decode(config_root(c), &order_record, &a, &o, NULL, &f);
    assert_true(st == LYMPH_OK || st == LYMPH_ECONFIG);
    arena_done(&a);
    config_free(c);
}

static void test_records_and_values(void **state)
{
    order o = sample_order();
    writer w;
    writer_init(&w);
    assert_int_equal(encode_record(&w, &order_record, &o, NULL), LYMPH_OK);
    fuzz(w.data, w.size, try_record);
    fuzz(w.data, w.size, try_value);
    writer_done(&w);
}

static void test_headers(void **state)
{
    writer w;
    writer_init(&w);
    write_headers(&w, "1.2.3", "feedfacefeedfacefeedfacefeedface", 32);
    fuzz(w.data, w.size, try_headers);
    writer_done(&w);
}

static void test_json(void **state)
{
    static const char seed[] = "{\"a\": [1, -2, 3.5e-7, true, null, \"x\\u00e9\\ud83d\\ude00\\n\"], \"b\": "
                               "{\"__type__\": \"set\", \"_\": [1, {}]}, "
                               "\"c\": {\"__type__\": \"bytes\", \"_\": \"AAE=\"}, \"d\": 18446744073709551615}";
    fuzz(seed, sizeof seed - 1, try_json);
}

static void test_configuration(void **state)
{
    static const char seed[] =
        "base: &b {x: 1, y: [a, 'b', \"c\\n\"]}\ncontainer:\n  registry:\n    class: local\n    <<: *b\n"
        "  ip: $(env.HOME)\ninterfaces: {A: {class: 'a:A', list: [*b, ~]}}\ntext: |\n  one\n  two\n";
    static const char sections[] =
        "urgent: yes\ni8: -128\ni16: 7\ni32: !!int 1\ni64: 9223372036854775807\nu8: 255\nu16: 1\nu32: 2\nu64: 3\n"
        "f32: 1.5\nf64: -1e3\ncustomer: &c x\nsignature: *c\nplaced: 2015-07-08T20:51:30\nday: 2015-07-08\n"
        "hour: 20:51:30Z\ntotal: 1.10\nid: 12345678-1234-5678-1234-567812345678\nextra: {n: ~, l: [1, x]}\n"
        "status: PAID\nlevel: HIGH\nfirst: &i {sku: a, price: 9.90}\nitems: [*i, {<<: *i, sku: b}]\ntags: [p, q]\n"
        "counts: {k: 1}\nnote: hello\nleft: 5\nspare: {sku: d}\nhistory: {children: [{children: [{}]}]}\n";
    order o;
    config *c;
    failure f = {0};
    arena a;
    arena_init(&a);
    assert_int_equal(config_load_text(sections, sizeof sections - 1, "x.yml", &c, &f), LYMPH_OK);
    assert_int_equal(config_decode(config_root(c), &order_record, &a, &o, NULL, &f), LYMPH_OK);
    config_free(c);
    arena_done(&a);
    fuzz(seed, sizeof seed - 1, try_config);
    fuzz(sections, sizeof sections - 1, try_config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_and_values),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_zmtp),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
