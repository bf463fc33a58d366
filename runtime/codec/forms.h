/* forms.h: the texts in which the original sends what msgpack has no type for (protocol.md, section 2). */
#ifndef CODEC_FORMS_H
#define CODEC_FORMS_H

#include <stdbool.h>

#include <lymph/types.h>
#include <lymph/value.h>

#define FORM_MAX 48 /* longest text that is printed, with its NUL */

void datetime_print(const lymph_datetime *t, char out[FORM_MAX]);
void date_print(const lymph_date *d, char out[FORM_MAX]);
void time_print(const lymph_time *t, char out[FORM_MAX]);
void uuid_print(const lymph_uuid *u, char out[FORM_MAX]);

/* `text` has `size` bytes. datetime: ISO 8601 with or without fraction and offset, or a date alone; time:
 * HH:MM:SS[.f]Z. */
bool datetime_parse(const char *text, size_t size, lymph_datetime *out);
bool date_parse(const char *text, size_t size, lymph_date *out);
bool time_parse(const char *text, size_t size, lymph_time *out);
bool uuid_parse(const char *text, size_t size, lymph_uuid *out); /* with or without dashes */
bool decimal_valid(const char *text, size_t size);

bool date_valid(const lymph_date *d);
bool time_valid(const lymph_time *t);
bool datetime_valid(const lymph_datetime *t);

/* "datetime", "Decimal" … for the kinds that travel as {"__type__", "_"}; NULL for others. */
const char *form_name(int kind);
int form_kind(const char *name, size_t size); /* LYMPH_VALUE_NIL if there is none of that name */

/* True if `text` is a good text for the kind. */
bool form_valid(int kind, const char *text, size_t size);

#endif
