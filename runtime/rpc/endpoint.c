#include "rpc/endpoint.h"

#include <arpa/inet.h>
#include <string.h>

static bool host_char(char c, bool bracketed)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_' || (bracketed && (c == ':' || c == '%'));
}

/* Digits and dots alone are meant as an address; as a name they would be looked up, in vain. */
static bool host_valid(const char *host, size_t size)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr address;
    for (size_t i = 0; i < size; i++)
        if (host[i] != '.' && (host[i] < '0' || host[i] > '9'))
            return true;
    if (size >= sizeof text)
        return false;
    memcpy(text, host, size);
    text[size] = '\0';
    return inet_pton(AF_INET, text, &address) == 1;
}

bool endpoint_valid(const char *text, size_t size)
{
    static const char scheme[] = "tcp://";
    if (size < sizeof scheme || size > ENDPOINT_MAX || memcmp(text, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *at = text + sizeof scheme - 1, *end = text + size;
    bool bracketed = *at == '[';
    if (bracketed)
        at++;
    const char *host = at;
    while (at < end && host_char(*at, bracketed))
        at++;
    if (at == host || (!bracketed && !host_valid(host, (size_t)(at - host))))
        return false;
    if (bracketed && (at == end || *at++ != ']'))
        return false;
    if (at == end || *at++ != ':')
        return false;
    unsigned port = 0;
    if (end - at < 1 || end - at > 5)
        return false;
    for (; at < end; at++) {
        if (*at < '0' || *at > '9')
            return false;
        port = port * 10 + (unsigned)(*at - '0');
    }
    return port >= 1 && port <= 65535;
}

bool endpoint_numeric(const char *text, size_t size)
{
    if (!endpoint_valid(text, size))
        return false;
    char host[INET6_ADDRSTRLEN];
    unsigned char address[sizeof(struct in6_addr)];
    const char *begin = text + sizeof "tcp://" - 1, *end = memrchr(text, ':', size);
    bool bracketed = *begin == '[';
    begin += bracketed;
    end -= bracketed;
    size_t length = (size_t)(end - begin);
    if (length >= sizeof host)
        return false;
    memcpy(host, begin, length);
    host[length] = '\0';
    return inet_pton(bracketed ? AF_INET6 : AF_INET, host, address) == 1;
}
