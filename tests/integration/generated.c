/* The tables that lymphc writes and the codec that reads them: every type goes out as the contract says and comes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "codec/codec.h"
#include "generated.lymph.h"

static arena a;
static failure f;

static const Point points[] = {{.x = 1, .y = 2}, {.x = 3, .y = 4}};
static const char *const words[] = {"a", "b", "c"};
static const lymph_string_list rows[] = {{words, 1}, {words + 1, 2}};
static const int32_t seven = 7;
static const int32_t *const holes[] = {&seven, NULL};
static const Status statuses[] = {STATUS_PAID, STATUS_PENDING};
static const string_Point_map_entry named[] = {{.key = "p", .value = {.x = 5, .y = 6}}};
static const Status_bool_map_entry flags[] = {{.key = STATUS_PENDING, .value = true}};
static const int32_Status_bool_map_map_entry nested[] = {{.key = -5, .value = {flags, 1}}};

static Everything everything(void)
{
    return (Everything){
        .flag = true,
        .i8 = -128,
        .i64 = INT64_MIN,
        .u16 = 65535,
        .u64 = UINT64_MAX,
        .f32 = 0.5f,
        .f64 = 1.25,
        .text = "ä",
        .raw = {(const uint8_t *)"\0\xff", 2},
        .moment = {.date = {2015, 7, 8}, .time = {20, 51, 30, 0}},
        .day = {2015, 7, 8},
        .hour = {20, 51, 30, 0},
        .price = {"1.10"},
        .id = {{0xab, [15] = 1}},
        .whatever = lymph_int(42),
        .status = STATUS_PAID,
        .level = LEVEL_LOW,
        .point = {.x = -1, .y = -2},
        .points = {points, 2},
        .rows = {rows, 2},
        .holes = {holes, 2},
        .statuses = {statuses, 2},
        .named = {named, 1},
        .nested = {nested, 1},
    };
}

static writer encode(const lymph_record *record, const void *value)
{
    writer w;
    writer_init(&w);
    assert_int_equal(encode_record(&w, record, value, &f), LYMPH_OK);
    return w;
}

static const char *as_json(const writer *w)
{
    lymph_value v;
    const char *text;
    assert_int_equal(decode_value_all(w->data, w->size, &a, &v, &f), LYMPH_OK);
    assert_int_equal(json_print(&a, &v, 0, &text, &f), LYMPH_OK);
    return text;
}

static lymph_status decode(const lymph_record *record, const writer *w, void *out)
{
    reader r;
    reader_init(&r, w->data, w->size);
    return decode_record(&r, &a, record, false, out, &f);
}

/* Sends what is written as JSON. */
static writer from_json(const char *text)
{
    lymph_value v;
    writer w;
    writer_init(&w);
    assert_int_equal(json_parse(&a, text, strlen(text), &v, &f), LYMPH_OK);
    assert_int_equal(encode_value(&w, &v, &f), LYMPH_OK);
    return w;
}

static const char required[] =
    "{\"flag\": true, \"i8\": -128, \"i64\": -9223372036854775808, \"u16\": 65535, \"u64\": 18446744073709551615, "
    "\"f32\": 0.5, \"f64\": 1.25, \"text\": \"ä\", \"raw\": {\"__type__\": \"bytes\", \"_\": \"AP8=\"}, "
    "\"moment\": {\"__type__\": \"datetime\", \"_\": \"2015-07-08T20:51:30\"}, "
    "\"day\": {\"__type__\": \"date\", \"_\": \"2015-07-08\"}, \"hour\": {\"__type__\": \"time\", \"_\": "
    "\"20:51:30Z\"}, "
    "\"price\": {\"__type__\": \"Decimal\", \"_\": \"1.10\"}, "
    "\"id\": {\"__type__\": \"UUID\", \"_\": \"ab000000-0000-0000-0000-000000000001\"}, \"whatever\": 42, "
    "\"status\": \"PAID\", \"level\": -1, \"point\": {\"x\": -1, \"y\": -2}, "
    "\"points\": [{\"x\": 1, \"y\": 2}, {\"x\": 3, \"y\": 4}], \"rows\": [[\"a\"], [\"b\", \"c\"]], \"holes\": [7, "
    "null], "
    "\"statuses\": {\"__type__\": \"set\", \"_\": [\"PAID\", \"PENDING\"]}, \"named\": {\"p\": {\"x\": 5, \"y\": 6}}, "
    "\"nested\": {\"-5\": {\"PENDING\": true}}";

static const char optional[] = ", \"number\": 7, \"note\": \"n\", \"place\": {\"x\": 3, \"y\": 4}, "
                               "\"tags\": [\"a\", \"b\", \"c\"], \"class\": \"k\"";

static void check_round_trip(const Everything *value, const char *expected)
{
    writer w = encode(&Everything_record, value), again;
    assert_string_equal(as_json(&w), expected);
    Everything back;
    assert_int_equal(decode(&Everything_record, &w, &back), LYMPH_OK);
    again = encode(&Everything_record, &back);
    assert_int_equal(again.size, w.size);
    assert_memory_equal(again.data, w.data, w.size);
    writer_done(&again);

    const Everything *copy = copy_record(&a, &Everything_record, value);
    assert_non_null(copy);
    again = encode(&Everything_record, copy);
    assert_int_equal(again.size, w.size);
    assert_memory_equal(again.data, w.data, w.size);
    writer_done(&again);
    writer_done(&w);
}

static void test_everything_goes_out_and_comes_back(void **state)
{
    Everything e = everything();
    check_round_trip(&e, arena_printf(&a, "%s}", required));
    e.number = &seven;
    e.note = "n";
    e.place = &points[1];
    e.tags = &(const lymph_string_list){words, 3};
    e.class_ = "k";
    check_round_trip(&e, arena_printf(&a, "%s%s}", required, optional));
}

static void test_what_is_absent(void **state)
{
    Presets p;
    writer w = from_json("{\"newer\": 1}");
    assert_int_equal(decode(&Presets_record, &w, &p), LYMPH_OK);
    assert_true(p.flag);
    assert_int_equal(p.i8, -128);
    assert_true(p.u64 == UINT64_MAX);
    assert_true(p.f32 == 0.5f);
    assert_true(p.f64 == 1e-9);
    assert_string_equal(p.text, "ä \"b\"");
    assert_int_equal(p.status, STATUS_PAID);
    assert_int_equal(p.level, LEVEL_HIGH);
    assert_string_equal(p.price.text, "-1.10");
    assert_int_equal(p.port, 8080);
    assert_int_equal(p.points.count + p.statuses.count + p.named.count, 0);
    writer_done(&w);

    Point point;
    w = from_json("{\"x\": 9}");
    assert_int_equal(decode(&Point_record, &w, &point), LYMPH_OK);
    assert_int_equal(point.x, 9);
    assert_int_equal(point.y, 2);
    writer_done(&w);

    w = from_json("{\"y\": 9}");
    assert_int_equal(decode(&Point_record, &w, &point), LYMPH_EPROTO);
    assert_non_null(strstr(f.message, "x: missing"));
    writer_done(&w);
}

/* What a caller writes in C: nothing but the macro, the object, or a text that is left NULL. */
static bool holds(const writer *w, const char *bytes, size_t size)
{
    for (size_t i = 0; i + size <= w->size; i++)
        if (memcmp((const char *)w->data + i, bytes, size) == 0)
            return true;
    return false;
}

static void test_defaults_are_sent(void **state)
{
    static const char all[] =
        "{\"flag\": true, \"i8\": -128, \"u64\": 18446744073709551615, \"f32\": 0.5, \"f64\": 1e-09, "
        "\"text\": \"ä \\\"b\\\"\", \"raw\": ";
    writer w = encode(&Presets_record, &(Presets){PRESETS_DEFAULTS});
    const char *json = as_json(&w);
    assert_memory_equal(json, all, sizeof all - 1);
    assert_non_null(strstr(json, "-1.10"));
    assert_non_null(strstr(json, "\"port\": 8080"));
    assert_non_null(strstr(json, "\"tiny\": 1.401298464324817e-45, \"status\": \"PAID\", \"level\": 16, \"price\": "));
    assert_non_null(strstr(json, "\"points\": []"));
    assert_non_null(strstr(json, "\"named\": {}}"));
    writer same = encode(&Presets_record, &presets_defaults);
    assert_string_equal(as_json(&same), json);
    writer_done(&same);
    writer_done(&w);

    Presets p = presets_defaults;
    p.text = NULL;
    p.price.text = NULL;
    p.raw = (lymph_bytes){0};
    p.i8 = 5;
    w = encode(&Presets_record, &p);
    json = as_json(&w);
    assert_non_null(strstr(json, "\"text\": \"ä \\\"b\\\"\""));
    assert_non_null(strstr(json, "-1.10"));
    assert_non_null(strstr(json, "\"i8\": 5"));
    assert_true(holds(&w, "\xa3raw\xc4\6\xc3\xa4?\?/\"", 12));
    writer_done(&w);

    p.raw = (lymph_bytes){(const uint8_t *)"", 0};
    w = encode(&Presets_record, &p);
    assert_true(holds(&w, "\xa3raw\xc4\0\xa4tiny", 11));
    writer_done(&w);
}

static void assert_refused(const Everything *value, const char *message)
{
    writer w;
    writer_init(&w);
    assert_int_equal(encode_record(&w, &Everything_record, value, &f), LYMPH_EINVAL);
    assert_string_equal(f.message, message);
    writer_done(&w);
}

/* The bytes of a value, with others for one of its fields. */
static writer with_field(const char *name, const char *bytes, size_t size)
{
    Everything e = everything();
    writer whole = encode(&Everything_record, &e), w;
    lymph_value v;
    assert_int_equal(decode_value_all(whole.data, whole.size, &a, &v, &f), LYMPH_OK);
    writer_done(&whole);
    writer_init(&w);
    write_map(&w, v.size);
    for (uint32_t i = 0; i < v.size; i++) {
        const lymph_entry *entry = &v.as.entries[i];
        assert_int_equal(encode_value(&w, &entry->key, &f), LYMPH_OK);
        if (strcmp(lymph_text(entry->key), name) == 0)
            write_raw(&w, bytes, size);
        else
            assert_int_equal(encode_value(&w, &entry->value, &f), LYMPH_OK);
    }
    return w;
}

static void test_equal_keys_and_members_are_not_sent(void **state)
{
    Everything e = everything();
    const string_Point_map_entry twice[] = {{.key = "p"}, {.key = "q"}, {.key = "p", .value = {.x = 1}}};
    e.named = (string_Point_map){twice, 3};
    assert_refused(&e, "Everything.named: keys 0 and 2 of the map are equal");

    e = everything();
    const Status_bool_map_entry pending[] = {{.key = STATUS_PENDING}, {.key = STATUS_PENDING}};
    const int32_Status_bool_map_map_entry inner[] = {{.key = 1, .value = {flags, 1}},
                                                     {.key = 2, .value = {pending, 2}}};
    e.nested = (int32_Status_bool_map_map){inner, 2};
    assert_refused(&e, "Everything.nested{1}: keys 0 and 1 of the map are equal");

    e = everything();
    const Status paid[] = {STATUS_PAID, STATUS_PENDING, STATUS_PAID};
    e.statuses = (Status_list){paid, 3};
    assert_refused(&e, "Everything.statuses: items 0 and 2 of the set are equal");

    e = everything();
    const lymph_entry any[] = {{lymph_int(1), lymph_nil()}, {lymph_uint(1), lymph_nil()}};
    e.whatever = lymph_map(any, 2);
    assert_refused(&e, "Everything.whatever: keys 0 and 1 of the map are equal");
}

static void test_of_equal_keys_and_members_one_comes(void **state)
{
    static const char names[] = "\x83\xa1p\x81\xa1x\1\xa1q\x81\xa1x\2\xd9\1p\x81\xa1x\3";
    static const char numbers[] = "\x82\1\x81\xa7PENDING\xc2\xcd\0\1\x81\xa7PENDING\xc3";
    static const char set[] = "\x82\xa8__type__\xa3set\xa1_\x93\xa4PAID\xa7PENDING\xd9\4PAID";
    Everything e;
    writer w = with_field("named", names, sizeof names - 1);
    assert_int_equal(decode(&Everything_record, &w, &e), LYMPH_OK);
    assert_int_equal(e.named.count, 2);
    assert_string_equal(e.named.entries[0].key, "p");
    assert_int_equal(e.named.entries[0].value.x, 3);
    assert_int_equal(e.named.entries[1].value.x, 2);
    writer_done(&w);

    w = with_field("nested", numbers, sizeof numbers - 1);
    assert_int_equal(decode(&Everything_record, &w, &e), LYMPH_OK);
    assert_int_equal(e.nested.count, 1);
    assert_int_equal(e.nested.entries[0].key, 1);
    assert_true(e.nested.entries[0].value.entries[0].value);
    writer_done(&w);

    w = with_field("whatever", numbers, sizeof numbers - 1);
    assert_int_equal(decode(&Everything_record, &w, &e), LYMPH_OK);
    assert_int_equal(e.whatever.size, 1);
    assert_true(lymph_get(e.whatever.as.entries[0].value, "PENDING")->as.boolean);
    writer_done(&w);

    w = with_field("statuses", set, sizeof set - 1);
    assert_int_equal(decode(&Everything_record, &w, &e), LYMPH_OK);
    assert_int_equal(e.statuses.count, 2);
    assert_int_equal(e.statuses.items[0], STATUS_PAID);
    assert_int_equal(e.statuses.items[1], STATUS_PENDING);
    writer_done(&w);
}

static void test_enums(void **state)
{
    assert_string_equal(status_name(STATUS_PAID), "PAID");
    assert_null(status_name(STATUS_UNRECOGNIZED));
    assert_int_equal(status_from_name("PENDING"), STATUS_PENDING);
    assert_int_equal(status_from_name("SOLD"), STATUS_UNRECOGNIZED);
    assert_int_equal(level_from_name("LOW"), -1);
    assert_int_not_equal(LEVEL_UNRECOGNIZED, LEVEL_LOW);

    Presets p;
    writer w = from_json("{\"status\": \"SOLD\", \"level\": 3}");
    assert_int_equal(decode(&Presets_record, &w, &p), LYMPH_OK);
    assert_int_equal(p.status, STATUS_UNRECOGNIZED);
    assert_int_equal(p.level, LEVEL_UNRECOGNIZED);
    writer_done(&w);
    writer_init(&w);
    assert_int_equal(encode_record(&w, &Presets_record, &p, &f), LYMPH_EINVAL);
    writer_done(&w);
}

static int done(void **state)
{
    arena_done(&a);
    return 0;
}

static void test_json(void **state)
{
    lymph_ctx *ctx = lymph_open(NULL);
    Everything e = everything(), back;
    const char *json;
    assert_int_equal(everything_to_json(ctx, &e, &json), LYMPH_OK);
    assert_non_null(
        strstr(json, "\"named\": {\"p\": {\"x\": 5, \"y\": 6}}, \"nested\": {\"-5\": {\"PENDING\": true}}"));
    assert_int_equal(everything_from_json(ctx, json, &back), LYMPH_OK);
    writer before = encode(&Everything_record, &e), after = encode(&Everything_record, &back);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    writer_done(&before);
    writer_done(&after);
    Point point;
    assert_int_equal(point_from_json(ctx, "{\"x\": 3, \"of a newer version\": []}", &point), LYMPH_OK);
    assert_int_equal(point.y, 2);
    assert_int_equal(point_from_json(ctx, "{\"y\": 3}", &point), LYMPH_EINVAL);
    assert_string_equal(lymph_error_message(ctx), "Point.x: missing");
    assert_int_equal(point_from_json(ctx, NULL, &point), LYMPH_EINVAL);
    assert_int_equal(point_to_json(ctx, NULL, &json), LYMPH_EINVAL);
    lymph_close(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_goes_out_and_comes_back),
        cmocka_unit_test(test_what_is_absent),
        cmocka_unit_test(test_defaults_are_sent),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_equal_keys_and_members_are_not_sent),
        cmocka_unit_test(test_of_equal_keys_and_members_one_comes),
        cmocka_unit_test(test_enums),
    };
    return cmocka_run_group_tests_name("generated", tests, NULL, done);
}
