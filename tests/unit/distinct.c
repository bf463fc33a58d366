/* distinct.c, and with it encode.c, decode.c and dynamic.c: equal keys of a map and equal members of a set are refused
 * when they are sent; of those that a peer sent one stays, with the value of the last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "codec/codec.h"
#include "codec/distinct.h"

typedef struct entry {
    int32_t key, value;
} entry;

typedef struct entries {
    const entry *entries;
    size_t count;
} entries;

typedef struct numbers {
    const int32_t *items;
    size_t count;
} numbers;

static const lymph_type map_type = {
    .kind = LYMPH_KIND_MAP,
    .size = sizeof(entries),
    .element = &lymph_type_int32,
    .key = &lymph_type_int32,
    .entry_size = sizeof(entry),
    .value_offset = offsetof(entry, value),
};
static const lymph_type set_type = {.kind = LYMPH_KIND_SET, .size = sizeof(numbers), .element = &lymph_type_int32};

static arena a;
static failure f;

static void decode_as(const lymph_type *type, const char *bytes, size_t size, void *out)
{
    reader r;
    reader_init(&r, bytes, size);
    f = (failure){0};
    lymph_status st = decode_type(&r, &a, type, "I.m", out, &f);
    if (st)
        print_error("%s\n", f.message);
    assert_int_equal(st, LYMPH_OK);
    assert_true(reader_at_end(&r));
}

static void assert_refused(const lymph_type *type, const void *value, const char *message)
{
    writer w;
    writer_init(&w);
    assert_int_equal(encode_type(&w, type, value, "I.m", &f), LYMPH_EINVAL);
    assert_string_equal(f.message, message);
    writer_done(&w);
}

static void test_find(void **state)
{
    enum { MANY = 1000 };
    char bytes[MANY];
    stretch values[MANY];
    size_t first[MANY];
    for (size_t count = 1; count <= MANY; count = count < 20 ? count + 1 : count * 7) {
        for (size_t i = 0; i < count; i++) {
            bytes[i] = (char)(i % 7);
            values[i] = (stretch){i, i + 1};
        }
        assert_true(distinct_find(bytes, values, count, first));
        for (size_t i = 0; i < count; i++)
            assert_int_equal(first[i], i % 7);
    }
    /* One is the beginning of the other. */
    assert_true(distinct_find("aab", (stretch[]){{0, 1}, {0, 2}, {1, 2}}, 3, first));
    assert_int_equal(first[1], 1);
    assert_int_equal(first[2], 0);
}

static void test_equal_keys_are_not_sent(void **state)
{
    entry two[] = {{1, 10}, {2, 20}, {1, 10}};
    assert_refused(&map_type, &(entries){two, 3}, "I.m result: keys 0 and 2 of the map are equal");
    enum { MANY = 300 };
    entry many[MANY];
    for (int i = 0; i < MANY; i++)
        many[i] = (entry){i * 1000, i};
    many[299].key = many[17].key;
    assert_refused(&map_type, &(entries){many, MANY}, "I.m result: keys 17 and 299 of the map are equal");
    const int32_t same[] = {3, 4, 3};
    assert_refused(&set_type, &(numbers){same, 3}, "I.m result: items 0 and 2 of the set are equal");
}

static void test_equal_keys_are_not_sent_in_any(void **state)
{
    /* INT and UINT of one number are one key. */
    const lymph_entry two[] = {{lymph_uint(5), lymph_nil()}, {lymph_int(5), lymph_nil()}};
    lymph_value map = lymph_map(two, 2);
    assert_refused(&lymph_type_any, &map, "I.m result: keys 0 and 1 of the map are equal");
    const lymph_value items[] = {lymph_string("a"), lymph_string("b"), lymph_string("a")};
    lymph_value set = lymph_list(items, 3);
    writer w;
    writer_init(&w);
    assert_int_equal(encode_value(&w, &set, &f), LYMPH_OK); /* a list may */
    writer_done(&w);
    set.kind = LYMPH_VALUE_SET;
    assert_refused(&lymph_type_any, &set, "I.m result: items 0 and 2 of the set are equal");
}

static void test_the_last_of_equal_keys_wins(void **state)
{
    entries map;
    /* 1, 2, and 1 again in other encodings: int 8, uint 16, int 64. */
    static const char bytes[] =
        "\x85\x01\x0a\x02\x14\xd0\x01\x0b\xcd\x00\x01\x0c\xd3\x00\x00\x00\x00\x00\x00\x00\x01\x0d";
    decode_as(&map_type, bytes, sizeof bytes - 1, &map);
    assert_int_equal(map.count, 2);
    assert_int_equal(map.entries[0].key, 1);
    assert_int_equal(map.entries[0].value, 13);
    assert_int_equal(map.entries[1].key, 2);
    assert_int_equal(map.entries[1].value, 20);

    lymph_value any;
    decode_as(&lymph_type_any, bytes, sizeof bytes - 1, &any);
    assert_int_equal(any.size, 2);
    assert_int_equal(any.as.entries[0].value.as.integer, 13);
    assert_int_equal(any.as.entries[1].key.as.integer, 2);
}

/* Of the several forms that msgpack has for a text, too. */
static void test_one_text_in_two_encodings(void **state)
{
    struct text_entry {
        const char *key, *value;
    };
    struct {
        const struct text_entry *entries;
        size_t count;
    } map;
    static const lymph_type text_map = {
        .kind = LYMPH_KIND_MAP,
        .size = sizeof map,
        .element = &lymph_type_string,
        .key = &lymph_type_string,
        .entry_size = sizeof(struct text_entry),
        .value_offset = offsetof(struct text_entry, value),
    };
    static const char bytes[] = "\x83\xa1k\xa1"
                                "1\xd9\1k\xa1"
                                "2\xda\0\1k\xa1"
                                "3";
    decode_as(&text_map, bytes, sizeof bytes - 1, &map);
    assert_int_equal(map.count, 1);
    assert_string_equal(map.entries[0].key, "k");
    assert_string_equal(map.entries[0].value, "3");

    lymph_value any;
    decode_as(&lymph_type_any, bytes, sizeof bytes - 1, &any);
    assert_int_equal(any.size, 1);
    assert_string_equal(lymph_text(any.as.entries[0].value), "3");
}

static void test_equal_members_are_dropped(void **state)
{
    numbers set;
    static const char bytes[] = "\x82\xa8__type__\xa3set\xa1_\x96\x03\x04\xd0\x03\x05\xcc\x04\x06";
    decode_as(&set_type, bytes, sizeof bytes - 1, &set);
    assert_int_equal(set.count, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(set.items[i], 3 + i);

    lymph_value any;
    decode_as(&lymph_type_any, bytes, sizeof bytes - 1, &any);
    assert_int_equal(any.kind, LYMPH_VALUE_SET);
    assert_int_equal(any.size, 4);
    assert_int_equal(any.as.items[3].as.integer, 6);
}

static void test_json(void **state)
{
    static const char text[] = "{\"__type__\": \"set\", \"_\": [1, 2, 1]}";
    lymph_value v;
    assert_int_equal(json_parse(&a, text, sizeof text - 1, &v, &f), LYMPH_OK);
    assert_int_equal(v.kind, LYMPH_VALUE_SET);
    assert_int_equal(v.size, 2);
    assert_int_equal(v.as.items[1].as.integer, 2);
}

static void test_many_of_both(void **state)
{
    enum { MANY = 3000 };
    writer w;
    writer_init(&w);
    write_map(&w, MANY);
    for (int i = 0; i < MANY; i++) {
        write_int(&w, i % 1000);
        write_int(&w, i);
    }
    entries map;
    decode_as(&map_type, (const char *)w.data, w.size, &map);
    assert_int_equal(map.count, 1000);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(map.entries[i].key, i);
        assert_int_equal(map.entries[i].value, 2000 + i);
    }
    writer_done(&w);
}

/* Names of a newer peer are one value here, and two there. */
static void test_unknown_names_all_stay(void **state)
{
    static const lymph_enum_value values[] = {{.name = "A", .number = 0}};
    static const lymph_enum colors = {.name = "E", .values = values, .count = 1, .unrecognized = -1};
    static const lymph_type enum_type = {.kind = LYMPH_KIND_ENUM, .size = sizeof(int32_t), .enumeration = &colors};
    static const lymph_type type = {.kind = LYMPH_KIND_SET, .size = sizeof(numbers), .element = &enum_type};
    static const char bytes[] = "\x82\xa8__type__\xa3set\xa1_\x94\xa1X\xa1"
                                "A\xa1Y\xa1"
                                "A";
    numbers set;
    decode_as(&type, bytes, sizeof bytes - 1, &set);
    assert_int_equal(set.count, 3);
    assert_int_equal(set.items[0], -1);
    assert_int_equal(set.items[1], 0);
    assert_int_equal(set.items[2], -1);
    static const char only[] = "\x82\xa8__type__\xa3set\xa1_\x92\xa1X\xa1Y";
    decode_as(&type, only, sizeof only - 1, &set);
    assert_int_equal(set.count, 2);
}

static int done(void **state)
{
    arena_done(&a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_equal_keys_are_not_sent),
        cmocka_unit_test(test_equal_keys_are_not_sent_in_any),
        cmocka_unit_test(test_the_last_of_equal_keys_wins),
        cmocka_unit_test(test_one_text_in_two_encodings),
        cmocka_unit_test(test_equal_members_are_dropped),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_many_of_both),
        cmocka_unit_test(test_unknown_names_all_stay),
    };
    return cmocka_run_group_tests_name("distinct", tests, NULL, done);
}
