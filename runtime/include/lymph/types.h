/* types.h: the C types of the interface language's types.
 *
 * All of them are plain values. What they point to is borrowed: on receive it lives in the context's arena
 * (ctx.h), on send it must stay valid until the call returns. */
#ifndef LYMPH_API_TYPES_H
#define LYMPH_API_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `bytes`: any octets; data may be NULL when size is 0. */
typedef struct lymph_bytes {
    const uint8_t *data;
    size_t size;
} lymph_bytes;

/* `uuid`: RFC 4122 byte order. */
typedef struct lymph_uuid {
    uint8_t bytes[16];
} lymph_uuid;

/* `decimal`: exact decimal text such as "1.10" or "-3E+5"; never NULL on receive. */
typedef struct lymph_decimal {
    const char *text;
} lymph_decimal;

/* `date`: proleptic Gregorian calendar. */
typedef struct lymph_date {
    int32_t year;  /* 1 to 9999 */
    uint8_t month; /* 1 to 12 */
    uint8_t day;   /* 1 to 31 */
} lymph_date;

/* `time`: time of day; sent with seconds precision. */
typedef struct lymph_time {
    uint8_t hour, minute, second;
    uint32_t microsecond;
} lymph_time;

/* `datetime`: sent with seconds precision. Without an offset it is a naive local time, as in Python. */
typedef struct lymph_datetime {
    lymph_date date;
    lymph_time time;
    bool has_offset;
    int16_t offset_minutes; /* east of UTC; 0 unless has_offset */
} lymph_datetime;

/* list<T> and set<T> of the built-in types. Items are const so that constant arrays can be sent. */
/* clang-format off */
typedef struct lymph_bool_list { const bool *items; size_t count; } lymph_bool_list;
typedef struct lymph_int8_list { const int8_t *items; size_t count; } lymph_int8_list;
typedef struct lymph_int16_list { const int16_t *items; size_t count; } lymph_int16_list;
typedef struct lymph_int32_list { const int32_t *items; size_t count; } lymph_int32_list;
typedef struct lymph_int64_list { const int64_t *items; size_t count; } lymph_int64_list;
typedef struct lymph_uint8_list { const uint8_t *items; size_t count; } lymph_uint8_list;
typedef struct lymph_uint16_list { const uint16_t *items; size_t count; } lymph_uint16_list;
typedef struct lymph_uint32_list { const uint32_t *items; size_t count; } lymph_uint32_list;
typedef struct lymph_uint64_list { const uint64_t *items; size_t count; } lymph_uint64_list;
typedef struct lymph_float32_list { const float *items; size_t count; } lymph_float32_list;
typedef struct lymph_float64_list { const double *items; size_t count; } lymph_float64_list;
typedef struct lymph_string_list { const char *const *items; size_t count; } lymph_string_list;
typedef struct lymph_bytes_list { const lymph_bytes *items; size_t count; } lymph_bytes_list;
typedef struct lymph_uuid_list { const lymph_uuid *items; size_t count; } lymph_uuid_list;
typedef struct lymph_decimal_list { const lymph_decimal *items; size_t count; } lymph_decimal_list;
typedef struct lymph_date_list { const lymph_date *items; size_t count; } lymph_date_list;
typedef struct lymph_time_list { const lymph_time *items; size_t count; } lymph_time_list;
typedef struct lymph_datetime_list { const lymph_datetime *items; size_t count; } lymph_datetime_list;
/* clang-format on */

#ifdef __cplusplus
}
#endif
#endif
