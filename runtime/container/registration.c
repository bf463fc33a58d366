/* registration.c: what an instance publishes of itself: the original's keys, in its order (protocol.md section 3). */
#include <netdb.h>
#include <string.h>
#include <unistd.h>

#include "container/container.h"

/* As Python's getfqdn does: the name itself if it has a dot, else the canonical name that the resolver gives. */
static const char *full_name(arena *a, const char *host)
{
    struct addrinfo hints = {.ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM}, *found = NULL;
    const char *name = host;
    if (!strchr(host, '.') && getaddrinfo(host, NULL, &hints, &found) == 0 && found && found->ai_canonname)
        name = arena_strndup(a, found->ai_canonname, strlen(found->ai_canonname));
    if (found)
        freeaddrinfo(found);
    return name;
}

const char *registration_json(container *c, arena *a, const installed *i, identity id)
{
    char host[256] = "localhost";
    if (gethostname(host, sizeof host - 1))
        strcpy(host, "localhost");
    identity_of_interface(c->identity, i->name, i->version, i->builtin, id);
    const lymph_entry entries[] = {
        {lymph_string("id"), lymph_string(id)},
        {lymph_string("identity"), lymph_string(c->identity)},
        {lymph_string("version"), lymph_string(i->version)},
        {lymph_string("endpoint"), lymph_string(transport_endpoint(c->transport))},
        {lymph_string("log_endpoint"), lymph_nil()},
        {lymph_string("monitoring_endpoint"), lymph_nil()},
        {lymph_string("backdoor_endpoint"), lymph_nil()},
        {lymph_string("fqdn"), lymph_string(full_name(a, host))},
        {lymph_string("hostname"), lymph_string(host)},
        {lymph_string("ip"), lymph_string(c->ip)},
        {lymph_string("type"), lymph_bool(false)},
    };
    lymph_value map = lymph_map(entries, sizeof entries / sizeof *entries);
    const char *json = NULL;
    return json_print(a, &map, LYMPH_JSON_ASCII, &json, NULL) ? NULL : json;
}
