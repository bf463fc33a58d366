#include "registry/zookeeper_hosts.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/slice.h"

#define DEFAULT_PORT "2181"

static slice trim(slice s)
{
    while (s.size && isspace((unsigned char)*s.at))
        s = (slice){s.at + 1, s.size - 1};
    while (s.size && isspace((unsigned char)s.at[s.size - 1]))
        s.size--;
    return s;
}

static bool port_valid(slice port)
{
    long number = 0;
    for (size_t i = 0; i < port.size && number <= 65535; i++) {
        if (!isdigit((unsigned char)port.at[i]))
            return false;
        number = 10 * number + port.at[i] - '0';
    }
    return number >= 1 && number <= 65535;
}

/* An address with colons stands in brackets when a port follows it. */
static bool split(slice text, slice *name, slice *port)
{
    *port = (slice){DEFAULT_PORT, sizeof DEFAULT_PORT - 1};
    const char *colon = memchr(text.at, ':', text.size), *end = text.at + text.size;
    if (*text.at == '[') {
        const char *close = memchr(text.at, ']', text.size);
        if (!close || (close + 1 < end && close[1] != ':'))
            return false;
        *name = (slice){text.at + 1, (size_t)(close - text.at - 1)};
        colon = close + 1 < end ? close + 1 : NULL;
    } else if (colon && memchr(colon + 1, ':', (size_t)(end - colon - 1))) {
        *name = text;
        colon = NULL;
    } else {
        *name = (slice){text.at, (size_t)((colon ? colon : end) - text.at)};
    }
    if (colon)
        *port = (slice){colon + 1, (size_t)(end - colon - 1)};
    return name->size > 0;
}

static lymph_status parse_host(arena *a, slice text, zk_host *out, failure *f)
{
    slice name, port;
    if (!text.size)
        return failure_set(f, LYMPH_ECONFIG, "a host is empty; hosts look like 'zk1,zk2:2182/chroot'");
    if (!split(text, &name, &port))
        return failure_set(f, LYMPH_ECONFIG, "'%.*s' is no host; hosts look like 'zk1,zk2:2182,[::1]:2183/chroot'",
                           (int)text.size, text.at);
    if (!port_valid(port))
        return failure_set(f, LYMPH_ECONFIG, "'%.*s': the port is a number from 1 to 65535", (int)text.size, text.at);
    out->name = arena_strndup(a, name.at, name.size);
    out->port = arena_strndup(a, port.at, port.size);
    return out->name && out->port ? LYMPH_OK : failure_set(f, LYMPH_ENOMEM, "out of memory");
}

static lymph_status parse_root(arena *a, const char *text, const char **root, failure *f)
{
    slice s = trim((slice){text, strlen(text)});
    while (s.size && s.at[s.size - 1] == '/')
        s.size--;
    *root = s.size ? arena_strndup(a, s.at, s.size) : NULL;
    if (s.size && !*root)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    if (*root && (strstr(*root, "//") || strchr(*root, ',')))
        return failure_set(f, LYMPH_ECONFIG, "'%s' is no chroot: it stands once, behind the last host", *root);
    return LYMPH_OK;
}

lymph_status zk_hosts_parse(arena *a, const char *text, zk_hosts *out, failure *f)
{
    size_t size = strcspn(text, "/"), count = 1;
    for (size_t i = 0; i < size; i++)
        count += text[i] == ',';
    *out = (zk_hosts){.items = arena_zalloc_array(a, count, sizeof *out->items), .text = ""};
    lymph_status st = out->items ? parse_root(a, text + size, &out->root, f) : LYMPH_ENOMEM;
    for (const char *at = text; out->count < count && !st; at += strcspn(at, ",") + 1) {
        size_t left = size - (size_t)(at - text), comma = strcspn(at, ",");
        zk_host *h = &out->items[out->count];
        st = parse_host(a, trim((slice){at, comma < left ? comma : left}), h, f);
        if (st)
            break;
        bool brackets = strchr(h->name, ':') != NULL;
        out->text = arena_printf(a, "%s%s%s%s%s:%s", out->text, out->count++ ? "," : "", brackets ? "[" : "", h->name,
                                 brackets ? "]" : "", h->port);
        st = out->text ? LYMPH_OK : LYMPH_ENOMEM;
    }
    return st == LYMPH_ENOMEM ? failure_set(f, st, "out of memory") : st;
}
