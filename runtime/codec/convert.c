#include <lymph/convert.h>

#include <string.h>

#include "codec/forms.h"
#include "core/unique.h"

lymph_uuid lymph_uuid_new(void)
{
    char text[UNIQUE_HEX + 1];
    lymph_uuid uuid;
    unique_hex(text);
    (void)uuid_parse(text, UNIQUE_HEX, &uuid);
    return uuid;
}

lymph_status lymph_uuid_parse(const char *text, lymph_uuid *out)
{
    lymph_uuid uuid;
    if (!text || !uuid_parse(text, strlen(text), &uuid))
        return LYMPH_EINVAL;
    *out = uuid;
    return LYMPH_OK;
}

void lymph_uuid_print(const lymph_uuid *uuid, char out[LYMPH_UUID_TEXT])
{
    char text[FORM_MAX];
    uuid_print(uuid, text);
    memcpy(out, text, LYMPH_UUID_TEXT);
}

lymph_status lymph_datetime_from_time(time_t seconds, lymph_datetime *out)
{
    struct tm t;
    if (!gmtime_r(&seconds, &t) || t.tm_year < 1 - 1900 || t.tm_year > 9999 - 1900)
        return LYMPH_EINVAL;
    *out = (lymph_datetime){
        .date = {t.tm_year + 1900, (uint8_t)(t.tm_mon + 1), (uint8_t)t.tm_mday},
        .time = {(uint8_t)t.tm_hour, (uint8_t)t.tm_min, (uint8_t)t.tm_sec, 0},
        .has_offset = true,
    };
    return LYMPH_OK;
}

lymph_datetime lymph_datetime_now(void)
{
    struct timespec now;
    lymph_datetime datetime = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    (void)lymph_datetime_from_time(now.tv_sec, &datetime);
    datetime.time.microsecond = (uint32_t)(now.tv_nsec / 1000);
    return datetime;
}

lymph_status lymph_datetime_to_time(const lymph_datetime *datetime, time_t *out)
{
    if (!datetime || !datetime_valid(datetime))
        return LYMPH_EINVAL;
    struct tm t = {
        .tm_year = datetime->date.year - 1900,
        .tm_mon = datetime->date.month - 1,
        .tm_mday = datetime->date.day,
        .tm_hour = datetime->time.hour,
        .tm_min = datetime->time.minute,
        .tm_sec = datetime->time.second,
    };
    *out = timegm(&t) - (datetime->has_offset ? datetime->offset_minutes * 60 : 0);
    return LYMPH_OK;
}
