/* registry.h: discovery. Keeps what is known of each service that was asked for, up to date, above a backend that
 * stores registrations: ZooKeeper, or the embedded `local`.
 *
 * All functions are called on the loop's thread; those marked "waits" need a coroutine or the plain program. */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>

#include <lymph/types.h>

#include "core/arena.h"
#include "config/config.h"
#include "core/failure.h"
#include "core/log.h"
#include "fiber/loop.h"

typedef struct registry registry;
typedef struct registry_backend registry_backend;

/* One instance of a service, as read from its registration. Owned by the registry. */
typedef struct instance {
    char *id;       /* name of the registration */
    char *identity; /* from the JSON, else MD5 of the endpoint tuple */
    char *version;  /* NULL: unversioned */
    char *endpoint;
    char *json; /* the registration's text, whole */
} instance;

/* A service that was asked for at least once; lives as long as the registry. */
typedef struct service {
    char *name;
    instance **instances; /* sorted by id, so that all readers see the same order */
    size_t count;
    size_t turn;         /* round robin: for the caller to advance */
    bool known;          /* false: no such service */
    bool watched;        /* the backend keeps this entry up to date */
    unsigned generation; /* grows whenever the instances change; old instance pointers are then dead */
} service;

/* Opens the backend named by `config` (container.registry; NULL: local): the `class` key with the original's names
 * (lymph.discovery.zookeeper:ZookeeperServiceRegistry, lymph.discovery.static:StaticServiceRegistryHub is LYMPH_ECONFIG
 * with what to use instead) or ours (zookeeper, local). Connects to nothing yet. */
lymph_status registry_open(loop *l, const config_node *config, logger *log, registry **out, failure *f);

/* Whoever waits here, or comes later and would have to wait, is told LYMPH_ECANCELED. What is known stays known. NULL
 * is fine. */
void registry_stop(registry *r);

/* Stops it, takes back what was added, and frees all. No coroutine may be in one of these functions. NULL is fine. */
void registry_close(registry *r);

/* The service's entry, kept up to date from now on. The first look-up of a name waits, until `deadline_us` at most;
 * later ones return at once. While the backend is unreachable a known entry stays in use (stale beats nothing).
 * LYMPH_ELOOKUP: no such service (asked again each time); LYMPH_EBACKEND: the registry cannot be reached, `f` says how;
 * LYMPH_ETIMEDOUT: not by the deadline (what was asked goes on). */
lymph_status registry_lookup(registry *r, const char *name, int64_t deadline_us, service **out, failure *f);

/* Whether an instance of a service that was looked up has this endpoint. */
bool registry_names_endpoint(const registry *r, const char *endpoint);

/* Publishes an instance as services/NAME/ID with the value `json`. Added again by itself after a lost session, until
 * that has worked. Waits. */
lymph_status registry_add(registry *r, const char *name, const char *id, const char *json, failure *f);

/* The same as http/NAME/ID, where ZooKeeper's readers, such as the original's, look for web servers. Nothing is done in
 * the embedded registry, where nobody would. */
lymph_status registry_add_http(registry *r, const char *name, const char *id, const char *json, failure *f);

/* Takes back all that was added, and tries again until that has worked, the deadline is over or the registry stopped.
 * Waits, but not for a lost connection: then what was added goes with the session (LYMPH_EUNREACHABLE). First step of
 * shutdown. */
lymph_status registry_remove_all(registry *r, int64_t deadline_us, failure *f);

/* Names of all services, sorted, in the arena. Waits. */
lymph_status registry_names(registry *r, arena *a, lymph_string_list *names, failure *f);

/* Where the registrations are, for messages: "the folder /run/lymph/default". Asks nobody. In the arena; NULL: out of
 * memory. */
const char *registry_place(const registry *r, arena *a);

/* ---- for backends ---- */

struct registry_backend {
    const char *name;
    bool has_http; /* names may begin with "http/" (registry_add_http) */
    lymph_status (*open)(registry *r, const config_node *config, void **state, failure *f); /* does not connect */
    lymph_status (*add)(void *state, const char *name, const char *id, const char *json, failure *f);
    /* LYMPH_EUNREACHABLE: there is no connection, to try again is no use. */
    lymph_status (*remove)(void *state, const char *name, const char *id, failure *f);
    /* Reads the instances of `name`, hands them to registry_publish, and does so again whenever they change. */
    lymph_status (*watch)(void *state, const char *name, failure *f);
    lymph_status (*names)(void *state, arena *a, lymph_string_list *names, failure *f);
    const char *(*place)(const void *state, arena *a); /* as registry_place */
    const char *(*trouble)(void *state); /* why it does not answer now; NULL, or returns NULL: nothing is known */
    void (*stop)(void *state);           /* what waits in it ends with LYMPH_ECANCELED; NULL: nothing ever waits */
    void (*close)(void *state);
};

/* As registry_open, on this backend; the other is on one of ours. */
lymph_status registry_open_on(const registry_backend *backend, loop *l, const config_node *section, logger *log,
                              registry **out, failure *f);

extern const registry_backend registry_zookeeper;
extern const registry_backend registry_store;
extern const registry_backend registry_memory;

/* What a backend read of one service: `known` false when there is none of that name. Pairs of id and JSON text are
 * borrowed during the call; an entry whose JSON is bad or has no endpoint is logged and left out. */
typedef struct registration {
    const char *id;
    const char *json;
    size_t json_size;
} registration;
void registry_publish(registry *r, const char *name, bool known, const registration *entries, size_t count);

/* Adds again what was added and reads again what is watched (after a new session), in a coroutine, until it has worked.
 */
void registry_refresh(registry *r);

/* Something that was added may be gone: adds it again, as above, but at most once a second. */
void registry_lost(registry *r);

loop *registry_loop(registry *r);
logger *registry_log(registry *r);

#endif
