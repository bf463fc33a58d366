/* registration.c: what an instance publishes of itself: the original's keys, in its order (protocol.md section 3). */
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "container/registration.h"
#include "container/web.h"

/* As Python's getfqdn does: of the names that the host's address has, the first with a dot, else the first. Looked up
 * once: a resolver may take seconds. */
static const char *full_name(const char *machine)
{
    static _Thread_local char name[256];
    if (name[0])
        return name;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    struct hostent entry, *names = NULL;
    char buffer[4096];
    int error;
    if (getaddrinfo(machine, NULL, &hints, &found) == 0) {
        bool v6 = found->ai_family == AF_INET6;
        const void *address = v6 ? (void *)&((struct sockaddr_in6 *)found->ai_addr)->sin6_addr
                                 : (void *)&((struct sockaddr_in *)found->ai_addr)->sin_addr;
        if (gethostbyaddr_r(address, v6 ? 16 : 4, found->ai_family, &entry, buffer, sizeof buffer, &names, &error))
            names = NULL;
        freeaddrinfo(found);
    }
    const char *best = names ? names->h_name : machine;
    for (char **alias = names ? names->h_aliases : NULL; alias && *alias && !strchr(best, '.'); alias++)
        if (strchr(*alias, '.'))
            best = *alias;
    snprintf(name, sizeof name, "%s", best);
    return name;
}

static void machine_name(char out[256])
{
    if (gethostname(out, 255))
        strcpy(out, "localhost");
    out[255] = '\0';
}

static const char *print_map(arena *a, const lymph_entry *entries, size_t count)
{
    lymph_value map = lymph_map(entries, count);
    const char *json = NULL;
    return json_print(a, &map, LYMPH_JSON_ASCII, &json, NULL) ? NULL : json;
}

const char *registration_json(const container *c, arena *a, const installed *i, identity id)
{
    char machine[256];
    const uint16_t port = web_port(c, i);
    machine_name(machine);
    identity_of_interface(c->host.identity, i->name, i->version, i->builtin, id);
    lymph_entry entries[12] = {
        {lymph_string("id"), lymph_string(id)},
        {lymph_string("identity"), lymph_string(c->host.identity)},
        {lymph_string("version"), lymph_string(i->version)},
    };
    size_t count = 3;
    if (port)
        entries[count++] = (lymph_entry){lymph_string("http_port"), lymph_int(port)};
    const lymph_entry others[] = {
        {lymph_string("endpoint"), lymph_string(transport_endpoint(c->host.transport))},
        {lymph_string("log_endpoint"), lymph_nil()},
        {lymph_string("monitoring_endpoint"), lymph_nil()},
        {lymph_string("backdoor_endpoint"), lymph_nil()},
        {lymph_string("fqdn"), lymph_string(full_name(machine))},
        {lymph_string("hostname"), lymph_string(machine)},
        {lymph_string("ip"), lymph_string(c->settings.ip)},
        {lymph_string("type"), lymph_bool(false)},
    };
    memcpy(entries + count, others, sizeof others);
    return print_map(a, entries, count + sizeof others / sizeof *others);
}

const char *registration_http_json(const container *c, arena *a, const installed *i, identity id)
{
    char machine[256];
    machine_name(machine);
    identity_of_interface(c->host.identity, i->name, i->version, i->builtin, id);
    const lymph_entry entries[] = {
        {lymph_string("id"), lymph_string(id)},
        {lymph_string("identity"), lymph_string(c->host.identity)},
        {lymph_string("version"), lymph_string(i->version)},
        {lymph_string("hostname"), lymph_string(machine)},
        {lymph_string("ip"), lymph_string(c->settings.ip)},
        {lymph_string("http_port"), lymph_int(web_port(c, i))},
    };
    return print_map(a, entries, sizeof entries / sizeof *entries);
}
