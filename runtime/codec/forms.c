#include "codec/forms.h"

#include <stdio.h>
#include <string.h>

/* ---- printing ---- */

void date_print(const lymph_date *d, char out[FORM_MAX])
{
    snprintf(out, FORM_MAX, "%04d-%02u-%02u", (int)d->year, d->month, d->day);
}

void time_print(const lymph_time *t, char out[FORM_MAX])
{
    snprintf(out, FORM_MAX, "%02u:%02u:%02uZ", t->hour, t->minute, t->second);
}

void datetime_print(const lymph_datetime *t, char out[FORM_MAX])
{
    int n = snprintf(out, FORM_MAX, "%04d-%02u-%02uT%02u:%02u:%02u", (int)t->date.year, t->date.month, t->date.day,
                     t->time.hour, t->time.minute, t->time.second);
    if (t->has_offset) {
        unsigned minutes = (unsigned)(t->offset_minutes < 0 ? -t->offset_minutes : t->offset_minutes);
        snprintf(out + n, FORM_MAX - (size_t)n, "%c%02u%02u", t->offset_minutes < 0 ? '-' : '+', minutes / 60,
                 minutes % 60);
    }
}

void uuid_print(const lymph_uuid *u, char out[FORM_MAX])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = digits[u->bytes[i] >> 4];
        *out++ = digits[u->bytes[i] & 15];
    }
    *out = '\0';
}

/* ---- checking ---- */

bool date_valid(const lymph_date *d)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (d->year < 1 || d->year > 9999 || d->month < 1 || d->month > 12 || d->day < 1)
        return false;
    bool leap = d->year % 4 == 0 && (d->year % 100 != 0 || d->year % 400 == 0);
    return d->day <= days[d->month - 1] + (d->month == 2 && leap);
}

bool time_valid(const lymph_time *t)
{
    return t->hour < 24 && t->minute < 60 && t->second < 60 && t->microsecond < 1000000;
}

bool datetime_valid(const lymph_datetime *t)
{
    return date_valid(&t->date) && time_valid(&t->time) && t->offset_minutes > -24 * 60 && t->offset_minutes < 24 * 60;
}

/* ---- parsing ---- */

typedef struct scan {
    const char *at, *end;
} scan;

static bool literal(scan *s, char c)
{
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

static bool digits(scan *s, int count, unsigned *out)
{
    unsigned n = 0;
    if (s->end - s->at < count)
        return false;
    for (; count > 0; count--, s->at++) {
        if (*s->at < '0' || *s->at > '9')
            return false;
        n = n * 10 + (unsigned)(*s->at - '0');
    }
    *out = n;
    return true;
}

static bool scan_date(scan *s, lymph_date *out)
{
    unsigned year, month, day;
    if (!digits(s, 4, &year) || !literal(s, '-') || !digits(s, 2, &month) || !literal(s, '-') || !digits(s, 2, &day))
        return false;
    *out = (lymph_date){.year = (int32_t)year, .month = (uint8_t)month, .day = (uint8_t)day};
    return date_valid(out);
}

static bool scan_time(scan *s, lymph_time *out)
{
    unsigned hour, minute, second = 0, fraction = 0;
    if (!digits(s, 2, &hour) || !literal(s, ':') || !digits(s, 2, &minute))
        return false;
    if (literal(s, ':')) {
        if (!digits(s, 2, &second))
            return false;
        if (literal(s, '.') || literal(s, ',')) {
            unsigned digit, scale = 100000;
            if (!digits(s, 1, &digit))
                return false;
            do {
                fraction += digit * scale;
                scale /= 10;
            } while (digits(s, 1, &digit));
        }
    }
    *out = (lymph_time){
        .hour = (uint8_t)hour, .minute = (uint8_t)minute, .second = (uint8_t)second, .microsecond = fraction};
    return hour < 24 && minute < 60 && second < 60;
}

static bool scan_offset(scan *s, lymph_datetime *out)
{
    unsigned hours, minutes = 0;
    if (s->at == s->end)
        return true;
    out->has_offset = true;
    if (literal(s, 'Z'))
        return true;
    bool west = *s->at == '-';
    if (!literal(s, '+') && !literal(s, '-'))
        return false;
    if (!digits(s, 2, &hours))
        return false;
    literal(s, ':');
    if (s->at < s->end && !digits(s, 2, &minutes))
        return false;
    if (hours > 23 || minutes > 59)
        return false;
    int offset = (int)(hours * 60 + minutes);
    out->offset_minutes = (int16_t)(west ? -offset : offset);
    return true;
}

bool datetime_parse(const char *text, size_t size, lymph_datetime *out)
{
    scan s = {text, text + size};
    *out = (lymph_datetime){0};
    if (!scan_date(&s, &out->date))
        return false;
    if (s.at == s.end)
        return true;
    if (!literal(&s, 'T') && !literal(&s, ' '))
        return false;
    return scan_time(&s, &out->time) && scan_offset(&s, out) && s.at == s.end;
}

bool date_parse(const char *text, size_t size, lymph_date *out)
{
    scan s = {text, text + size};
    return scan_date(&s, out) && s.at == s.end;
}

bool time_parse(const char *text, size_t size, lymph_time *out)
{
    scan s = {text, text + size};
    return scan_time(&s, out) && literal(&s, 'Z') && s.at == s.end;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool uuid_parse(const char *text, size_t size, lymph_uuid *out)
{
    int n = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '-')
            continue;
        int digit = hex_digit(text[i]);
        if (digit < 0 || n == 32)
            return false;
        uint8_t *byte = &out->bytes[n / 2];
        *byte = (uint8_t)(n % 2 ? *byte | digit : digit << 4);
        n++;
    }
    return n == 32;
}

/* [sign] digits [. digits] [E [sign] digits], or NaN and Infinity, which Python's Decimal has too. */
bool decimal_valid(const char *text, size_t size)
{
    const char *at = text, *end = text + size;
    if (at < end && (*at == '+' || *at == '-'))
        at++;
    size_t rest = (size_t)(end - at);
    if ((rest == 3 && memcmp(at, "NaN", 3) == 0) || (rest == 8 && memcmp(at, "Infinity", 8) == 0))
        return true;
    int count = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        count++;
    if (at < end && *at == '.')
        for (at++; at < end && *at >= '0' && *at <= '9'; at++)
            count++;
    if (!count)
        return false;
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        if (at == end)
            return false;
        while (at < end && *at >= '0' && *at <= '9')
            at++;
    }
    return at == end;
}

/* ---- names ---- */

static const struct {
    int kind;
    const char *name;
} names[] = {
    {LYMPH_VALUE_SET, "set"},
    {LYMPH_VALUE_DATETIME, "datetime"},
    {LYMPH_VALUE_DATE, "date"},
    {LYMPH_VALUE_TIME, "time"},
    {LYMPH_VALUE_DECIMAL, "Decimal"},
    {LYMPH_VALUE_UUID, "UUID"},
    {LYMPH_VALUE_UNDEFINED, "UndefinedType"},
};

const char *form_name(int kind)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].kind == kind)
            return names[i].name;
    return NULL;
}

int form_kind(const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].name) == size && memcmp(names[i].name, name, size) == 0)
            return names[i].kind;
    return LYMPH_VALUE_NIL;
}

bool form_valid(int kind, const char *text, size_t size)
{
    union {
        lymph_datetime datetime;
        lymph_date date;
        lymph_time time;
        lymph_uuid uuid;
    } out;
    switch (kind) {
    case LYMPH_VALUE_DATETIME:
        return datetime_parse(text, size, &out.datetime);
    case LYMPH_VALUE_DATE:
        return date_parse(text, size, &out.date);
    case LYMPH_VALUE_TIME:
        return time_parse(text, size, &out.time);
    case LYMPH_VALUE_UUID:
        return uuid_parse(text, size, &out.uuid);
    case LYMPH_VALUE_DECIMAL:
        return decimal_valid(text, size);
    default:
        return kind == LYMPH_VALUE_UNDEFINED;
    }
}
