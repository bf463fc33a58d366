/* shapes.h: a record that holds every kind of type, described by hand, for the tests of the codec. */
#ifndef TESTS_SHAPES_H
#define TESTS_SHAPES_H

#include <lymph/schema.h>

enum { STATUS_UNRECOGNIZED = -1, STATUS_PENDING, STATUS_PAID = 7 };
enum { LEVEL_UNRECOGNIZED = -1, LEVEL_LOW = 1, LEVEL_HIGH = 300 };

typedef struct item {
    const char *sku;
    int32_t quantity; /* 1 when absent */
    const lymph_decimal *price;
} item;

typedef struct item_list {
    const item *items;
    size_t count;
} item_list;

typedef struct count_entry {
    const char *key;
    int32_t value;
} count_entry;

typedef struct count_map {
    const count_entry *entries;
    size_t count;
} count_map;

typedef struct tree tree;
typedef struct tree_list {
    const tree *items;
    size_t count;
} tree_list;
struct tree {
    tree_list children;
};

typedef struct order {
    bool urgent;
    int8_t i8;
    int16_t i16;
    int32_t i32;
    int64_t i64;
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    float f32;
    double f64;
    const char *customer;
    lymph_bytes signature;
    lymph_datetime placed;
    lymph_date day;
    lymph_time hour;
    lymph_decimal total;
    lymph_uuid id;
    lymph_value extra;
    int32_t status, level;
    item first;
    item_list items;
    lymph_string_list tags; /* a set */
    count_map counts;
    const char *note;
    const int32_t *left;
    const item *spare;
    tree history;
} order;

static const lymph_enum_value status_values[] = {{"PENDING", STATUS_PENDING}, {"PAID", STATUS_PAID}};
static const lymph_enum status_enum = {"Status", status_values, 2, false, STATUS_UNRECOGNIZED};
static const lymph_type status_type = {.kind = LYMPH_KIND_ENUM, .size = sizeof(int32_t), .enumeration = &status_enum};
static const lymph_enum_value level_values[] = {{"LOW", LEVEL_LOW}, {"HIGH", LEVEL_HIGH}};
static const lymph_enum level_enum = {"Level", level_values, 2, true, LEVEL_UNRECOGNIZED};
static const lymph_type level_type = {.kind = LYMPH_KIND_ENUM, .size = sizeof(int32_t), .enumeration = &level_enum};

static const int32_t one = 1;
static const lymph_type optional_decimal = {
    .kind = LYMPH_KIND_OPTIONAL, .size = sizeof(void *), .element = &lymph_type_decimal};
static const lymph_field item_fields[] = {
    {"sku", &lymph_type_string, offsetof(item, sku), NULL, 0, 0, 0},
    {"quantity", &lymph_type_int32, offsetof(item, quantity), &one, 0, 0, 0},
    {"price", &optional_decimal, offsetof(item, price), NULL, 0, 0, 0},
};
static const lymph_record item_record = {"Item", sizeof(item), item_fields, 3, "", 0};
static const lymph_type item_type = {.kind = LYMPH_KIND_STRUCT, .size = sizeof(item), .record = &item_record};
static const lymph_type item_list_type = {.kind = LYMPH_KIND_LIST, .size = sizeof(item_list), .element = &item_type};

static const lymph_type tag_set_type = {
    .kind = LYMPH_KIND_SET, .size = sizeof(lymph_string_list), .element = &lymph_type_string};
static const lymph_type count_map_type = {.kind = LYMPH_KIND_MAP,
                                          .size = sizeof(count_map),
                                          .key = &lymph_type_string,
                                          .element = &lymph_type_int32,
                                          .entry_size = sizeof(count_entry),
                                          .value_offset = offsetof(count_entry, value)};
static const lymph_type optional_string = {
    .kind = LYMPH_KIND_OPTIONAL, .size = sizeof(void *), .element = &lymph_type_string};
static const lymph_type optional_int = {
    .kind = LYMPH_KIND_OPTIONAL, .size = sizeof(void *), .element = &lymph_type_int32};
static const lymph_type optional_item = {.kind = LYMPH_KIND_OPTIONAL, .size = sizeof(void *), .element = &item_type};

static const lymph_record tree_record;
static const lymph_type tree_type = {.kind = LYMPH_KIND_STRUCT, .size = sizeof(tree), .record = &tree_record};
static const lymph_type tree_list_type = {.kind = LYMPH_KIND_LIST, .size = sizeof(tree_list), .element = &tree_type};
static const tree_list no_trees;
static const lymph_field tree_fields[] = {{"children", &tree_list_type, offsetof(tree, children), &no_trees, 0, 0, 0}};
static const lymph_record tree_record = {"Tree", sizeof(tree), tree_fields, 1, "", 0};

static const lymph_field order_fields[] = {
    {"urgent", &lymph_type_bool, offsetof(order, urgent), NULL, 0, 0, 0},
    {"i8", &lymph_type_int8, offsetof(order, i8), NULL, 0, 0, 0},
    {"i16", &lymph_type_int16, offsetof(order, i16), NULL, 0, 0, 0},
    {"i32", &lymph_type_int32, offsetof(order, i32), NULL, 0, 0, 0},
    {"i64", &lymph_type_int64, offsetof(order, i64), NULL, 0, 0, 0},
    {"u8", &lymph_type_uint8, offsetof(order, u8), NULL, 0, 0, 0},
    {"u16", &lymph_type_uint16, offsetof(order, u16), NULL, 0, 0, 0},
    {"u32", &lymph_type_uint32, offsetof(order, u32), NULL, 0, 0, 0},
    {"u64", &lymph_type_uint64, offsetof(order, u64), NULL, 0, 0, 0},
    {"f32", &lymph_type_float32, offsetof(order, f32), NULL, 0, 0, 0},
    {"f64", &lymph_type_float64, offsetof(order, f64), NULL, 0, 0, 0},
    {"customer", &lymph_type_string, offsetof(order, customer), NULL, 0, 0, 0},
    {"signature", &lymph_type_bytes, offsetof(order, signature), NULL, 0, 0, 0},
    {"placed", &lymph_type_datetime, offsetof(order, placed), NULL, 0, 0, 0},
    {"day", &lymph_type_date, offsetof(order, day), NULL, 0, 0, 0},
    {"hour", &lymph_type_time, offsetof(order, hour), NULL, 0, 0, 0},
    {"total", &lymph_type_decimal, offsetof(order, total), NULL, 0, 0, 0},
    {"id", &lymph_type_uuid, offsetof(order, id), NULL, 0, 0, 0},
    {"extra", &lymph_type_any, offsetof(order, extra), NULL, 0, 0, 0},
    {"status", &status_type, offsetof(order, status), NULL, 0, 0, 0},
    {"level", &level_type, offsetof(order, level), NULL, 0, 0, 0},
    {"first", &item_type, offsetof(order, first), NULL, 0, 0, 0},
    {"items", &item_list_type, offsetof(order, items), NULL, 0, 0, 0},
    {"tags", &tag_set_type, offsetof(order, tags), NULL, 0, 0, 0},
    {"counts", &count_map_type, offsetof(order, counts), NULL, 0, 0, 0},
    {"note", &optional_string, offsetof(order, note), NULL, 0, 0, 0},
    {"left", &optional_int, offsetof(order, left), NULL, 0, 0, 0},
    {"spare", &optional_item, offsetof(order, spare), NULL, 0, 0, 0},
    {"history", &tree_type, offsetof(order, history), NULL, 0, 0, 0},
};
static const lymph_record order_record = {
    "Shop.order", sizeof(order), order_fields, sizeof order_fields / sizeof *order_fields, "", 0};

/* One with something in every field. Everything it points to is static. */
static inline order sample_order(void)
{
    static const lymph_decimal price = {"9.90"};
    static const item items[] = {{"pen", 2, &price}, {"caf\xc3\xa9", 1, NULL}};
    static const char *const tags[] = {"a", "b", ""};
    static const count_entry counts[] = {{"x", -1}, {"y", 70000}};
    static const int32_t left = 5;
    static const lymph_value list[] = {
        {.kind = LYMPH_VALUE_BOOL, .as.boolean = true},
        {.kind = LYMPH_VALUE_FLOAT, .as.number = 1.5},
        {.kind = LYMPH_VALUE_DATE, .size = 10, .as.text = "2015-07-08"},
        {.kind = LYMPH_VALUE_EXT, .ext = 5, .size = 3, .as.text = "abc"},
    };
    static const lymph_entry extra[] = {
        {{.kind = LYMPH_VALUE_STRING, .size = 3, .as.text = "key"},
         {.kind = LYMPH_VALUE_LIST, .size = 4, .as.items = list}},
        {{.kind = LYMPH_VALUE_INT, .as.integer = -7}, {.kind = LYMPH_VALUE_SET, .size = 4, .as.items = list}},
    };
    static const tree leaves[2], branches[] = {{{leaves, 2}}};
    return (order){
        .urgent = true,
        .i8 = INT8_MIN,
        .i16 = INT16_MIN,
        .i32 = INT32_MIN,
        .i64 = INT64_MIN,
        .u8 = UINT8_MAX,
        .u16 = UINT16_MAX,
        .u32 = UINT32_MAX,
        .u64 = UINT64_MAX,
        .f32 = 0.5f,
        .f64 = 0.1,
        .customer = "J\xc3\xbcrgen",
        .signature = {(const uint8_t *)"\0\1\2", 3},
        .placed = {{2015, 7, 8}, {20, 51, 30, 0}, true, -330},
        .day = {2015, 7, 8},
        .hour = {20, 51, 30, 0},
        .total = {"1.10"},
        .id = {{0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78}},
        .extra = {.kind = LYMPH_VALUE_MAP, .size = 2, .as.entries = extra},
        .status = STATUS_PAID,
        .level = LEVEL_HIGH,
        .first = items[0],
        .items = {items, 2},
        .tags = {tags, 3},
        .counts = {counts, 2},
        .note = "soon",
        .left = &left,
        .spare = &items[1],
        .history = {{branches, 1}},
    };
}

#endif
