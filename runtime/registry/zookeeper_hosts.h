/* zookeeper_hosts.h: where ZooKeeper is, in the form that kazoo takes: "zk1,zk2:2182,[::1]:2183/chroot". */
#ifndef REGISTRY_ZOOKEEPER_HOSTS_H
#define REGISTRY_ZOOKEEPER_HOSTS_H

#include "core/arena.h"
#include "core/failure.h"

typedef struct zk_host {
    const char *name; /* a name or an address, without brackets */
    const char *port; /* digits; 2181 when left out */
} zk_host;

typedef struct zk_hosts {
    zk_host *items; /* at least one */
    size_t count;
    const char *text; /* "zk1:2181,zk2:2182,[::1]:2183": for messages */
    const char *root; /* "/chroot", without a slash at its end; NULL: none was given */
} zk_hosts;

/* Everything is allocated in the arena. LYMPH_ECONFIG (the failure says what is wrong with which host), LYMPH_ENOMEM.
 */
lymph_status zk_hosts_parse(arena *a, const char *text, zk_hosts *out, failure *f);

#endif
