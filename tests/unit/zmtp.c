/* zmtp.c: greetings, handshakes, messages and heartbeats of ZeroMQ as they come, in one piece and in many, and what is
 * not taken. libzmq itself is tried in receiver.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/zmtp.h"

#define OWN      "tcp://127.0.0.1:40001"
#define GREETING "\xff\0\0\0\0\0\0\0\1\x7f\3\1NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" ZEROES ZEROES
#define ZEROES   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define READY    "\4\x2b\5READY\013Socket-Type\0\0\0\6DEALER\010Identity\0\0\0\2me"

static zmtp z;
static zmtp_budget budget;
static zmtp_found found;
static message m;
static char sent[4096];
static size_t sent_size;

static int set_up(void **state)
{
    budget = (zmtp_budget){0, 64 << 20};
    zmtp_init(&z, OWN, &budget);
    sent_size = 0;
    return 0;
}

static int tear_down(void **state)
{
    zmtp_done(&z);
    assert_int_equal(budget.used, 0);
    return 0;
}

/* Gives it bytes, `piece` at a time, keeping what it says; until an event that is more than that. */
static zmtp_event feed_pieces(const char *bytes, size_t size, size_t piece)
{
    for (size_t at = 0; at < size;) {
        slice in = {bytes + at, piece < size - at ? piece : size - at};
        at += in.size;
        for (zmtp_event e; (e = zmtp_next(&z, &in, &m, &found)) != ZMTP_MORE;) {
            if (e != ZMTP_ANSWER)
                return e;
            memcpy(sent + sent_size, found.answer, found.answer_size);
            sent_size += found.answer_size;
        }
        assert_int_equal(in.size, 0);
    }
    return ZMTP_MORE;
}

#define FEED(bytes) feed_pieces(bytes, sizeof(bytes) - 1, SIZE_MAX)

static void assert_frame(int i, const char *text)
{
    assert_int_equal(m.frames[i].size, strlen(text));
    assert_memory_equal(m.frames[i].at, text, strlen(text));
}

static void shake_hands(void)
{
    assert_int_equal(FEED(GREETING), ZMTP_MORE);
    assert_int_equal(FEED(READY), ZMTP_MORE);
    assert_int_equal(z.stage, ZMTP_TRAFFIC);
}

static const char said[] = "\1NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" ZEROES ZEROES
                           "\4\x3e\5READY\013Socket-Type\0\0\0\6ROUTER\010Identity\0\0\0\x15" OWN;

static void test_shaking_hands(void **state)
{
    assert_int_equal(zmtp_hello_size, 11);
    assert_memory_equal(zmtp_hello, "\xff\0\0\0\0\0\0\0\1\x7f\3", 11);
    for (size_t piece = 1; piece < 70; piece++) {
        set_up(NULL);
        assert_int_equal(feed_pieces(GREETING, sizeof GREETING - 1, piece), ZMTP_MORE);
        assert_int_equal(feed_pieces(READY, sizeof READY - 1, piece), ZMTP_MORE);
        assert_int_equal(z.stage, ZMTP_TRAFFIC);
        assert_int_equal(sent_size, sizeof said - 1);
        assert_memory_equal(sent, said, sent_size);
        assert_int_equal(z.name_size, 2);
        assert_memory_equal(z.name, "me", 2);
    }
}

/* The longest name that ZeroMQ allows needs the long form of a command. */
static void test_a_long_name(void **state)
{
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    zmtp_init(&z, name, &budget);
    assert_int_equal(FEED(GREETING), ZMTP_MORE);
    const char *ready = sent + 53;
    assert_memory_equal(ready, "\6\0\0\0\0\0\0\1\x28\5READY", 15);
    assert_int_equal(sent_size, 53 + 9 + 0x128);
    assert_memory_equal(sent + sent_size - 255, name, 255);
}

#define TWO "\1\2id\1\3REQ\1\3A.b\1\1\x80\0\4body\1\1i\1\3REP\1\0\3\0\0\0\0\0\0\0\3abc\0\0"

static void check_first(void)
{
    assert_int_equal(found.frames, 5);
    assert_frame(0, "id");
    assert_frame(1, "REQ");
    assert_frame(2, "A.b");
    assert_frame(3, "\x80");
    assert_frame(4, "body");
}

static void test_messages_in_one_piece(void **state)
{
    shake_hands();
    slice in = {TWO, sizeof TWO - 1};
    assert_int_equal(zmtp_next(&z, &in, &m, &found), ZMTP_MESSAGE);
    check_first();
    assert_null(m.memory);
    assert_int_equal(zmtp_next(&z, &in, &m, &found), ZMTP_MESSAGE);
    assert_frame(2, "");
    assert_frame(3, "abc");
    assert_frame(4, "");
    assert_int_equal(zmtp_next(&z, &in, &m, &found), ZMTP_MORE);
}

static void test_messages_in_many_pieces(void **state)
{
    for (size_t piece = 1; piece < sizeof TWO; piece++) {
        set_up(NULL);
        shake_hands();
        int messages = 0;
        for (size_t at = 0; at < sizeof TWO - 1; at += piece) {
            slice in = {TWO + at, piece < sizeof TWO - 1 - at ? piece : sizeof TWO - 1 - at};
            for (zmtp_event e; (e = zmtp_next(&z, &in, &m, &found)) != ZMTP_MORE;) {
                assert_int_equal(e, ZMTP_MESSAGE);
                if (!messages++)
                    check_first();
                else
                    assert_frame(3, "abc");
                free(m.memory);
            }
        }
        assert_int_equal(messages, 2);
        assert_int_equal(budget.used, 0);
    }
}

/* ZeroMQ's own heartbeats come at any time, even between two frames. */
static void test_heartbeats(void **state)
{
    shake_hands();
    sent_size = 0;
    assert_int_equal(FEED("\4\7\4PING\1\2"), ZMTP_MORE);
    assert_int_equal(FEED("\1\2id\4\x0a\4PING\0\0ctx\1\3REQ\1\3A.b\1\1\x80\0\4body"), ZMTP_MESSAGE);
    check_first();
    free(m.memory);
    assert_int_equal(sent_size, 7 + 10);
    assert_memory_equal(sent, "\4\5\4PONG\4\x08\4PONGctx", sent_size);
    assert_int_equal(FEED("\4\5\4PONG\4\3\2ab\4\0"), ZMTP_MORE); /* what concerns us not */
    assert_int_equal(FEED("\4\x18\4PING\0\0" ZEROES "x"), ZMTP_BAD);
}

static void test_surplus_frames_are_counted(void **state)
{
    shake_hands();
    assert_int_equal(FEED("\1\1a\1\1b\1\1c\1\1d\1\1e\1\1f\0\1g"), ZMTP_MESSAGE);
    assert_int_equal(found.frames, 7);
    assert_frame(4, "e");
    assert_int_equal(FEED("\1\1a\1\1b\1\1c\1\1d\1\1e\1\1f"), ZMTP_MORE);
    assert_true(z.size == 5);
    assert_int_equal(FEED("\0\1g"), ZMTP_MESSAGE);
    assert_int_equal(found.frames, 7);
    assert_frame(4, "e");
    free(m.memory);
    assert_int_equal(FEED("\0\1x"), ZMTP_MESSAGE);
    assert_int_equal(found.frames, 1);
}

/* A message is limited as a whole, with all frames that it ever had, empty ones too. */
static void test_no_message_without_an_end(void **state)
{
    static char empty[2 << 20];
    for (size_t i = 0; i < sizeof empty; i++)
        empty[i] = (char)(i % 2 == 0);
    shake_hands();
    int rounds = 0;
    while (feed_pieces(empty, sizeof empty, SIZE_MAX) == ZMTP_MORE)
        assert_true(++rounds < 40);
    assert_string_equal(found.wrong, "a message of it is too large");
    assert_true(rounds >= 32);
    assert_int_equal(budget.used, 0);

    zmtp_done(&z);
    set_up(NULL);
    shake_hands();
    char head[] = "\3\0\0\0\0\2\0\0\0"; /* 32 MiB */
    static char body[32 << 20];
    assert_int_equal(FEED("\3\0\0\0\0\0\0\0\0"), ZMTP_MORE);
    for (rounds = 0; feed_pieces(head, 9, 9) == ZMTP_MORE; rounds++)
        assert_int_equal(feed_pieces(body, sizeof body, 64 << 10), ZMTP_MORE);
    assert_int_equal(rounds, 2);
    assert_string_equal(found.wrong, "a message of it is too large");
}

/* A size that is announced costs nothing until bytes come. */
static void test_memory_follows_what_has_come(void **state)
{
    shake_hands();
    assert_int_equal(FEED("\2\0\0\0\0\2\0\0\0abc"), ZMTP_MORE);
    assert_true(budget.used <= 16 << 10);
    char *at;
    size_t room = zmtp_room(&z, &at), total = 3;
    assert_true(room > 0 && room <= budget.used);
    while (total < 32 << 20) {
        assert_true((room = zmtp_room(&z, &at)) > 0 || (32 << 20) - total < 16 << 10);
        if (!room)
            break;
        memset(at, 'x', room);
        zmtp_put(&z, room);
        total += room;
        slice none = {NULL, 0};
        zmtp_event e = zmtp_next(&z, &none, &m, &found);
        assert_true(budget.used <= 2 * total + (32 << 10));
        if (total == 32 << 20)
            assert_int_equal(e, ZMTP_MESSAGE);
        else
            assert_int_equal(e, ZMTP_MORE);
    }
    assert_int_equal(m.frames[0].size, 32 << 20);
    assert_int_equal(m.frames[0].at[(32 << 20) - 1], 'x');
    assert_memory_equal(m.frames[0].at, "abcxx", 5);
    free(m.memory);
}

static void test_the_budget_of_all(void **state)
{
    static char bytes[40000];
    budget.max = 20000;
    shake_hands();
    slice in = {"\2\0\0\0\0\0\0\x9c\x40", 9};
    assert_int_equal(zmtp_next(&z, &in, &m, &found), ZMTP_MORE);
    in = (slice){bytes, 30000};
    assert_int_equal(zmtp_next(&z, &in, &m, &found), ZMTP_FULL);
    assert_int_equal(zmtp_next(&z, &in, &m, &found), ZMTP_FULL);
    assert_int_equal(in.size, 30000);
    budget.max = 80000; /* there is room: it goes on where it was */
    assert_int_equal(zmtp_next(&z, &in, &m, &found), ZMTP_MORE);
    in = (slice){bytes, 10000};
    assert_int_equal(zmtp_next(&z, &in, &m, &found), ZMTP_MESSAGE);
    assert_int_equal(m.frames[0].size, 40000);
    free(m.memory);
}

static void test_what_is_no_peer(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *wrong;
    } rows[] = {
#define ROW(bytes, wrong) {bytes, sizeof(bytes) - 1, wrong}
        ROW("GET / HTTP/1.1\r\n\r\n", "it does not speak ZeroMQ's protocol"),
        ROW("\1", "it does not speak ZeroMQ's protocol"),
        ROW("\xff\0\0\0\0\0\0\0\1\x7f\1\5\0\0", "it speaks ZeroMQ's protocol as it was before version 3 (libzmq 4)"),
        ROW("\xff\0\0\0\0\0\0\0\1\x7e\3", "it speaks ZeroMQ's protocol as it was before version 3 (libzmq 4)"),
        ROW("\xff\0\0\0\0\0\0\0\1\x7f\3\1PLAIN\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" ZEROES ZEROES,
            "it wants to authenticate itself, and we have no way for that"),
        ROW(GREETING "\0\1x", "its handshake is malformed"),
        ROW(GREETING "\4\6\5HELLO", "its handshake is malformed"),
        ROW(GREETING "\4\0", "its handshake is malformed"),
        ROW(GREETING "\4\x07\5ERROR\0", "it refused our greeting"),
        ROW(GREETING "\4\6\5READY", "it does not say what type its socket is of"),
        ROW(GREETING "\4\7\5READYx", "its handshake is malformed"),
        ROW(GREETING "\4\x16\5READY\013Socket-Type\0\0\0\2", "its handshake is malformed"),
        ROW(GREETING "\4\x19\5READY\013Socket-Type\0\0\0\3PUB", "its socket is of a type that does not talk to ours"),
        ROW(GREETING "\4\xff\5READY", NULL),
        ROW(GREETING "\6\0\0\0\0\0\0\4\0", "a command of it is too long"),
        ROW(GREETING READY "\x08\0", "a frame of it is malformed"),
        ROW(GREETING READY "\5\0", "a frame of it is malformed"),
        ROW(GREETING READY "\2\xff\xff\xff\xff\xff\xff\xff\xff", "a message of it is too large"),
        ROW(GREETING READY "\1\1a\2\0\0\0\0\4\1\0\0", "a message of it is too large"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t piece = 1; piece < 100; piece += 33) {
            set_up(NULL);
            zmtp_event e = feed_pieces(rows[i].bytes, rows[i].size, piece);
            assert_int_equal(e, rows[i].wrong ? ZMTP_BAD : ZMTP_MORE);
            if (rows[i].wrong)
                assert_string_equal(found.wrong, rows[i].wrong);
            zmtp_done(&z);
        }
    }
    char name[400] = GREETING;
    set_up(NULL);
    memcpy(name + 64, "\6\0\0\0\0\0\0\1\x13\5READY\010Identity\0\0\1\0", 9 + 6 + 13);
    assert_int_equal(feed_pieces(name, 64 + 9 + 0x113, 1000), ZMTP_BAD);
    assert_string_equal(found.wrong, "its name is longer than 255 bytes");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_shaking_hands),
        TEST(test_a_long_name),
        TEST(test_messages_in_one_piece),
        TEST(test_messages_in_many_pieces),
        TEST(test_heartbeats),
        TEST(test_surplus_frames_are_counted),
        TEST(test_no_message_without_an_end),
        TEST(test_memory_follows_what_has_come),
        TEST(test_the_budget_of_all),
        TEST(test_what_is_no_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
