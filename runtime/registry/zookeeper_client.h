/* zookeeper_client.h: libzookeeper_mt for coroutines. The library calls back on its own threads; its callbacks only
 * copy what they are given into a letter for the loop. Every operation waits, bounded by the client's timeout.
 *
 * Statuses: LYMPH_ELOOKUP: no such node (or parent), LYMPH_ESTATE: the node is there already, LYMPH_EBACKEND,
 * LYMPH_ENOMEM, LYMPH_ECANCELED: the client is being closed. */
#ifndef REGISTRY_ZOOKEEPER_CLIENT_H
#define REGISTRY_ZOOKEEPER_CLIENT_H

#include "core/arena.h"
#include "core/failure.h"
#include "core/log.h"
#include "fiber/loop.h"

typedef struct zk_client zk_client;
typedef struct zk_request zk_request;

typedef struct zk_client_options {
    const char *hosts;  /* "h1:2181,h2:2181" */
    int64_t timeout_us; /* of each operation, connecting included */
    int session_ms;
    void (*node_changed)(void *arg, const char *path); /* a watch fired; on the loop */
    void (*session_began)(void *arg);                  /* connected, or connected again; on the loop */
    void *arg;
} zk_client_options;

typedef struct zk_strings {
    const char **items; /* sorted, in the arena */
    size_t count;
} zk_strings;

typedef struct zk_bytes {
    const char *data; /* with a NUL behind it, in the arena */
    size_t size;
} zk_bytes;

/* Connects with the first operation. The options are copied, their texts too. */
lymph_status zk_client_open(loop *l, const zk_client_options *o, logger *log, zk_client **out, failure *f);

/* Operations that wait for a connection end with LYMPH_ECANCELED, as later ones do; what was asked is still answered.
 */
void zk_client_stop(zk_client *c);

/* Ends the session, so that its ephemeral nodes go, and frees all. May take 3 s when the server is silent. NULL is
 * fine. */
void zk_client_close(zk_client *c);

lymph_status zk_children(zk_client *c, const char *path, bool watch, arena *a, zk_strings *out, failure *f);

/* A node's value, watched; in two steps, so that many can be under way. `end` must be called once for each begun one.
 */
lymph_status zk_get_begin(zk_client *c, const char *path, zk_request **out, failure *f);
lymph_status zk_get_end(zk_client *c, zk_request *r, arena *a, zk_bytes *out, failure *f);

lymph_status zk_create(zk_client *c, const char *path, const char *value, bool ephemeral, failure *f);
lymph_status zk_set(zk_client *c, const char *path, const char *value, failure *f);
lymph_status zk_delete(zk_client *c, const char *path, failure *f);             /* does not wait for a connection */
lymph_status zk_is_ours(zk_client *c, const char *path, bool *out, failure *f); /* made by this session */

#endif
