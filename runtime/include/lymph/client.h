/* client.h: calls, events and discovery without generated code, for tools and gateways. */
#ifndef LYMPH_API_CLIENT_H
#define LYMPH_API_CLIENT_H

#include <lymph/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Calls "Service.method" or "Service.method@1.2" with a map of parameters. lymph_with(ctx, .address = …) sends it to an
 * endpoint or to another service's instance. Errors: as lymph_call; LYMPH_EINVAL also for a subject without a dot. */
lymph_status lymph_request(lymph_ctx *ctx, const char *subject, lymph_value params, lymph_value *result);

/* Headers of the reply to this context's last lymph_request: a map, as sent; nil if there was none. */
lymph_value lymph_reply_headers(const lymph_ctx *ctx);

/* Emits an event of any type and body, declared or not. Errors: the usual ones; LYMPH_EINVAL, LYMPH_ELIMIT,
 * LYMPH_EBACKEND and LYMPH_ESYSTEM for the reasons of lymph_emit; LYMPH_EINVAL also for a type that is none. */
lymph_status lymph_emit_value(lymph_ctx *ctx, const char *type, lymph_value body);

/* An event as received. Borrowed until the handler returns. */
typedef struct lymph_event {
    const char *type;
    const char *source; /* identity of the emitter; "" if unknown */
    lymph_value headers;
    lymph_value body;
} lymph_event;

/* Receives events of `patterns` (with * and #) on a queue of its own that vanishes with the program. `handler` runs in
 * a coroutine; an event is acknowledged when it returns LYMPH_OK, else rejected. Serve with lymph_run. Errors: the
 * usual ones; LYMPH_EINVAL: a pattern that is none; LYMPH_EBACKEND: the broker or the store. */
lymph_status lymph_subscribe(lymph_ctx *root, const char *const *patterns, size_t count,
                             lymph_status (*handler)(lymph_ctx *ctx, const lymph_event *event, void *arg), void *arg);

/* One registered instance of a service. */
typedef struct lymph_instance {
    const char *id;       /* of this registration; the name of its znode */
    const char *identity; /* of the process; the MD5 of its endpoint when it does not say */
    const char *version;  /* NULL: unversioned */
    const char *endpoint;
    lymph_value fields; /* everything that it published, a map in the order published */
} lymph_instance;
typedef struct lymph_instance_list {
    const lymph_instance *items;
    size_t count;
} lymph_instance_list;

/* Names of all services that the registry knows, sorted; also those without instances. Errors: the usual ones;
 * LYMPH_EBACKEND: the registry. */
lymph_status lymph_services(lymph_ctx *ctx, lymph_string_list *names);

/* The instances of a service now; an empty list: known, but nobody there. Errors: the usual ones; LYMPH_ELOOKUP:
 * unknown name; LYMPH_EINVAL: no name; LYMPH_EBACKEND: the registry. */
lymph_status lymph_lookup(lymph_ctx *ctx, const char *service, lymph_instance_list *instances);

/* Where this program looks for services, for messages: "the folder /run/user/1000/lymph/default", "ZooKeeper at
 * zk1:2181,zk2:2181/lymph". Asks nobody. In the context's memory. Errors: the usual ones. */
lymph_status lymph_cluster(lymph_ctx *ctx, const char **place);

/* "did you mean …?": the one of `known` (NULL-terminated) that is nearest to `text`, at most a third of its letters
 * away; NULL if none is. */
const char *lymph_suggest(const char *text, const char *const *known);

#ifdef __cplusplus
}
#endif
#endif
