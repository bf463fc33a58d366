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
    const char *hosts;  /* as zk_hosts_parse takes them, without a chroot */
    int64_t timeout_us; /* of each operation, connecting included */
    int session_ms;
    void (*node_changed)(void *arg, const char *path); /* a watch fired; on the loop */
    /* Connected, connected again, or a watch was lost for lack of memory: what is known may be out of date; on the
     * loop. */
    void (*session_began)(void *arg);
    void *arg;
} zk_client_options;

typedef struct zk_strings {
    const char **items; /* sorted, in the arena */
    size_t count;
} zk_strings;

typedef struct zk_bytes {
    const char *data; /* with a NUL behind it, in the arena */
    size_t size;
    int64_t owner; /* the session whose ephemeral node it is; 0: nobody's */
    int version;
} zk_bytes;

/* Connects with the first operation; names are resolved on a thread, again and again until they can be. When there has
 * been no connection for longer than a session lasts, a new session is begun: a server that has lost its data refuses
 * the old one for ever. LYMPH_ECONFIG: the hosts; LYMPH_ENOMEM. The options are copied, their texts too. */
lymph_status zk_client_open(loop *l, const zk_client_options *o, logger *log, zk_client **out, failure *f);

/* All operations that wait end with LYMPH_ECANCELED, as later ones do. */
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
lymph_status zk_delete(zk_client *c, const char *path, failure *f); /* does not wait for a connection */
/* Deletes the node of that version and makes an ephemeral one, in one step. LYMPH_ELOOKUP, LYMPH_ESTATE: somebody was
 * faster; look again. */
lymph_status zk_replace(zk_client *c, const char *path, int version, const char *value, failure *f);

int64_t zk_session(const zk_client *c); /* what our nodes' `owner` is; 0: none */

/* Why there is no connection; NULL: there is one, or nothing is known. Good until the next wait. */
const char *zk_trouble(const zk_client *c);

#endif
