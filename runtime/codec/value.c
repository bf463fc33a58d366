/* value.c: making and reading dynamic values. */
#include <lymph/value.h>

#include <string.h>

#include "codec/forms.h"

lymph_value lymph_nil(void)
{
    return (lymph_value){.kind = LYMPH_VALUE_NIL};
}

lymph_value lymph_bool(bool b)
{
    return (lymph_value){.kind = LYMPH_VALUE_BOOL, .as.boolean = b};
}

lymph_value lymph_int(int64_t i)
{
    return (lymph_value){.kind = LYMPH_VALUE_INT, .as.integer = i};
}

lymph_value lymph_uint(uint64_t u)
{
    return u <= INT64_MAX ? lymph_int((int64_t)u) : (lymph_value){.kind = LYMPH_VALUE_UINT, .as.unsigned_integer = u};
}

lymph_value lymph_float(double d)
{
    return (lymph_value){.kind = LYMPH_VALUE_FLOAT, .as.number = d};
}

lymph_value lymph_string(const char *text)
{
    return text ? (lymph_value){.kind = LYMPH_VALUE_STRING, .size = (uint32_t)strlen(text), .as.text = text}
                : lymph_nil();
}

lymph_value lymph_bytes_value(const void *data, uint32_t size)
{
    return (lymph_value){.kind = LYMPH_VALUE_BYTES, .size = size, .as.bytes = data};
}

lymph_value lymph_list(const lymph_value *items, uint32_t count)
{
    return (lymph_value){.kind = LYMPH_VALUE_LIST, .size = count, .as.items = items};
}

lymph_value lymph_map(const lymph_entry *entries, uint32_t count)
{
    return (lymph_value){.kind = LYMPH_VALUE_MAP, .size = count, .as.entries = entries};
}

const lymph_value *lymph_get(lymph_value map, const char *key)
{
    size_t size = strlen(key);
    if (map.kind != LYMPH_VALUE_MAP)
        return NULL;
    for (uint32_t i = 0; i < map.size; i++) {
        const lymph_value *k = &map.as.entries[i].key;
        if (k->kind == LYMPH_VALUE_STRING && k->size == size && memcmp(k->as.text, key, size) == 0)
            return &map.as.entries[i].value;
    }
    return NULL;
}

const char *lymph_text(lymph_value v)
{
    return v.kind == LYMPH_VALUE_STRING ? v.as.text : NULL;
}

lymph_status lymph_value_datetime(lymph_value v, lymph_datetime *out)
{
    return v.kind == LYMPH_VALUE_DATETIME && datetime_parse(v.as.text, v.size, out) ? LYMPH_OK : LYMPH_EINVAL;
}

lymph_status lymph_value_date(lymph_value v, lymph_date *out)
{
    return v.kind == LYMPH_VALUE_DATE && date_parse(v.as.text, v.size, out) ? LYMPH_OK : LYMPH_EINVAL;
}

lymph_status lymph_value_time(lymph_value v, lymph_time *out)
{
    return v.kind == LYMPH_VALUE_TIME && time_parse(v.as.text, v.size, out) ? LYMPH_OK : LYMPH_EINVAL;
}

lymph_status lymph_value_uuid(lymph_value v, lymph_uuid *out)
{
    return v.kind == LYMPH_VALUE_UUID && uuid_parse(v.as.text, v.size, out) ? LYMPH_OK : LYMPH_EINVAL;
}

static bool same_number(const lymph_value *a, const lymph_value *b)
{
    bool small_a = a->kind == LYMPH_VALUE_INT, small_b = b->kind == LYMPH_VALUE_INT;
    if (small_a && small_b)
        return a->as.integer == b->as.integer;
    if ((small_a && a->as.integer < 0) || (small_b && b->as.integer < 0))
        return false;
    return a->as.unsigned_integer == b->as.unsigned_integer;
}

static bool is_integer(const lymph_value *v)
{
    return v->kind == LYMPH_VALUE_INT || v->kind == LYMPH_VALUE_UINT;
}

bool lymph_value_equal(lymph_value a, lymph_value b)
{
    if (is_integer(&a) && is_integer(&b))
        return same_number(&a, &b);
    if (a.kind != b.kind || a.size != b.size)
        return false;
    switch ((lymph_value_kind)a.kind) {
    case LYMPH_VALUE_NIL:
        return true;
    case LYMPH_VALUE_BOOL:
        return a.as.boolean == b.as.boolean;
    case LYMPH_VALUE_FLOAT:
        return memcmp(&a.as.number, &b.as.number, sizeof a.as.number) == 0 || a.as.number == b.as.number;
    case LYMPH_VALUE_LIST:
    case LYMPH_VALUE_SET:
        for (uint32_t i = 0; i < a.size; i++)
            if (!lymph_value_equal(a.as.items[i], b.as.items[i]))
                return false;
        return true;
    case LYMPH_VALUE_MAP:
        for (uint32_t i = 0; i < a.size; i++)
            if (!lymph_value_equal(a.as.entries[i].key, b.as.entries[i].key) ||
                !lymph_value_equal(a.as.entries[i].value, b.as.entries[i].value))
                return false;
        return true;
    default:
        return a.ext == b.ext && (!a.size || memcmp(a.as.bytes, b.as.bytes, a.size) == 0);
    }
}
