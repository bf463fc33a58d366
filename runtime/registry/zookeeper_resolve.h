/* zookeeper_resolve.h: the addresses behind ZooKeeper's hosts. A resolver can block for half a minute, so names are
 * looked up on a thread; what consists of addresses only is done at once. */
#ifndef REGISTRY_ZOOKEEPER_RESOLVE_H
#define REGISTRY_ZOOKEEPER_RESOLVE_H

#include "fiber/mailbox.h"
#include "registry/zookeeper_hosts.h"

typedef struct zk_resolution zk_resolution;

/* `addresses`: as zookeeper_init takes them, of those hosts that have some; NULL: none has. `problem`: "" or which host
 * is left out, and why. Both are borrowed during the call. */
typedef void (*zk_resolved)(void *arg, const char *addresses, const char *problem);

/* Calls `done` on the loop, once, perhaps before it returns; then *out is NULL. LYMPH_ENOMEM, LYMPH_ESYSTEM: it does
 * not call. */
lymph_status zk_resolve(const zk_hosts *hosts, mailbox *m, zk_resolved done, void *arg, zk_resolution **out,
                        failure *f);

/* `done` will not be called, and the mailbox is not touched any more. NULL is fine. */
void zk_resolve_abandon(zk_resolution *r);

#endif
