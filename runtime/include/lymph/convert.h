/* convert.h: making, reading and printing the values that C has no type for.
 *
 * All functions work on storage of the caller's, allocate nothing and may be called on any thread. */
#ifndef LYMPH_API_CONVERT_H
#define LYMPH_API_CONVERT_H

#include <time.h>

#include <lymph/status.h>
#include <lymph/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LYMPH_UUID_TEXT 37 /* "67e55044-10b1-426f-9247-bb680e5fe0c8" and its NUL */

/* A random one (version 4, RFC 4122). */
lymph_uuid lymph_uuid_new(void);

/* Hexadecimal digits of either case, with dashes or without. Errors: LYMPH_EINVAL: no UUID, or NULL; `out` is
 * untouched. */
lymph_status lymph_uuid_parse(const char *text, lymph_uuid *out);

/* In lower case, with dashes. */
void lymph_uuid_print(const lymph_uuid *uuid, char out[LYMPH_UUID_TEXT]);

/* The time now, in UTC (with an offset of 0), to the microsecond. */
lymph_datetime lymph_datetime_now(void);

/* In UTC, with an offset of 0. Errors: LYMPH_EINVAL: not in the years 1 to 9999; `out` is untouched. */
lymph_status lymph_datetime_from_time(time_t seconds, lymph_datetime *out);

/* The offset counts; the fraction of a second is left out. One without an offset is read as UTC. Errors: LYMPH_EINVAL:
 * there is no such date or time of day; `out` is untouched. */
lymph_status lymph_datetime_to_time(const lymph_datetime *datetime, time_t *out);

#ifdef __cplusplus
}
#endif
#endif
