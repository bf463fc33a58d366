/* registry.c: the cache above the backends. */
#include "registry/registry.h"

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "core/table.h"
#include "core/unique.h"
#include "registry/identity.h"
#include "rpc/endpoint.h"

#define NAME_MAX_SIZE 255

/* What we published ourselves. */
typedef struct published {
    struct published *next;
    char *name, *id, *json;
} published;

/* A service's place in the table, around what callers see. */
typedef struct entry {
    table_node node;
    service service;
    bool starved; /* an instance is missing for lack of memory: the next look-up asks again */
} entry;

struct registry {
    loop *loop;
    logger *log;
    const registry_backend *backend;
    void *state;
    table services;
    published *published;
    bool refreshing, refresh_again, closing;
};

static const char log_name[] = "lymph.discovery";

/* ---- opening ---- */

static const registry_backend *backend_of(const char *class)
{
    static const struct {
        const char *class;
        const registry_backend *backend;
    } classes[] = {
        {"local", &registry_local},
        {"zookeeper", &registry_zookeeper},
        {"lymph.discovery.zookeeper:ZookeeperServiceRegistry", &registry_zookeeper},
    };
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcmp(classes[i].class, class) == 0)
            return classes[i].backend;
    return NULL;
}

lymph_status registry_open(loop *l, const config_node *section, logger *log, registry **out, failure *f)
{
    const char *class = "local";
    lymph_status st = config_text(section, "class", &class, f);
    if (st)
        return st;
    const registry_backend *backend = backend_of(class);
    if (!backend) {
        const config_node *n = config_get(section, "class");
        return failure_set(f, LYMPH_ECONFIG,
                           "%s:%u:%u: there is no registry '%s'; there are 'local' and 'zookeeper' "
                           "(lymph.discovery.zookeeper:ZookeeperServiceRegistry)",
                           n->file, n->line, n->column, class);
    }
    registry *r = calloc(1, sizeof *r);
    if (!r)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    r->loop = l;
    r->log = log;
    r->backend = backend;
    st = backend->open(r, section, &r->state, f);
    if (st) {
        free(r);
        return st;
    }
    *out = r;
    return LYMPH_OK;
}

loop *registry_loop(registry *r)
{
    return r->loop;
}

logger *registry_log(registry *r)
{
    return r->log;
}

/* ---- instances ---- */

static void instance_free(instance *i)
{
    if (!i)
        return;
    free(i->id);
    free(i->identity);
    free(i->version);
    free(i->endpoint);
    free(i->json);
    free(i);
}

static void drop_instances(service *s)
{
    for (size_t i = 0; i < s->count; i++)
        instance_free(s->instances[i]);
    free(s->instances);
    s->instances = NULL;
    s->count = 0;
}

static const char *text_of(lymph_value object, const char *key)
{
    const lymph_value *v = lymph_get(object, key);
    return v ? lymph_text(*v) : NULL;
}

static instance *instance_of(const registration *from, lymph_value fields)
{
    identity own;
    const char *version = text_of(fields, "version"), *known = text_of(fields, "identity");
    const char *endpoint = text_of(fields, "endpoint");
    instance *i = calloc(1, sizeof *i);
    if (!i)
        return NULL;
    if (!known)
        identity_of_endpoint(endpoint, own);
    i->id = strdup(from->id);
    i->endpoint = strdup(endpoint);
    i->version = version ? strdup(version) : NULL;
    i->identity = strdup(known ? known : own);
    i->json = strndup(from->json, from->json_size);
    if (i->id && i->endpoint && i->identity && i->json && (i->version || !version))
        return i;
    instance_free(i);
    return NULL;
}

/* NULL: the registration is no good, or memory is out, which is noted in `starved`; `why` says so. */
static instance *instance_new(const registration *from, const char **why, bool *starved)
{
    arena a;
    arena_init(&a);
    lymph_value fields = lymph_nil();
    lymph_status st = json_parse(&a, from->json, from->json_size, &fields, NULL);
    const char *endpoint = text_of(fields, "endpoint");
    instance *i = NULL;
    if (st == LYMPH_ENOMEM) {
        *why = "out of memory";
    } else if (st || fields.kind != LYMPH_VALUE_MAP) {
        *why = "it is not a JSON object";
    } else if (!endpoint || !endpoint_valid(endpoint, strlen(endpoint))) {
        *why = "it has no endpoint of the form tcp://HOST:PORT";
    } else if (!(i = instance_of(from, fields))) {
        *why = "out of memory";
        st = LYMPH_ENOMEM;
    }
    *starved |= st == LYMPH_ENOMEM;
    arena_done(&a);
    return i;
}

static int by_id(const void *a, const void *b)
{
    return strcmp((*(instance *const *)a)->id, (*(instance *const *)b)->id);
}

/* ---- the cache ---- */

static entry *find(registry *r, const char *name)
{
    return (entry *)table_find(&r->services, name, strlen(name));
}

static entry *find_or_add(registry *r, const char *name)
{
    entry *e = find(r, name);
    if (e)
        return e;
    e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    e->service.name = strdup(name);
    e->service.turn = unique_number(); /* short-lived clients must not all begin with the same instance */
    if (!e->service.name || !table_put(&r->services, &e->node, e->service.name, strlen(name))) {
        free(e->service.name);
        free(e);
        return NULL;
    }
    return e;
}

void registry_publish(registry *r, const char *name, bool known, const registration *entries, size_t count)
{
    entry *e = find(r, name);
    if (!e)
        return;
    instance **instances = count ? calloc(count, sizeof *instances) : NULL;
    e->starved = count && !instances;
    if (e->starved) {
        e->service.watched = false;
        return; /* stale beats nothing */
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const char *why;
        instances[kept] = instance_new(&entries[i], &why, &e->starved);
        if (instances[kept])
            kept++;
        else
            log_line(r->log, LYMPH_WARNING, log_name, NULL, "ignored the registration %s of %s: %s", entries[i].id, name, why);
    }
    if (e->starved)
        e->service.watched = false;
    if (kept)
        qsort(instances, kept, sizeof *instances, by_id);
    service *s = &e->service;
    drop_instances(s);
    s->instances = instances;
    s->count = kept;
    s->known = known;
    s->generation++;
    log_line(r->log, LYMPH_INFO, log_name, NULL, "%s has %zu instances", name, kept);
}

lymph_status registry_lookup(registry *r, const char *name, service **out, failure *f)
{
    entry *e = find(r, name);
    if (!e || !e->service.watched || !e->service.known) {
        if (!*name || strlen(name) > NAME_MAX_SIZE || strchr(name, '/'))
            return failure_set(f, LYMPH_EINVAL, "'%.80s' is not the name of a service", name);
        e = find_or_add(r, name);
        if (!e)
            return failure_set(f, LYMPH_ENOMEM, "out of memory");
        lymph_status st = r->backend->watch(r->state, name, f);
        if (st)
            return st;
        if (e->starved)
            return failure_set(f, LYMPH_ENOMEM, "out of memory");
        e->service.watched = true;
    }
    if (!e->service.known)
        return failure_set(f, LYMPH_ELOOKUP, "no service named '%s' is registered", name);
    *out = &e->service;
    return LYMPH_OK;
}

lymph_status registry_names(registry *r, arena *a, lymph_string_list *names, failure *f)
{
    return r->backend->names(r->state, a, names, f);
}

/* ---- our own registrations ---- */

static void published_free(published *p)
{
    free(p->name);
    free(p->id);
    free(p->json);
    free(p);
}

lymph_status registry_add(registry *r, const char *name, const char *id, const char *json, failure *f)
{
    published *p = calloc(1, sizeof *p);
    if (!p)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    p->name = strdup(name);
    p->id = strdup(id);
    p->json = strdup(json);
    lymph_status st = p->name && p->id && p->json ? LYMPH_OK : failure_set(f, LYMPH_ENOMEM, "out of memory");
    if (!st)
        st = r->backend->add(r->state, name, id, json, f);
    if (st) {
        published_free(p);
        return st;
    }
    p->next = r->published;
    r->published = p;
    return LYMPH_OK;
}

lymph_status registry_remove_all(registry *r, failure *f)
{
    lymph_status first = LYMPH_OK;
    while (r->published) {
        published *p = r->published;
        r->published = p->next; /* off the list first: a new session must not add it again */
        failure ignored;
        lymph_status st = r->backend->remove(r->state, p->name, p->id, first ? &ignored : f);
        if (!first)
            first = st;
        published_free(p);
    }
    return first;
}

/* ---- after a lost session ---- */

static void add_again(registry *r)
{
    for (published *p = r->published; p; p = p->next) {
        failure f = {0};
        if (r->backend->add(r->state, p->name, p->id, p->json, &f))
            log_line(r->log, LYMPH_ERROR, log_name, NULL, "cannot register %s again: %s", p->name, f.message);
    }
}

static void watch_again(registry *r)
{
    for (table_node *n = NULL; (n = table_next(&r->services, n));) {
        service *s = &((entry *)n)->service;
        failure f = {0};
        if (s->watched && r->backend->watch(r->state, s->name, &f))
            log_line(r->log, LYMPH_WARNING, log_name, NULL, "cannot look up %s again: %s", s->name, f.message);
    }
}

static void refresh(void *arg)
{
    registry *r = arg;
    do {
        r->refresh_again = false;
        add_again(r);
        watch_again(r);
    } while (r->refresh_again && !r->closing);
    r->refreshing = false;
}

void registry_refresh(registry *r)
{
    r->refresh_again = true;
    if (r->refreshing || r->closing)
        return;
    r->refreshing = true;
    if (loop_spawn(r->loop, refresh, r))
        r->refreshing = false;
}

void registry_close(registry *r)
{
    if (!r)
        return;
    failure f;
    r->closing = true;
    (void)registry_remove_all(r, &f);
    r->backend->close(r->state);
    for (table_node *n; (n = table_next(&r->services, NULL));) {
        entry *e = (entry *)n;
        table_remove(&r->services, n);
        drop_instances(&e->service);
        free(e->service.name);
        free(e);
    }
    table_done(&r->services);
    free(r);
}
