#include "events/amqp_url.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "core/slice.h"

static int hex(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

/* An empty part means that nothing was said. */
static lymph_status take(arena *a, slice part, const char **out, failure *f)
{
    *out = NULL;
    if (!part.size)
        return LYMPH_OK;
    char *to = arena_alloc(a, part.size + 1);
    if (!to)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    *out = to;
    for (size_t i = 0; i < part.size; i++) {
        bool coded = part.at[i] == '%' && i + 2 < part.size && hex(part.at[i + 1]) >= 0 && hex(part.at[i + 2]) >= 0;
        *to++ = coded ? (char)(hex(part.at[i + 1]) * 16 + hex(part.at[i + 2])) : part.at[i];
        if (coded)
            i += 2;
        if (!to[-1])
            return failure_set(f, LYMPH_ECONFIG, "the address of RabbitMQ holds a NUL character (%%00)");
    }
    *to = '\0';
    return LYMPH_OK;
}

static bool port_of(slice digits, int *out)
{
    int number = 0;
    for (size_t i = 0; i < digits.size && number <= 65535; i++) {
        if (!isdigit((unsigned char)digits.at[i]))
            return false;
        number = 10 * number + digits.at[i] - '0';
    }
    *out = number;
    return !digits.size || (number >= 1 && number <= 65535);
}

static const char no_host[] = "the address of RabbitMQ has no host with a port from 1 to 65535; it looks like "
                              "amqp://USER:PASSWORD@HOST:PORT/VHOST "
                              "(in USER and PASSWORD, '/' is written %2F, '@' %40, ':' %3A, '?' %3F and '#' %23)";

/* HOST, HOST:PORT, [ADDRESS]:PORT, or an IPv6 address alone. */
static lymph_status take_host(arena *a, slice text, amqp_url *out, failure *f)
{
    const char *end = text.at + text.size, *colon = memchr(text.at, ':', text.size);
    slice host = text, port = {end, 0};
    const char *close = text.size && *text.at == '[' ? memchr(text.at, ']', text.size) : NULL;
    if (close) {
        host = (slice){text.at + 1, (size_t)(close - text.at - 1)};
        colon = close + 1 < end ? close + 1 : NULL;
    } else if (colon && memchr(colon + 1, ':', (size_t)(end - colon - 1))) {
        colon = NULL;
    } else if (colon) {
        host.size = (size_t)(colon - text.at);
    }
    if (colon)
        port = (slice){colon + 1, (size_t)(end - colon - 1)};
    if ((colon && *colon != ':') || !port_of(port, &out->port) || memchr(text.at, '@', text.size))
        return failure_set(f, LYMPH_ECONFIG, "%s", no_host); /* not the text: a password may be in it */
    return take(a, host, &out->host, f);
}

static lymph_status take_user(arena *a, slice text, amqp_url *out, failure *f)
{
    const char *colon = memchr(text.at, ':', text.size);
    size_t size = colon ? (size_t)(colon - text.at) : text.size;
    lymph_status st = take(a, (slice){text.at, size}, &out->user, f);
    if (!st && colon)
        st = take(a, (slice){colon + 1, text.size - size - 1}, &out->password, f);
    return st;
}

lymph_status amqp_url_parse(arena *a, const char *text, amqp_url *out, failure *f)
{
    *out = (amqp_url){0};
    const char *scheme_end = strstr(text, "://");
    if (!scheme_end)
        return take_host(a, (slice){text, strlen(text)}, out, f);
    slice scheme = {text, (size_t)(scheme_end - text)};
    if (scheme.size == 5 && memcmp(text, "amqps", 5) == 0)
        return failure_set(f, LYMPH_ECONFIG, "amqps:// (TLS) is not supported; there is amqp://");
    if (!(scheme.size == 4 && memcmp(text, "amqp", 4) == 0) && !(scheme.size == 6 && memcmp(text, "pyamqp", 6) == 0))
        return failure_set(f, LYMPH_ECONFIG, "%.*s:// is not supported; there is amqp://", (int)scheme.size, text);
    const char *authority = scheme_end + 3;
    slice rest = {authority, strcspn(authority, "/?#")};
    const char *path = authority + rest.size, *at = memrchr(rest.at, '@', rest.size);
    if (path[strcspn(path, "?#")])
        return failure_set(f, LYMPH_ECONFIG,
                           "what stands behind '?' or '#' in the address of RabbitMQ is not supported; write it as "
                           "keys beside hostname");
    lymph_status st = LYMPH_OK;
    if (at) {
        st = take_user(a, (slice){rest.at, (size_t)(at - rest.at)}, out, f);
        rest = (slice){at + 1, rest.size - (size_t)(at + 1 - rest.at)};
    }
    if (!st)
        st = take_host(a, rest, out, f);
    if (!st && *path)
        st = take(a, (slice){path + 1, strlen(path + 1)}, &out->vhost, f);
    return st;
}
