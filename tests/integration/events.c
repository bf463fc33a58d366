/* events.c: the event system's contract (events/events.h), the same cases on the embedded one and on RabbitMQ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <netinet/in.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/writer.h"
#include "core/clock.h"
#include "core/unique.h"
#include "events/events.h"

#define WAIT_US  15000000
#define SEEN_MAX 2000

typedef struct place {
    loop *loop;
    logger *log;
    config *config;
    events *events;
    char name[UNIQUE_HEX +
              8]; /* of the test's queue and first word of its event types: nothing else on the server has it */
    delivery *seen[SEEN_MAX];
    size_t count;
} place;

/* Queues that outlive their test. */
static char leftovers[8][256];
static int leftover_count;

static char folder[] = "/tmp/lymph-events-XXXXXX";

static place *place_new(const char *text)
{
    failure f = {0};
    place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->loop = loop_new(0);
    strcpy(p->name, "test-");
    unique_hex(p->name + strlen(p->name));
    assert_int_equal(log_open(NULL, "CRITICAL", &p->log, &f), LYMPH_OK);
    assert_int_equal(config_load_text(text, strlen(text), "test", &p->config, &f), LYMPH_OK);
    return p;
}

static void open_events(place *p)
{
    failure f = {0};
    if (events_open(p->loop, config_root(p->config), p->log, &p->events, &f))
        fail_msg("%s", f.message);
}

static int local(void **state)
{
    char text[200];
    snprintf(text, sizeof text, "{class: local, path: '%s'}", folder);
    *state = place_new(text);
    open_events(*state);
    return 0;
}

static int rabbitmq(void **state)
{
    const char *address = getenv("LYMPH_TEST_RABBITMQ");
    char text[200];
    assert_non_null(address);
    snprintf(text, sizeof text, "{class: rabbitmq, host: %.*s, port: %s, exchange: lymph_test_%d}",
             (int)strcspn(address, ":"), address, strchr(address, ':') + 1, (int)getpid());
    *state = place_new(text);
    open_events(*state);
    return 0;
}

static void place_free(place *p)
{
    events_close(p->events);
    assert_int_equal(loop_fibers(p->loop), 0);
    loop_free(p->loop);
    config_free(p->config);
    log_close(p->log);
    free(p);
}

static int leave(void **state)
{
    place_free(*state);
    return 0;
}

static void on_delivery(delivery *d)
{
    place *p = d->arg;
    assert_true(p->count < SEEN_MAX);
    p->seen[p->count++] = d;
}

/* Queues of these tests go with their connection, but for those that ask for a shared one. */
static queue *subscribe(place *p, const char *const *patterns, size_t count, uint32_t prefetch)
{
    failure f = {0};
    queue *q = NULL;
    const queue_options o = {.name = p->name,
                             .patterns = patterns,
                             .pattern_count = count,
                             .broadcast = true,
                             .prefetch = prefetch,
                             .deliver = on_delivery,
                             .arg = p};
    if (events_subscribe(p->events, &o, &q, &f))
        fail_msg("%s", f.message);
    return q;
}

static const char *type(place *p, const char *rest)
{
    static char text[4][256];
    static int turn;
    char *t = text[turn++ % 4];
    snprintf(t, sizeof text[0], "%s.%s", p->name, rest);
    return t;
}

static queue *subscribe_to_all(place *p, uint32_t prefetch)
{
    const char *pattern = type(p, "#");
    return subscribe(p, &pattern, 1, prefetch);
}

static void publish(place *p, const char *rest, const char *data)
{
    failure f = {0};
    if (events_publish(p->events, type(p, rest), NULL, data, strlen(data), 0, &f))
        fail_msg("%s", f.message);
}

static void step(place *p)
{
    waiter w = WAITER_INIT;
    (void)loop_wait(p->loop, &w, clock_now_us() + 5000);
}

static void wait_for(place *p, size_t count)
{
    int64_t deadline = clock_now_us() + WAIT_US;
    while (p->count < count && clock_now_us() < deadline)
        step(p);
    assert_int_equal(p->count, count);
}

static bool is(const delivery *d, const char *data)
{
    return d->size == strlen(data) && memcmp(d->data, data, d->size) == 0;
}

/* Everything delivered before it has arrived: it is the last in a queue, and queues keep their order. */
static void wait_for_last(place *p)
{
    int64_t deadline = clock_now_us() + WAIT_US;
    publish(p, "last", "last");
    while (!(p->count && is(p->seen[p->count - 1], "last")) && clock_now_us() < deadline)
        step(p);
    assert_true(is(p->seen[p->count - 1], "last"));
    events_settle(p->seen[--p->count], DELIVERY_DONE);
}

/* ---- the cases ---- */

static void delivered_as_published(void **state)
{
    place *p = *state;
    subscribe_to_all(p, 100);
    failure f = {0};
    size_t size = 3 << 20; /* many frames of AMQP */
    char *large = malloc(size);
    assert_non_null(large);
    for (size_t i = 0; i < size; i++)
        large[i] = (char)(i * 7);
    assert_int_equal(events_publish(p->events, type(p, "large"), NULL, large, size, 0, &f), LYMPH_OK);
    assert_int_equal(events_publish(p->events, type(p, "zeros"), NULL, "\0\0", 2, 0, &f), LYMPH_OK);
    assert_int_equal(events_publish(p->events, type(p, "empty"), NULL, "", 0, 0, &f), LYMPH_OK);
    wait_for(p, 3);
    assert_int_equal(p->seen[0]->size, size);
    assert_memory_equal(p->seen[0]->data, large, size);
    assert_string_equal(p->seen[0]->routing_key, type(p, "large"));
    assert_int_equal(p->seen[1]->size, 2);
    assert_int_equal(p->seen[2]->size, 0);
    assert_false(p->seen[0]->json);
    assert_false(p->seen[0]->redelivered);
    for (int i = 0; i < 3; i++)
        events_settle(p->seen[i], DELIVERY_DONE);
    free(large);
}

static void patterns(void **state)
{
    place *p = *state;
    const char *some[] = {type(p, "a.*"), type(p, "#.z"), type(p, "a.z")};
    subscribe(p, some, 3, 100);
    publish(p, "a", "no");
    publish(p, "a.b.c", "no");
    publish(p, "a.z", "all three match: once");
    publish(p, "a.b", "yes");
    publish(p, "z", "yes");
    publish(p, "b.c.z", "the last");
    wait_for(p, 4);
    assert_true(is(p->seen[0], "all three match: once"));
    assert_true(is(p->seen[3], "the last"));
    for (int i = 0; i < 4; i++)
        events_settle(p->seen[i], DELIVERY_DONE);
}

static void prefetch(void **state)
{
    place *p = *state;
    char text[8];
    subscribe_to_all(p, 2);
    for (int i = 0; i < 6; i++) {
        snprintf(text, sizeof text, "%d", i);
        publish(p, "x", text);
    }
    for (size_t settled = 0; settled < 6; settled++) {
        wait_for(p, settled + 2 < 6 ? settled + 2 : 6); /* never more than two that are not settled */
        snprintf(text, sizeof text, "%zu", settled);
        assert_true(is(p->seen[settled], text));
        events_settle(p->seen[settled], DELIVERY_DONE);
    }
}

static void ends(void **state)
{
    place *p = *state;
    subscribe_to_all(p, 100);
    publish(p, "x", "done");
    publish(p, "x", "rejected");
    publish(p, "x", "returned");
    wait_for(p, 3);
    events_settle(p->seen[0], DELIVERY_DONE);
    events_settle(p->seen[1], DELIVERY_REJECTED);
    events_settle(p->seen[2], DELIVERY_RETURNED);
    wait_for(p, 4);
    assert_true(is(p->seen[3], "returned"));
    assert_true(p->seen[3]->redelivered);
    events_settle(p->seen[3], DELIVERY_DONE);
    p->count = 0;
    wait_for_last(p);
    assert_int_equal(p->count, 0);
}

static void delay(void **state)
{
    place *p = *state;
    failure f = {0};
    subscribe_to_all(p, 100);
    int64_t began = clock_now_us();
    assert_int_equal(events_publish(p->events, type(p, "x"), NULL, "late", 4, 600, &f), LYMPH_OK);
    snprintf(leftovers[leftover_count++], 256, "%s.x-wait_600", p->name);
    snprintf(leftovers[leftover_count++], 256, "%s.x-wait_200", p->name);
    assert_int_equal(events_publish(p->events, type(p, "x"), NULL, "soon", 4, 200, &f),
                     LYMPH_OK); /* the same type, another delay */
    publish(p, "x", "now");
    wait_for(p, 3);
    assert_true(clock_now_us() - began >= 600000);
    assert_true(is(p->seen[0], "now"));
    assert_true(is(p->seen[1], "soon"));
    assert_true(is(p->seen[2], "late"));
    for (int i = 0; i < 3; i++)
        events_settle(p->seen[i], DELIVERY_DONE);
    p->count = 0;
    wait_for_last(p);
    assert_int_equal(p->count, 0); /* each once */
}

static void to_one_queue(void **state)
{
    place *p = *state;
    failure f = {0};
    const char *none = type(p, "never");
    subscribe(p, &none, 1, 100);
    assert_int_equal(events_publish(p->events, type(p, "other"), p->name, "direct", 6, 0, &f), LYMPH_OK);
    wait_for(p, 1);
    assert_true(is(p->seen[0], "direct"));
    events_settle(p->seen[0], DELIVERY_DONE);
}

/* A shared queue: what was not settled when its consumer left is there for the next one, as is what came meanwhile. */
static void kept_for_the_next(void **state)
{
    place *p = *state;
    failure f = {0};
    const char *pattern = type(p, "#");
    snprintf(leftovers[leftover_count++], 256, "%s", p->name);
    queue *q;
    queue_options o = {
        .name = p->name, .patterns = &pattern, .pattern_count = 1, .prefetch = 1, .deliver = on_delivery, .arg = p};
    assert_int_equal(events_subscribe(p->events, &o, &q, &f), LYMPH_OK);
    publish(p, "x", "first");
    publish(p, "x", "second");
    wait_for(p, 1);
    events_unsubscribe(q);
    publish(p, "x", "third");
    events_settle(p->seen[0], DELIVERY_RETURNED);
    assert_int_equal(p->count, 1);
    o.prefetch = 100;
    assert_int_equal(events_subscribe(p->events, &o, &q, &f), LYMPH_OK);
    wait_for(p, 4);
    int firsts = 0;
    for (int i = 1; i < 4; i++) {
        firsts += is(p->seen[i], "first");
        events_settle(p->seen[i], DELIVERY_DONE);
    }
    assert_int_equal(firsts, 1);
    events_unsubscribe(q);
}

/* ---- the store's files ---- */

#define LARGE   ((size_t)5 << 20)
#define LARGES  10
#define KEPT    ((int64_t)4 << 20) /* of each file, at most */
#define FILE_US 60000000           /* the file is looked after every three seconds, in small steps */

static int64_t size_of(const char *name)
{
    char path[100];
    struct stat s;
    snprintf(path, sizeof path, "%s/default/%s", folder, name);
    assert_int_equal(stat(path, &s), 0);
    return s.st_size;
}

/* The file is as large as what is in it, with some room; the journal, as what was written last. */
static void room_is_given_back(void **state)
{
    place *p = *state;
    failure f = {0};
    int64_t journal = 0;
    char *large = calloc(1, LARGE);
    assert_non_null(large);
    subscribe_to_all(p, 1);
    for (size_t i = 0; i < LARGES; i++) {
        assert_int_equal(events_publish(p->events, type(p, "x"), NULL, large, LARGE, 0, &f), LYMPH_OK);
        int64_t now = size_of("store.db-wal");
        journal = now > journal ? now : journal;
    }
    free(large);
    int64_t most = size_of("store.db");
    for (size_t i = 0; i < LARGES; i++) {
        wait_for(p, i + 1);
        events_settle(p->seen[i], DELIVERY_DONE);
    }
    int64_t deadline = clock_now_us() + FILE_US;
    while ((size_of("store.db") > KEPT || size_of("store.db-wal") > KEPT) && clock_now_us() < deadline)
        step(p);
    print_message("file %lld, then %lld; journal %lld, then %lld\n", (long long)most, (long long)size_of("store.db"),
                  (long long)journal, (long long)size_of("store.db-wal"));
    assert_in_range(most, LARGE * (LARGES - 1), LARGE * LARGES * 5 / 4);
    assert_in_range(journal, 1, KEPT + (int64_t)LARGE * 5 / 4);
    assert_in_range(size_of("store.db"), 1, KEPT);
    assert_in_range(size_of("store.db-wal"), 0, KEPT);
}

static void limits(void **state)
{
    place *p = *state;
    failure f = {0};
    char long_name[300];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_int_equal(events_publish(p->events, "", NULL, "x", 1, 0, &f), LYMPH_EINVAL);
    assert_int_equal(events_publish(p->events, long_name, NULL, "x", 1, 0, &f), LYMPH_EINVAL);
    assert_int_equal(events_publish(p->events, "x", long_name, "x", 1, 0, &f), LYMPH_EINVAL);
    assert_int_equal(events_publish(p->events, "x", NULL, "x", WRITER_MAX + 1u, 0, &f), LYMPH_ELIMIT);
    queue *q;
    const char *pattern = "x", *long_pattern = long_name;
    queue_options o = {
        .name = long_name, .patterns = &pattern, .pattern_count = 1, .prefetch = 1, .deliver = on_delivery, .arg = p};
    assert_int_equal(events_subscribe(p->events, &o, &q, &f), LYMPH_EINVAL);
    o.name = p->name;
    o.patterns = &long_pattern;
    assert_int_equal(events_subscribe(p->events, &o, &q, &f), LYMPH_EINVAL);
    long_name[254] = '\0';
    assert_int_equal(events_publish(p->events, long_name, NULL, "x", 1, 0, &f), LYMPH_OK);
}

/* Closed with events that have come and that the loop has not looked at yet. */
static void closed_before_it_looked(void **state)
{
    place *p = *state;
    void *other_state = NULL;
    assert_int_equal(rabbitmq(&other_state), 0);
    place *other = other_state;
    const char *pattern = type(other, "#");
    subscribe(p, &pattern, 1, 100);
    subscribe(other, &pattern, 1, 100);
    for (size_t i = 0; i < 10; i++) {
        publish(other, "x", "seen by one");
        wait_for(other, i + 1);
        events_settle(other->seen[i], DELIVERY_DONE);
    }
    assert_int_equal(p->count, 0);
    place_free(other);
}

typedef struct publishing {
    place *place;
    int count, failed;
} publishing;

static void publish_one(void *arg)
{
    publishing *job = arg;
    failure f = {0};
    char own[256]; /* borrowed until the call returns, while others make theirs */
    snprintf(own, sizeof own, "%s.x", job->place->name);
    if (events_publish(job->place->events, own, NULL, "x", 1, 0, &f))
        job->failed++;
    job->count++;
}

static void many_at_once(void **state)
{
    place *p = *state;
    publishing job = {.place = p};
    subscribe_to_all(p, 1000);
    for (int i = 0; i < 500; i++)
        assert_int_equal(loop_spawn(p->loop, publish_one, &job), LYMPH_OK);
    wait_for(p, 500);
    int64_t deadline = clock_now_us() + WAIT_US;
    while (job.count < 500 && clock_now_us() < deadline)
        step(p);
    assert_int_equal(job.count, 500);
    assert_int_equal(job.failed, 0);
    for (int i = 0; i < 500; i++)
        events_settle(p->seen[i], DELIVERY_DONE);
}

typedef struct stream {
    place *place;
    int failed;
    bool end, ended;
} stream;

static void publish_in_vain(void *arg)
{
    stream *s = arg;
    for (; !s->end; s->failed++) {
        failure f = {0};
        assert_int_equal(events_publish(s->place->events, type(s->place, "full"), NULL, "x", 1, 0, &f), LYMPH_ELIMIT);
    }
    s->ended = true;
}

static void execute(const char *format, const char *name)
{
    char path[100], text[200];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/default/store.db", folder);
    snprintf(text, sizeof text, format, name);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, WAIT_US / 1000);
    if (sqlite3_exec(db, text, NULL, NULL, NULL))
        fail_msg("%s: %s", text, sqlite3_errmsg(db));
    sqlite3_close(db);
}

/* Emits that fail again and again cost the other events of their program no half second each. */
static void failing_beside(void **state)
{
    enum { COUNT = 60 };
    place *p = *state;
    stream s = {.place = p};
    failure f = {0};
    char name[sizeof p->name + 8];
    snprintf(name, sizeof name, "%s-full", p->name);
    const char *full = type(p, "full"), *mine = type(p, "mine");
    queue *q;
    queue_options o = {
        .name = name, .patterns = &full, .pattern_count = 1, .prefetch = 1, .deliver = on_delivery, .arg = p};
    assert_int_equal(events_subscribe(p->events, &o, &q, &f), LYMPH_OK);
    events_unsubscribe(q);
    execute("UPDATE queue SET messages = 100000 WHERE name = '%s'", name);
    subscribe(p, &mine, 1, 10);
    assert_int_equal(loop_spawn(p->loop, publish_in_vain, &s), LYMPH_OK);
    int64_t deadline = clock_now_us() + WAIT_US;
    for (size_t i = 0; i < COUNT; i++) {
        publish(p, "mine", "x");
        while (p->count <= i && clock_now_us() < deadline)
            step(p);
        if (p->count <= i)
            fail_msg("%zu of %d events came in time", p->count, COUNT);
        events_settle(p->seen[i], DELIVERY_DONE);
    }
    assert_true(s.failed > COUNT);
    s.end = true;
    while (!s.ended && clock_now_us() < deadline)
        step(p);
    assert_true(s.ended);
}

/* Closed while emits wait for a server that is not there: each of them ends. */
static void closed_while_waiting(void **state)
{
    place *p = place_new("{class: rabbitmq, port: 1, timeout: 60}");
    open_events(p);
    publishing job = {.place = p};
    for (int i = 0; i < 5; i++)
        assert_int_equal(loop_spawn(p->loop, publish_one, &job), LYMPH_OK);
    step(p);
    assert_int_equal(job.count, 0);
    int64_t began = clock_now_us();
    events_close(p->events);
    p->events = NULL;
    assert_int_equal(job.failed, 5);
    assert_true(clock_now_us() - began < 5000000);
    place_free(p);
}

typedef struct stopping {
    place *place;
    lymph_status status;
    bool done;
} stopping;

static void publish_until_stopped(void *arg)
{
    stopping *s = arg;
    failure f = {0};
    s->status = events_publish(s->place->events, "x", NULL, "x", 1, 0, &f);
    s->done = true;
}

/* Stopped while an emit waits for a server that is not there: it ends at once, as does whoever comes later. */
static void stopped_while_waiting(void **state)
{
    place *p = place_new("{class: rabbitmq, port: 1, timeout: 60}");
    open_events(p);
    stopping s = {.place = p};
    assert_int_equal(loop_spawn(p->loop, publish_until_stopped, &s), LYMPH_OK);
    step(p);
    assert_false(s.done);
    events_stop(p->events);
    assert_true(s.done);
    assert_int_equal(s.status, LYMPH_ECANCELED);
    failure f = {0};
    assert_int_equal(events_publish(p->events, "x", NULL, "x", 1, 0, &f), LYMPH_ECANCELED);
    place_free(p);
}

/* A server that accepts the connection and never says a word. */
static void closed_while_the_server_is_silent(void **state)
{
    int silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    assert_int_equal(bind(silent, (struct sockaddr *)&at, size), 0);
    assert_int_equal(listen(silent, 8), 0);
    assert_int_equal(getsockname(silent, (struct sockaddr *)&at, &size), 0);
    char text[100];
    snprintf(text, sizeof text, "{class: rabbitmq, hostname: 'amqp://u:p@127.0.0.1:%d//v', timeout: 40}",
             ntohs(at.sin_port));
    place *p = place_new(text);
    open_events(p);
    stopping s = {.place = p};
    assert_int_equal(loop_spawn(p->loop, publish_until_stopped, &s), LYMPH_OK);
    struct pollfd came = {.fd = silent, .events = POLLIN};
    assert_int_equal(poll(&came, 1, WAIT_US / 1000), 1); /* the thread is inside the log-in now, for 20 s */
    int64_t began = clock_now_us();
    place_free(p);
    assert_true(s.done);
    assert_int_equal(s.status, LYMPH_ECANCELED);
    assert_true(clock_now_us() - began < 10000000);
    close(silent); /* which ends the thread, too */
}

static void address_in_messages(void **state)
{
    static const struct {
        const char *text, *message;
    } table[] = {
        {"{class: rabbitmq, hostname: 'amqp://user:secret@[::1]:1//v', timeout: 1}",
         "cannot connect to RabbitMQ at [::1]:1: "},
        {"{class: rabbitmq, hostname: 'nobody.invalid', password: secret, timeout: 1}",
         "cannot connect to RabbitMQ: cannot resolve host 'nobody.invalid'"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        place *p = place_new(table[i].text);
        open_events(p);
        failure f = {0};
        assert_int_equal(events_publish(p->events, "x", NULL, "x", 1, 0, &f), LYMPH_EBACKEND);
        if (!strstr(f.message, table[i].message) || strstr(f.message, "secret"))
            fail_msg("'%s' should hold '%s'", f.message, table[i].message);
        place_free(p);
    }
}

static void null_system(void **state)
{
    place *p = place_new("{class: 'null'}");
    open_events(p);
    queue *q = subscribe_to_all(p, 1);
    publish(p, "x", "nobody");
    step(p);
    assert_int_equal(p->count, 0);
    events_unsubscribe(q);
    place_free(p);
}

static void wrong_configuration(void **state)
{
    static const struct {
        const char *text, *message;
    } table[] = {
        {"{class: kafka}", "test:1:9: there is no event system 'kafka'; there are 'local', 'rabbitmq'"},
        {"{class: rabbitmq, port: 0}", "test:1:25: port: an integer of 1 to 65535 is expected, not '0'"},
        {"{class: rabbitmq, port: many}", "test:1:25: port: an integer of 1 to 65535 is expected, not 'many'"},
        {"{class: rabbitmq, port: 70000}", "test:1:25: port: an integer of 1 to 65535 is expected, not '70000'"},
        {"{class: rabbitmq, password: [x]}", "test:1:29: password: a text is expected"},
        {"{class: rabbitmq, transport: redis}", "test:1:30: transport: one of amqp, pyamqp is expected, not 'redis'"},
        {"{class: rabbitmq, ssl: true}", "test:1:24: ssl is not supported"},
        {"{class: rabbitmq, hostname: 'amqps://u:p@h'}", "amqps:// (TLS) is not supported"},
        {"{class: rabbitmq, hostname: 'amqp://u:p@h:x'}", "a port from 1 to 65535"},
        {"{class: local, cluster: ''}", "test:1:25: cluster: a text of 1 to 64 bytes is expected, not ''"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        place *p = place_new(table[i].text);
        failure f = {0};
        assert_int_equal(events_open(p->loop, config_root(p->config), p->log, &p->events, &f), LYMPH_ECONFIG);
        if (!strstr(f.message, table[i].message))
            fail_msg("'%s' should hold '%s'", f.message, table[i].message);
        place_free(p);
    }
}

static int make_folder(void **state)
{
    return mkdtemp(folder) ? 0 : -1;
}

/* Removes what the tests left on the server. */
static int clean_up(void **state)
{
    const char *address = getenv("LYMPH_TEST_RABBITMQ");
    char host[64], command[200];
    snprintf(host, sizeof host, "%.*s", (int)strcspn(address, ":"), address);
    amqp_connection_state_t c = amqp_new_connection();
    assert_int_equal(amqp_socket_open(amqp_tcp_socket_new(c), host, atoi(strchr(address, ':') + 1)), 0);
    amqp_login(c, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
    amqp_channel_open(c, 1);
    for (int i = 0; i < leftover_count; i++)
        amqp_queue_delete(c, 1, amqp_cstring_bytes(leftovers[i]), 0, 0);
    static const char *const exchanges[] = {"", "_waiting", "_retry"}; /* ours: others may test on this server */
    for (int i = 0; i < 3; i++) {
        char name[64];
        snprintf(name, sizeof name, "lymph_test_%d%s", (int)getpid(), exchanges[i]);
        amqp_exchange_delete(c, 1, amqp_cstring_bytes(name), 0);
    }
    assert_int_equal(amqp_get_rpc_reply(c).reply_type, AMQP_RESPONSE_NORMAL);
    amqp_connection_close(c, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(c);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

#define ON(test, where)                                                                                                \
    {                                                                                                                  \
#test "_" #where, test, where, leave, NULL                                                                     \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON(delivered_as_published, local),
        ON(delivered_as_published, rabbitmq),
        ON(patterns, local),
        ON(patterns, rabbitmq),
        ON(prefetch, local),
        ON(prefetch, rabbitmq),
        ON(ends, local),
        ON(ends, rabbitmq),
        ON(delay, local),
        ON(delay, rabbitmq),
        ON(to_one_queue, local),
        ON(to_one_queue, rabbitmq),
        ON(kept_for_the_next, local),
        ON(kept_for_the_next, rabbitmq),
        ON(room_is_given_back, local),
        ON(limits, local),
        ON(limits, rabbitmq),
        ON(closed_before_it_looked, rabbitmq),
        ON(many_at_once, local),
        ON(many_at_once, rabbitmq),
        ON(failing_beside, local),
        cmocka_unit_test(closed_while_waiting),
        cmocka_unit_test(stopped_while_waiting),
        cmocka_unit_test(closed_while_the_server_is_silent),
        cmocka_unit_test(address_in_messages),
        cmocka_unit_test(null_system),
        cmocka_unit_test(wrong_configuration),
    };
    return cmocka_run_group_tests(tests, make_folder, clean_up);
}
