/* registry.c: the cache above the backends. Entries and what was published are freed only by registry_close: reading
 * and adding them again, after a lost session, waits between one and the next. */
#include "registry/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "core/clock.h"
#include "core/table.h"
#include "core/unique.h"
#include "registry/identity.h"
#include "rpc/endpoint.h"

#define NAME_MAX_SIZE   255
#define RETRY_US        1000000 /* until what failed after a new session is tried again */
#define REMOVE_AGAIN_US 200000
#define REST_US         3600000000 /* the timer is always set, so that setting it again needs no memory */

/* What we published ourselves. */
typedef struct published {
    struct published *next;
    char *name, *id, *json;
    bool removed; /* is not to be there */
    bool gone;    /* is not there */
} published;

/* Who waits for a reading to end. */
typedef struct looker {
    struct looker *next;
    waiter w;
} looker;

/* A service's place in the table, around what callers see. */
typedef struct entry {
    table_node node;
    struct entry *next;
    service service;
    bool starved; /* an instance is missing for lack of memory: the next look-up asks again */
    struct registry *registry;
    bool looking; /* a coroutine reads it */
    lymph_status status;
    failure failure; /* of the last reading */
    looker *lookers;
} entry;

struct registry {
    loop *loop;
    logger *log;
    const registry_backend *backend;
    void *state;
    table services;
    entry *entries;
    published *published;
    timer timer; /* the next try to refresh */
    bool refreshing, stopped;
    bool add_due, watch_due;
    bool at_once; /* asked for while refreshing */
    bool paused;  /* until the timer fires */
};

static const char log_name[] = "lymph.discovery";

static void on_timer(timer *t);

/* ---- opening ---- */

static const registry_backend *backend_of(const char *class)
{
    static const struct {
        const char *class;
        const registry_backend *backend;
    } classes[] = {
        {"local", &registry_store},
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
    return registry_open_on(backend, l, section, log, out, f);
}

lymph_status registry_open_on(const registry_backend *backend, loop *l, const config_node *section, logger *log,
                              registry **out, failure *f)
{
    registry *r = calloc(1, sizeof *r);
    if (!r)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    r->loop = l;
    r->log = log;
    r->backend = backend;
    lymph_status st = timer_set(l, &r->timer, clock_now_us() + REST_US, on_timer);
    if (st)
        failure_set(f, st, "out of memory");
    else
        st = backend->open(r, section, &r->state, f);
    if (st) {
        timer_cancel(l, &r->timer);
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
    e->registry = r;
    e->service.name = strdup(name);
    e->service.turn = unique_number(); /* short-lived clients must not all begin with the same instance */
    if (!e->service.name || !table_put(&r->services, &e->node, e->service.name, strlen(name))) {
        free(e->service.name);
        free(e);
        return NULL;
    }
    e->next = r->entries;
    r->entries = e;
    return e;
}

static bool same(const service *s, bool known, instance *const *instances, size_t count)
{
    bool equal = s->known == known && s->count == count;
    for (size_t i = 0; i < count && equal; i++)
        equal = strcmp(s->instances[i]->id, instances[i]->id) == 0 &&
                strcmp(s->instances[i]->json, instances[i]->json) == 0;
    return equal;
}

static void free_instances(instance **instances, size_t count)
{
    for (size_t i = 0; i < count; i++)
        instance_free(instances[i]);
    free(instances);
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
            log_complaint(r->log, LYMPH_WARNING, log_name, NULL, "ignored registrations", slice_of(name),
                          "ignored the registration %s of %s: %s", entries[i].id, name, why);
    }
    if (e->starved)
        e->service.watched = false;
    if (kept)
        qsort(instances, kept, sizeof *instances, by_id);
    service *s = &e->service;
    if (same(s, known, instances, kept)) { /* changes are told more often than they happen */
        free_instances(instances, kept);
        return;
    }
    free_instances(s->instances, s->count);
    s->instances = instances;
    s->count = kept;
    s->known = known;
    s->generation++;
    log_line(r->log, LYMPH_INFO, log_name, NULL, "%s has %zu instances", name, kept);
}

/* A name is one step of a path in ZooKeeper. */
static lymph_status check_name(const char *name, failure *f)
{
    if (*name && strlen(name) <= NAME_MAX_SIZE && !strchr(name, '/') && strcmp(name, ".") != 0 &&
        strcmp(name, "..") != 0)
        return LYMPH_OK;
    return failure_set(f, LYMPH_EINVAL,
                       "'%.80s' cannot be the name of a service: 1 to %d bytes without '/' are expected", name,
                       NAME_MAX_SIZE);
}

/* In a coroutine of its own: whoever asked may have less time than the backend takes. */
static void read_entry(void *arg)
{
    entry *e = arg;
    registry *r = e->registry;
    e->failure = (failure){0};
    e->status = r->backend->watch(r->state, e->service.name, &e->failure);
    if (!e->status && e->starved)
        e->status = failure_set(&e->failure, LYMPH_ENOMEM, "out of memory");
    if (!e->status)
        e->service.watched = true;
    e->looking = false;
    while (e->lookers) {
        looker *next = e->lookers;
        e->lookers = next->next;
        loop_wake(r->loop, &next->w);
    }
}

static lymph_status wait_for_entry(registry *r, entry *e, int64_t deadline_us, failure *f)
{
    looker me = {.next = e->lookers, .w = WAITER_INIT};
    e->lookers = &me;
    lymph_status st = loop_wait(r->loop, &me.w, deadline_us);
    for (looker **at = &e->lookers; *at; at = &(*at)->next) {
        if (*at == &me) {
            *at = me.next;
            break;
        }
    }
    if (!st)
        return LYMPH_OK;
    const char *why = r->backend->trouble ? r->backend->trouble(r->state) : NULL;
    return failure_set(f, st, "%s cannot be looked up in time%s%s", e->service.name, why ? ": " : "", why ? why : "");
}

static lymph_status look_up(registry *r, entry *e, int64_t deadline_us, failure *f)
{
    lymph_status st = loop_may_wait(r->loop);
    if (st)
        return failure_set(f, st, "a callback on the loop cannot wait");
    if (!e->looking) {
        e->looking = true;
        st = loop_spawn(r->loop, read_entry, e);
        if (st) {
            e->looking = false;
            return failure_set(f, st, "cannot look up %s: out of coroutines", e->service.name);
        }
    }
    if (e->looking)
        st = wait_for_entry(r, e, deadline_us, f);
    if (!st && e->status)
        st = failure_set(f, e->status, "%s", e->failure.message);
    return st;
}

lymph_status registry_lookup(registry *r, const char *name, int64_t deadline_us, service **out, failure *f)
{
    entry *e = find(r, name);
    if (!e || !e->service.watched || !e->service.known) {
        lymph_status st = check_name(name, f);
        if (st)
            return st;
        e = find_or_add(r, name);
        if (!e)
            return failure_set(f, LYMPH_ENOMEM, "out of memory");
        st = look_up(r, e, deadline_us, f);
        if (st)
            return st;
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

const char *registry_place(const registry *r, arena *a)
{
    return r->backend->place(r->state, a);
}

bool registry_names_endpoint(const registry *r, const char *endpoint)
{
    for (const entry *e = r->entries; e; e = e->next)
        for (size_t i = 0; i < e->service.count; i++)
            if (strcmp(e->service.instances[i]->endpoint, endpoint) == 0)
                return true;
    return false;
}

/* ---- our own registrations ---- */

static void published_free(published *p)
{
    free(p->name);
    free(p->id);
    free(p->json);
    free(p);
}

static lymph_status add(registry *r, const char *space, const char *name, const char *id, const char *json, failure *f)
{
    lymph_status st = check_name(name, f);
    published *p = st ? NULL : calloc(1, sizeof *p);
    if (!p)
        return st ? st : failure_set(f, LYMPH_ENOMEM, "out of memory");
    if (asprintf(&p->name, "%s%s", space, name) < 0)
        p->name = NULL;
    p->id = strdup(id);
    p->json = strdup(json);
    if (!p->name || !p->id || !p->json) {
        published_free(p);
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    }
    p->next = r->published; /* on the list first: the session may be lost while we wait */
    r->published = p;
    st = r->backend->add(r->state, p->name, id, json, f);
    p->removed = p->gone = st != LYMPH_OK;
    return st;
}

lymph_status registry_add(registry *r, const char *name, const char *id, const char *json, failure *f)
{
    return add(r, "", name, id, json, f);
}

lymph_status registry_add_http(registry *r, const char *name, const char *id, const char *json, failure *f)
{
    return r->backend->has_http ? add(r, "http/", name, id, json, f) : LYMPH_OK;
}

static lymph_status remove_one(registry *r, published *p, failure *f)
{
    lymph_status st = r->backend->remove(r->state, p->name, p->id, f);
    p->gone = !st;
    return st;
}

static lymph_status remove_all(registry *r, failure *f)
{
    lymph_status st = LYMPH_OK;
    for (published *p = r->published; p && !st; p = p->next)
        st = p->gone ? LYMPH_OK : remove_one(r, p, f);
    return st;
}

lymph_status registry_remove_all(registry *r, int64_t deadline_us, failure *f)
{
    for (published *p = r->published; p; p = p->next)
        p->removed = true; /* first: a new session must not add it again */
    for (;;) {
        lymph_status st = remove_all(r, f);
        int64_t next = clock_now_us() + REMOVE_AGAIN_US;
        if (!st || st == LYMPH_EUNREACHABLE || r->stopped || next >= deadline_us)
            return st;
        waiter w = WAITER_INIT;
        (void)loop_wait(r->loop, &w, next);
    }
}

/* ---- after a lost session ---- */

static bool add_again(registry *r)
{
    for (published *p = r->published; p; p = p->next) {
        failure f = {0};
        if (p->removed)
            continue;
        lymph_status st = r->backend->add(r->state, p->name, p->id, p->json, &f);
        if (p->removed) { /* meanwhile */
            (void)remove_one(r, p, &f);
        } else if (st) {
            log_line(r->log, LYMPH_ERROR, log_name, NULL, "cannot register %s again: %s", p->name, f.message);
            return false;
        }
    }
    return true;
}

static bool watch_again(registry *r)
{
    for (entry *e = r->entries; e; e = e->next) {
        failure f = {0};
        if (e->service.watched && r->backend->watch(r->state, e->service.name, &f)) {
            log_line(r->log, LYMPH_WARNING, log_name, NULL, "cannot look up %s again: %s", e->service.name, f.message);
            return false;
        }
    }
    return true;
}

static void refresh_in(registry *r, int64_t us)
{
    (void)timer_set(r->loop, &r->timer, clock_now_us() + us, on_timer); /* it is set already: cannot fail */
}

static void refresh(void *arg)
{
    registry *r = arg;
    bool add = r->add_due, watch = r->watch_due;
    r->add_due = r->watch_due = r->at_once = false;
    bool added = !add || add_again(r);
    r->add_due |= !added;
    r->watch_due |= watch && (!added || !watch_again(r));
    r->refreshing = false;
    loop_news_end(r->loop);
    r->paused = true; /* what is lost within a second waits for its end */
    if (!r->stopped)
        refresh_in(r, r->at_once ? 0 : RETRY_US);
}

static void start_refresh(registry *r)
{
    if (r->refreshing || r->stopped)
        return;
    r->refreshing = true;
    loop_news_begin(r->loop);
    if (loop_spawn(r->loop, refresh, r)) {
        loop_news_end(r->loop);
        r->refreshing = false;
        log_line(r->log, LYMPH_ERROR, log_name, NULL, "cannot look up and register again yet: out of memory");
        refresh_in(r, RETRY_US);
    }
}

static void on_timer(timer *t)
{
    registry *r = (registry *)((char *)t - offsetof(registry, timer));
    (void)timer_set(r->loop, t, clock_now_us() + REST_US, on_timer); /* its place is still there: cannot fail */
    r->paused = false;
    if (r->add_due || r->watch_due)
        start_refresh(r);
}

void registry_refresh(registry *r)
{
    r->add_due = r->watch_due = r->at_once = true;
    start_refresh(r);
}

void registry_lost(registry *r)
{
    r->add_due = true;
    if (!r->paused)
        start_refresh(r);
}

/* ---- closing ---- */

void registry_stop(registry *r)
{
    if (!r || r->stopped)
        return;
    r->stopped = true;
    timer_cancel(r->loop, &r->timer);
    if (r->backend->stop)
        r->backend->stop(r->state);
}

void registry_close(registry *r)
{
    if (!r)
        return;
    registry_stop(r);
    r->backend->close(r->state);
    while (r->published) {
        published *p = r->published;
        r->published = p->next;
        published_free(p);
    }
    while (r->entries) {
        entry *e = r->entries;
        r->entries = e->next;
        free_instances(e->service.instances, e->service.count);
        free(e->service.name);
        free(e);
    }
    table_done(&r->services);
    free(r);
}
