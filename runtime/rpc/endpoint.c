#include "rpc/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
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

slice endpoint_host(const char *text)
{
    const char *begin = text + sizeof "tcp://" - 1, *end = strrchr(text, ':');
    bool bracketed = *begin == '[';
    begin += bracketed;
    end -= bracketed;
    return (slice){begin, (size_t)(end - begin)};
}

bool endpoint_address(const char *text, size_t size, struct sockaddr_storage *out, socklen_t *out_size)
{
    if (!endpoint_valid(text, size))
        return false;
    char whole[ENDPOINT_MAX + 1], host[INET6_ADDRSTRLEN];
    memcpy(whole, text, size);
    whole[size] = '\0';
    slice name = endpoint_host(whole);
    if (name.size >= sizeof host)
        return false;
    memcpy(host, name.at, name.size);
    host[name.size] = '\0';
    in_port_t port = htons((uint16_t)atoi(strrchr(whole, ':') + 1));
    memset(out, 0, sizeof *out);
    if (name.at[-1] == '[') {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
        v6->sin6_family = AF_INET6;
        v6->sin6_port = port;
        *out_size = sizeof *v6;
        return inet_pton(AF_INET6, host, &v6->sin6_addr) == 1;
    }
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    v4->sin_family = AF_INET;
    v4->sin_port = port;
    *out_size = sizeof *v4;
    return inet_pton(AF_INET, host, &v4->sin_addr) == 1;
}

bool endpoint_numeric(const char *text, size_t size)
{
    struct sockaddr_storage address;
    socklen_t address_size;
    return endpoint_address(text, size, &address, &address_size);
}
