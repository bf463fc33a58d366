/* types.c: the descriptors of the built-in types. */
#include <lymph/call.h>

#include <string.h>

#define SCALAR(name, KIND, ctype)                                                                                      \
    const lymph_type lymph_type_##name = {.kind = LYMPH_KIND_##KIND, .size = sizeof(ctype)}

SCALAR(bool, BOOL, bool);
SCALAR(int8, INT8, int8_t);
SCALAR(int16, INT16, int16_t);
SCALAR(int32, INT32, int32_t);
SCALAR(int64, INT64, int64_t);
SCALAR(uint8, UINT8, uint8_t);
SCALAR(uint16, UINT16, uint16_t);
SCALAR(uint32, UINT32, uint32_t);
SCALAR(uint64, UINT64, uint64_t);
SCALAR(float32, FLOAT32, float);
SCALAR(float64, FLOAT64, double);
SCALAR(string, STRING, const char *);
SCALAR(bytes, BYTES, lymph_bytes);
SCALAR(datetime, DATETIME, lymph_datetime);
SCALAR(date, DATE, lymph_date);
SCALAR(time, TIME, lymph_time);
SCALAR(decimal, DECIMAL, lymph_decimal);
SCALAR(uuid, UUID, lymph_uuid);
SCALAR(any, ANY, lymph_value);

const char *lymph_enum_name(const lymph_enum *e, int32_t number)
{
    for (size_t i = 0; i < e->count; i++)
        if (e->values[i].number == number)
            return e->values[i].name;
    return NULL;
}

int32_t lymph_enum_number(const lymph_enum *e, const char *name)
{
    for (size_t i = 0; name && i < e->count; i++)
        if (strcmp(e->values[i].name, name) == 0)
            return e->values[i].number;
    return e->unrecognized;
}
