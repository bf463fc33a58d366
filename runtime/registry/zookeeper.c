/* zookeeper.c: discovery in ZooKeeper, in the original's layout: an ephemeral node CHROOT/services/NAME/ID for each
 * interface of an instance, its value the registration's JSON.
 *
 * A watch fires once: whenever one does, the service is read and watched anew in one go. Our own nodes are watched,
 * too: what somebody deletes or changes is put back. A node that another session owns when ours begins is replaced in
 * one step: its name is made of our endpoint, so that session is a former life of ours, or another machine claims our
 * address, which is told. Whoever is replaced is told as well, and does not fight: it registers again when the node
 * goes. (The original deletes without looking.) */
#include <stdlib.h>
#include <string.h>

#include "config.lymph.h"
#include "codec/codec.h"
#include "config/decode.h"
#include "registry/registry.h"
#include "registry/zookeeper_client.h"
#include "registry/zookeeper_hosts.h"

#define CHILDREN_MAX 10000 /* instances of one service */

typedef struct watched {
    struct watched *next;
    struct zookeeper *owner;
    bool reading, again; /* being read; changed meanwhile */
    char name[];
} watched;

/* One of our own nodes. */
typedef struct own {
    struct own *next;
    int64_t session; /* in which it was ours; 0: in none */
    int64_t taken;   /* by which session, as was told; 0: by none */
    char path[];
} own;

typedef struct zookeeper {
    registry *registry;
    own *own;
    zk_client *client;
    char *hosts, *root; /* "zk1:2181,zk2:2181", "/lymph" */
    watched *watched;
    bool refresh_due;
} zookeeper;

static const char log_name[] = "lymph.discovery.zookeeper";

/* ---- reading ---- */

static lymph_status read_instances(zookeeper *z, arena *a, const char *path, zk_strings *ids, registration **out,
                                   size_t *count, failure *f)
{
    registration *entries = arena_zalloc_array(a, ids->count, sizeof *entries);
    zk_request **requests = arena_zalloc_array(a, ids->count, sizeof *requests);
    if (!entries || !requests)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    lymph_status st = LYMPH_OK;
    size_t sent = 0, kept = 0;
    /* All at once: one round trip for the whole service. */
    for (; sent < ids->count && !st; sent++) {
        const char *node = arena_printf(a, "%s/%s", path, ids->items[sent]);
        st = node ? zk_get_begin(z->client, node, &requests[sent], f) : failure_set(f, LYMPH_ENOMEM, "out of memory");
        if (st)
            break;
    }
    for (size_t i = 0; i < sent; i++) {
        zk_bytes value = {0};
        failure ignored;
        lymph_status one = zk_get_end(z->client, requests[i], a, &value, st ? &ignored : f);
        if (one == LYMPH_ELOOKUP)
            continue; /* gone since the children were listed */
        if (one && !st)
            st = one;
        if (!one)
            entries[kept++] = (registration){.id = ids->items[i], .json = value.data, .json_size = value.size};
    }
    *out = entries;
    *count = kept;
    return st;
}

static lymph_status read_service(zookeeper *z, const char *name, failure *f)
{
    arena a;
    arena_init(&a);
    registration *entries = NULL;
    size_t count = 0;
    zk_strings ids = {0};
    const char *path = arena_printf(&a, "%s/services/%s", z->root, name);
    lymph_status st =
        path ? zk_children(z->client, path, true, &a, &ids, f) : failure_set(f, LYMPH_ENOMEM, "out of memory");
    bool known = st != LYMPH_ELOOKUP;
    if (!known)
        st = LYMPH_OK;
    else if (!st && ids.count > CHILDREN_MAX)
        st = failure_set(f, LYMPH_ELIMIT, "%s has more than %d instances", name, CHILDREN_MAX);
    else if (!st)
        st = read_instances(z, &a, path, &ids, &entries, &count, f);
    if (!st)
        registry_publish(z->registry, name, known, entries, count);
    arena_done(&a);
    return st;
}

static void read_again(void *arg)
{
    watched *w = arg;
    zookeeper *z = w->owner;
    do {
        failure f = {0};
        w->again = false;
        lymph_status st = read_service(z, w->name, &f);
        if (!st)
            continue;
        if (st != LYMPH_ECANCELED) {
            log_complaint(registry_log(z->registry), LYMPH_WARNING, log_name, NULL, "failed look-ups",
                          slice_of(w->name), "cannot look up %s: %s", w->name, f.message);
            registry_refresh(z->registry); /* the watch is spent: nobody would tell of the next change */
        }
        break;
    } while (w->again);
    w->reading = false;
    loop_news_end(registry_loop(z->registry));
}

static void start_reading(watched *w)
{
    w->again = true;
    if (w->reading)
        return;
    w->reading = true;
    loop *l = registry_loop(w->owner->registry);
    loop_news_begin(l);
    if (loop_spawn(l, read_again, w)) {
        loop_news_end(l);
        w->reading = false;
        registry_refresh(w->owner->registry); /* the watch is spent */
    }
}

static watched *find(zookeeper *z, const char *name, size_t size)
{
    for (watched *w = z->watched; w; w = w->next)
        if (strlen(w->name) == size && memcmp(w->name, name, size) == 0)
            return w;
    return NULL;
}

static own *find_own(zookeeper *z, const char *path)
{
    own *o = z->own;
    while (o && strcmp(o->path, path) != 0)
        o = o->next;
    return o;
}

/* A watch fired on CHROOT/services/NAME or on a node below it. */
static void node_changed(void *arg, const char *path)
{
    zookeeper *z = arg;
    if (find_own(z, path))
        registry_lost(z->registry);
    size_t root = strlen(z->root);
    static const char services[] = "/services/";
    if (strncmp(path, z->root, root) != 0 || strncmp(path + root, services, sizeof services - 1) != 0)
        return;
    const char *name = path + root + sizeof services - 1;
    watched *w = find(z, name, strcspn(name, "/"));
    if (w)
        start_reading(w);
}

static void session_began(void *arg)
{
    zookeeper *z = arg;
    if (z->refresh_due)
        registry_refresh(z->registry);
    z->refresh_due = true; /* not for the very first one: nothing is there yet */
}

static lymph_status zk_watch(void *state, const char *name, failure *f)
{
    zookeeper *z = state;
    size_t size = strlen(name);
    if (!find(z, name, size)) {
        watched *w = calloc(1, sizeof *w + size + 1);
        if (!w)
            return failure_set(f, LYMPH_ENOMEM, "out of memory");
        strcpy(w->name, name);
        w->owner = z;
        w->next = z->watched;
        z->watched = w;
    }
    return read_service(z, name, f);
}

static lymph_status zk_names(void *state, arena *a, lymph_string_list *names, failure *f)
{
    zookeeper *z = state;
    zk_strings found = {0};
    const char *path = arena_printf(a, "%s/services", z->root);
    lymph_status st =
        path ? zk_children(z->client, path, false, a, &found, f) : failure_set(f, LYMPH_ENOMEM, "out of memory");
    if (st && st != LYMPH_ELOOKUP)
        return st;
    *names = (lymph_string_list){found.items, found.count};
    return LYMPH_OK;
}

/* ---- registering ---- */

static lymph_status make_parents(zookeeper *z, char *path, failure *f)
{
    lymph_status st = LYMPH_OK;
    for (char *slash = path + 1; (slash = strchr(slash, '/')) && !st; slash++) {
        *slash = '\0';
        st = zk_create(z->client, path, "", false, f);
        *slash = '/';
        if (st == LYMPH_ESTATE) /* there already */
            st = LYMPH_OK;
    }
    return st;
}

#define TRIES 10 /* others may write between our looking and our writing */

static lymph_status look(zookeeper *z, arena *a, const char *path, zk_bytes *out, failure *f)
{
    zk_request *r;
    lymph_status st = zk_get_begin(z->client, path, &r, f);
    return st ? st : zk_get_end(z->client, r, a, out, f);
}

static const char *host_in(arena *a, const char *json, size_t size)
{
    lymph_value fields = lymph_nil();
    const lymph_value *host = json_parse(a, json, size, &fields, NULL) ? NULL : lymph_get(fields, "hostname");
    const char *text = host ? lymph_text(*host) : NULL;
    return text ? text : "?";
}

/* Another session owns our node. LYMPH_OK: it stays, and is watched. */
static lymph_status meet(zookeeper *z, arena *a, own *o, const zk_bytes *theirs, const char *json, bool *stays,
                         failure *f)
{
    logger *log = registry_log(z->registry);
    const char *host = host_in(a, theirs->data, theirs->size);
    *stays = o->session == zk_session(z->client);
    if (*stays) {
        if (o->taken != theirs->owner)
            log_complaint(
                log, LYMPH_WARNING, log_name, NULL, "claims of two instances", slice_of(o->path),
                "%s was ours and has been taken over by another instance, on host %s: do two machines have the same "
                "address? It is registered again when that one ends",
                o->path, host);
        o->taken = theirs->owner;
        return LYMPH_OK;
    }
    if (strcmp(host, host_in(a, json, strlen(json))) == 0)
        log_line(log, LYMPH_INFO, log_name, NULL, "%s belongs to a former session and is replaced", o->path);
    else
        log_complaint(log, LYMPH_WARNING, log_name, NULL, "claims of two instances", slice_of(o->path),
                      "%s belongs to an instance on host %s and is replaced: do two machines have the same address?",
                      o->path, host);
    return zk_replace(z->client, o->path, theirs->version, json, f);
}

static lymph_status make(zookeeper *z, own *o, const char *json, failure *f)
{
    if (o->session && o->session == zk_session(z->client))
        log_complaint(registry_log(z->registry), LYMPH_WARNING, log_name, NULL, "lost registrations", slice_of(o->path),
                      "%s is gone; it is registered again", o->path);
    lymph_status st = zk_create(z->client, o->path, json, true, f);
    if (st != LYMPH_ELOOKUP)
        return st;
    st = make_parents(z, o->path, f);
    return st ? st : zk_create(z->client, o->path, json, true, f);
}

/* Ends with a look that shows the node as it should be, and that leaves a watch on it. */
static lymph_status put(zookeeper *z, arena *a, own *o, const char *json, failure *f)
{
    lymph_status st = LYMPH_OK;
    bool stays = false;
    for (int i = 0; i < TRIES && !st; i++) {
        zk_bytes now = {0};
        st = look(z, a, o->path, &now, f);
        if (st == LYMPH_ELOOKUP) {
            st = make(z, o, json, f);
        } else if (!st && now.owner == zk_session(z->client)) {
            o->session = now.owner;
            o->taken = 0;
            if (now.size == strlen(json) && memcmp(now.data, json, now.size) == 0)
                return LYMPH_OK;
            st = zk_set(z->client, o->path, json, f);
        } else if (!st) {
            st = meet(z, a, o, &now, json, &stays, f);
            if (!st && stays)
                return LYMPH_OK;
        }
        if (st == LYMPH_ESTATE || st == LYMPH_ELOOKUP) /* somebody was faster: look again */
            st = LYMPH_OK;
    }
    return st ? st : failure_set(f, LYMPH_EBACKEND, "somebody else keeps changing %s", o->path);
}

/* A name with a '/' begins with the space that it lies in. */
static char *path_of(const zookeeper *z, arena *a, const char *name, const char *id)
{
    return arena_printf(a, "%s/%s%s/%s", z->root, strchr(name, '/') ? "" : "services/", name, id);
}

static lymph_status zk_add(void *state, const char *name, const char *id, const char *json, failure *f)
{
    zookeeper *z = state;
    arena a;
    arena_init(&a);
    const char *path = path_of(z, &a, name, id);
    own *o = path ? find_own(z, path) : NULL;
    if (path && !o && (o = calloc(1, sizeof *o + strlen(path) + 1))) {
        strcpy(o->path, path);
        o->next = z->own;
        z->own = o;
    }
    lymph_status st = o ? put(z, &a, o, json, f) : failure_set(f, LYMPH_ENOMEM, "out of memory");
    arena_done(&a);
    return st;
}

static lymph_status zk_remove(void *state, const char *name, const char *id, failure *f)
{
    zookeeper *z = state;
    arena a;
    arena_init(&a);
    char *path = path_of(z, &a, name, id);
    const own *o = path ? find_own(z, path) : NULL;
    lymph_status st = !path           ? failure_set(f, LYMPH_ENOMEM, "out of memory")
                      : o && o->taken ? LYMPH_OK /* it is another's by now */
                                      : zk_delete(z->client, path, f);
    arena_done(&a);
    return st == LYMPH_ELOOKUP ? LYMPH_OK : st;
}

/* ---- opening and closing ---- */

/* A chroot may be the last of the list. */
static const char *join_hosts(arena *a, lymph_string_list list)
{
    const char *all = "";
    for (size_t i = 0; i < list.count && all; i++)
        all = arena_printf(a, "%s%s%s", all, *all && *list.items[i] != '/' ? "," : "", list.items[i]);
    return all;
}

/* `hosts`, or zkclient.hosts as the original has it. */
static lymph_status read_hosts(const config_node *section, const config_Zookeeper *s, arena *a, zk_hosts *out,
                               failure *f)
{
    const lymph_string_list *list = s->hosts ? s->hosts : s->zkclient.hosts;
    const config_node *n = config_get(section, s->hosts ? "hosts" : "zkclient.hosts");
    const char *all = list ? join_hosts(a, *list) : "127.0.0.1";
    if (!all)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    lymph_status st = zk_hosts_parse(a, all, out, f);
    return st && n ? failure_wrap(f, st, "%s:%u:%u: hosts: ", n->file, n->line, n->column) : st;
}

static const char *zk_place(const void *state, arena *a)
{
    const zookeeper *z = state;
    return arena_printf(a, "ZooKeeper at %s%s", z->hosts, z->root);
}

static void zk_stop(void *state)
{
    zookeeper *z = state;
    zk_client_stop(z->client);
}

static const char *zk_backend_trouble(void *state)
{
    zookeeper *z = state;
    return zk_trouble(z->client);
}

static void zk_backend_close(void *state)
{
    zookeeper *z = state;
    zk_client_close(z->client);
    while (z->watched) {
        watched *w = z->watched;
        z->watched = w->next;
        free(w);
    }
    while (z->own) {
        own *o = z->own;
        z->own = o->next;
        free(o);
    }
    free(z->hosts);
    free(z->root);
    free(z);
}

static lymph_status zk_open(registry *r, const config_node *section, void **state, failure *f)
{
    zookeeper *z = calloc(1, sizeof *z);
    if (!z)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    z->registry = r;
    arena a;
    arena_init(&a);
    zk_hosts hosts = {0};
    config_Zookeeper s;
    lymph_status st = config_decode(section, &config_Zookeeper_record, &a, &s, registry_log(r), f);
    if (!st)
        st = read_hosts(section, &s, &a, &hosts, f);
    if (!st) {
        z->hosts = strdup(hosts.text);
        z->root = strdup(hosts.root ? hosts.root : "/lymph");
        zk_client_options o = {
            .hosts = z->hosts,
            .timeout_us = (int64_t)(s.timeout * 1e6),
            .session_ms = (int)(s.session_timeout * 1000),
            .node_changed = node_changed,
            .session_began = session_began,
            .arg = z,
        };
        st = z->hosts && z->root ? zk_client_open(registry_loop(r), &o, registry_log(r), &z->client, f)
                                 : failure_set(f, LYMPH_ENOMEM, "out of memory");
    }
    arena_done(&a);
    if (st) {
        zk_backend_close(z);
        return st;
    }
    *state = z;
    return LYMPH_OK;
}

const registry_backend registry_zookeeper = {
    .name = "zookeeper",
    .has_http = true,
    .open = zk_open,
    .add = zk_add,
    .remove = zk_remove,
    .watch = zk_watch,
    .names = zk_names,
    .place = zk_place,
    .trouble = zk_backend_trouble,
    .stop = zk_stop,
    .close = zk_backend_close,
};
