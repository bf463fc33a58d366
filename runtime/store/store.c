#include "store/store.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/unique.h"
#include "store/folder.h"

#define BUSY_MS        5000
#define SCHEMA_VERSION 1
#define STATEMENTS_MAX 48

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS member(id TEXT PRIMARY KEY, pid INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS service(name TEXT PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS instance(service TEXT, id TEXT, member TEXT NOT NULL, json TEXT NOT NULL,"
    " PRIMARY KEY(service, id)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS queue(id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, owner TEXT);"
    "CREATE TABLE IF NOT EXISTS binding(queue INTEGER, pattern TEXT, PRIMARY KEY(queue, pattern)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS consumer(queue INTEGER, member TEXT, PRIMARY KEY(queue, member)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS message(id INTEGER PRIMARY KEY AUTOINCREMENT, queue INTEGER NOT NULL,"
    " type TEXT NOT NULL, data BLOB NOT NULL, due INTEGER NOT NULL, claimed TEXT, redelivered INTEGER NOT NULL DEFAULT "
    "0);"
    "CREATE INDEX IF NOT EXISTS message_queue ON message(queue, claimed, id);"
    "CREATE INDEX IF NOT EXISTS message_due ON message(due) WHERE due > 0;"
    "CREATE INDEX IF NOT EXISTS message_claimed ON message(claimed) WHERE claimed IS NOT NULL;";

/* Another member's process, watched for its death. */
typedef struct peer {
    struct peer *next;
    store *store;
    char id[UNIQUE_HEX + 1];
    int pidfd;
    struct event *died;
    bool seen; /* by the last scan of the table */
} peer;

struct store {
    store *next; /* the stores of this thread */
    loop *loop;
    logger *log;
    int users;
    char folder[PATH_MAX];
    char id[UNIQUE_HEX + 1];
    sqlite3 *db;
    struct {
        const char *sql;
        sqlite3_stmt *stmt;
    } statements[STATEMENTS_MAX];
    int lock, socket;
    struct event *readable, *self_poked;
    unsigned self_about;
    store_listener *listeners;
    peer *peers;
};

static _Thread_local store *stores;

static const char log_name[] = "lymph.local";

/* ---- SQL ---- */

static lymph_status sql_failure(store *s, failure *f)
{
    int code = sqlite3_errcode(s->db);
    const char *advice =
        code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? " (stop the cluster's programs and remove the file)" : "";
    return failure_set(f, LYMPH_EBACKEND, "local store %s/store.db: %s%s", s->folder, sqlite3_errmsg(s->db), advice);
}

sqlite3_stmt *store_prepare(store *s, const char *sql, failure *f)
{
    int i = 0;
    while (i < STATEMENTS_MAX && s->statements[i].sql && s->statements[i].sql != sql)
        i++;
    if (i == STATEMENTS_MAX) {
        failure_set(f, LYMPH_EBACKEND, "local store: too many statements");
        return NULL;
    }
    if (!s->statements[i].stmt &&
        sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->statements[i].stmt, NULL)) {
        sql_failure(s, f);
        return NULL;
    }
    s->statements[i].sql = sql;
    return s->statements[i].stmt;
}

void store_bind_text(sqlite3_stmt *q, int at, const char *text)
{
    sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC);
}

int store_step(store *s, sqlite3_stmt *q, failure *f)
{
    int code = sqlite3_step(q);
    if (code == SQLITE_ROW)
        return 1;
    if (code == SQLITE_DONE)
        return 0;
    sql_failure(s, f);
    return -1;
}

void store_done(sqlite3_stmt *q)
{
    if (!q)
        return;
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
}

lymph_status store_run(store *s, const char *sql, const char *a, const char *b, const char *c, failure *f)
{
    sqlite3_stmt *q = store_prepare(s, sql, f);
    if (!q)
        return LYMPH_EBACKEND;
    const char *texts[] = {a, b, c};
    for (int i = 0; i < 3 && i < sqlite3_bind_parameter_count(q); i++)
        store_bind_text(q, i + 1, texts[i]);
    int row;
    while ((row = store_step(s, q, f)) > 0)
        ;
    store_done(q);
    return row < 0 ? LYMPH_EBACKEND : LYMPH_OK;
}

lymph_status store_begin(store *s, failure *f)
{
    return store_run(s, "BEGIN IMMEDIATE", NULL, NULL, NULL, f);
}

lymph_status store_end(store *s, lymph_status st, failure *f)
{
    if (!st)
        st = store_run(s, "COMMIT", NULL, NULL, NULL, f);
    if (st)
        (void)store_run(s, "ROLLBACK", NULL, NULL, NULL, NULL);
    return st;
}

/* ---- pokes ---- */

static void notify(store *s, unsigned about)
{
    for (store_listener *l = s->listeners, *next; l; l = next) {
        next = l->next; /* a listener may take itself off */
        if (l->about & about)
            l->changed(l);
    }
}

static bool socket_path(const store *s, const char *member, struct sockaddr_un *out)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(out->sun_path, sizeof out->sun_path, "%s/%.16s.sock", s->folder, member);
    return n > 0 && (size_t)n < sizeof out->sun_path;
}

void store_poke(store *s, const char *member, unsigned about)
{
    if (strcmp(member, s->id) == 0) {
        s->self_about |= about;
        event_active(s->self_poked, EV_TIMEOUT, 1);
        return;
    }
    struct sockaddr_un to;
    char byte = (char)about;
    /* A full buffer means that the member is poked already (on_poke); a missing socket, that it is gone. */
    if (socket_path(s, member, &to))
        (void)sendto(s->socket, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to);
}

void store_poke_all(store *s, unsigned about)
{
    for (peer *p = s->peers; p; p = p->next)
        store_poke(s, p->id, about);
}

static void on_self_poke(evutil_socket_t fd, short what, void *arg)
{
    store *s = arg;
    unsigned about = s->self_about;
    s->self_about = 0;
    notify(s, about);
}

/* ---- members ---- */

static void lock_path(const store *s, const char *member, char out[PATH_MAX])
{
    snprintf(out, PATH_MAX, "%.*s/%.16s.lock", PATH_MAX - 40, s->folder, member);
}

/* False only if nobody holds the member's lock for sure: when descriptors are out, everybody lives. */
static bool lives(const store *s, const char *member)
{
    char path[PATH_MAX];
    lock_path(s, member, path);
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno != ENOENT;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool held = fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
    close(fd);
    return held;
}

/* Removes a member's row and all that was its: its registrations and own queues go, what it had not finished goes back.
 */
static lymph_status remove_member(store *s, const char *id, failure *f)
{
    lymph_status st = store_begin(s, f);
    if (st)
        return st;
    st = store_run(s, "DELETE FROM instance WHERE member = ?", id, NULL, NULL, f);
    if (!st)
        st = store_run(s, "UPDATE message SET claimed = NULL, redelivered = 1 WHERE claimed = ?", id, NULL, NULL, f);
    if (!st)
        st = store_run(s, "DELETE FROM message WHERE queue IN (SELECT id FROM queue WHERE owner = ?)", id, NULL, NULL,
                       f);
    if (!st)
        st = store_run(s, "DELETE FROM binding WHERE queue IN (SELECT id FROM queue WHERE owner = ?)", id, NULL, NULL,
                       f);
    if (!st)
        st = store_run(s, "DELETE FROM queue WHERE owner = ?", id, NULL, NULL, f);
    if (!st)
        st = store_run(s, "DELETE FROM consumer WHERE member = ?", id, NULL, NULL, f);
    if (!st)
        st = store_run(s, "DELETE FROM member WHERE id = ?", id, NULL, NULL, f);
    st = store_end(s, st, f);
    if (st)
        return st;
    char path[PATH_MAX];
    struct sockaddr_un address;
    lock_path(s, id, path);
    unlink(path);
    if (socket_path(s, id, &address))
        unlink(address.sun_path);
    return LYMPH_OK;
}

static void peer_free(peer *p)
{
    if (p->died)
        event_free(p->died);
    if (p->pidfd >= 0)
        close(p->pidfd);
    free(p);
}

static void forget_peer(store *s, peer *gone)
{
    peer **at = &s->peers;
    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    peer_free(gone);
}

static void on_death(evutil_socket_t fd, short what, void *arg)
{
    peer *p = arg;
    store *s = p->store;
    failure f = {0};
    if (lives(s, p->id)) /* the number belongs to another process here: the member has a process namespace of its own */
        return;
    if (remove_member(s, p->id, &f))
        log_line(s->log, LYMPH_WARNING, log_name, NULL, "cannot clean up behind a dead process: %s", f.message);
    forget_peer(s, p);
    notify(s, STORE_REGISTRY | STORE_EVENTS);
}

/* Watches the member's process. One that is gone already is removed; one of another PID namespace cannot be watched,
 * and is found dead only when the store is opened anew. */
static lymph_status add_peer(store *s, const char *id, pid_t pid, bool *dead, failure *f)
{
    peer *p = calloc(1, sizeof *p);
    if (!p)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    p->store = s;
    p->seen = true;
    snprintf(p->id, sizeof p->id, "%s", id);
    p->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    *dead = !lives(s, id); /* after the pidfd is open: a process that dies from here on is noticed */
    if (!*dead && p->pidfd >= 0) {
        p->died = event_new(loop_base(s->loop), p->pidfd, EV_READ, on_death, p);
        if (!p->died || event_add(p->died, NULL)) {
            peer_free(p);
            return failure_set(f, LYMPH_ENOMEM, "out of memory");
        }
    }
    if (*dead) {
        peer_free(p);
        return LYMPH_OK;
    }
    p->next = s->peers;
    s->peers = p;
    return LYMPH_OK;
}

static peer *find_peer(store *s, const char *id)
{
    peer *p = s->peers;
    while (p && strcmp(p->id, id) != 0)
        p = p->next;
    return p;
}

/* Brings the list of peers in line with the table. */
static lymph_status scan_members(store *s, failure *f)
{
    char dead[16][UNIQUE_HEX + 1];
    int dead_count = 0;
    for (peer *p = s->peers; p; p = p->next)
        p->seen = false;
    sqlite3_stmt *q = store_prepare(s, "SELECT id, pid FROM member", f);
    if (!q)
        return LYMPH_EBACKEND;
    lymph_status st = LYMPH_OK;
    int row;
    while (!st && dead_count < 16 && (row = store_step(s, q, f)) > 0) {
        const char *id = (const char *)sqlite3_column_text(q, 0);
        peer *known = id ? find_peer(s, id) : NULL;
        bool is_dead = false;
        if (!id || strcmp(id, s->id) == 0)
            continue;
        if (known)
            known->seen = true;
        else
            st = add_peer(s, id, (pid_t)sqlite3_column_int64(q, 1), &is_dead, f);
        if (is_dead)
            snprintf(dead[dead_count++], sizeof *dead, "%s", id);
    }
    store_done(q);
    if (!st && row < 0)
        st = LYMPH_EBACKEND;
    for (int i = 0; i < dead_count && !st; i++)
        st = remove_member(s, dead[i], f);
    bool whole = !st && dead_count < 16; /* only then is who was not seen gone */
    for (peer *p = s->peers, *next; p && whole; p = next) {
        next = p->next;
        if (!p->seen)
            forget_peer(s, p);
    }
    return !st && dead_count == 16 ? scan_members(s, f) : st;
}

static void on_poke(evutil_socket_t fd, short what, void *arg)
{
    store *s = arg;
    unsigned about = 0;
    int count = 0;
    char byte;
    for (; recv(fd, &byte, 1, MSG_DONTWAIT) == 1; count++)
        about |= (unsigned char)byte;
    if (count > 1) /* the buffer may have been full: others may have been about something else */
        about |= STORE_REGISTRY | STORE_EVENTS;
    failure f = {0};
    if ((about & STORE_REGISTRY) && scan_members(s, &f)) /* members come and go with registrations */
        log_line(s->log, LYMPH_WARNING, log_name, NULL, "%s", f.message);
    notify(s, about);
}

static lymph_status join(store *s, failure *f)
{
    char path[PATH_MAX], pid[24];
    struct sockaddr_un address;
    unique_hex(s->id);
    s->id[16] = '\0';
    lock_path(s, s->id, path);
    if (!socket_path(s, s->id, &address))
        return failure_set(f, LYMPH_ECONFIG, "the path %s is too long for a socket", s->folder);
    s->lock = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (s->lock < 0 || fcntl(s->lock, F_OFD_SETLK, &lock))
        return failure_set(f, LYMPH_EBACKEND, "cannot lock %s: %s", path, strerror(errno));
    s->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->socket < 0 || bind(s->socket, (struct sockaddr *)&address, sizeof address))
        return failure_set(f, LYMPH_EBACKEND, "cannot make the socket %s: %s", address.sun_path, strerror(errno));
    s->readable = event_new(loop_base(s->loop), s->socket, EV_READ | EV_PERSIST, on_poke, s);
    s->self_poked = event_new(loop_base(s->loop), -1, 0, on_self_poke, s);
    if (!s->readable || !s->self_poked || event_add(s->readable, NULL))
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    lymph_status st = store_run(s, "INSERT INTO member(id, pid) VALUES(?, ?)", s->id, pid, NULL, f);
    if (!st)
        st = scan_members(s, f);
    if (!st)
        store_poke_all(s, STORE_REGISTRY); /* so that they watch us */
    return st;
}

/* ---- opening ---- */

/* The change to a write-ahead log needs the file for itself and, alone among all statements, does not wait for it:
 * programs that open a fresh store at once meet here. */
static int use_write_ahead_log(sqlite3 *db)
{
    int64_t deadline = clock_now_us() + BUSY_MS * 1000;
    int code;
    while ((code = sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL)) == SQLITE_BUSY &&
           clock_now_us() < deadline)
        usleep(2000);
    return code;
}

static lymph_status open_file(store *s, failure *f)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/store.db", s->folder);
    mode_t mask = umask(0077);
    int code = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    umask(mask);
    if (!s->db)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    if (code)
        return sql_failure(s, f);
    sqlite3_busy_timeout(s->db, BUSY_MS);
    if (use_write_ahead_log(s->db) || sqlite3_exec(s->db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL))
        return sql_failure(s, f);
    sqlite3_stmt *q = NULL;
    int version = -1;
    if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
        version = sqlite3_column_int(q, 0);
    sqlite3_finalize(q);
    if (version < 0)
        return sql_failure(s, f);
    if (version != 0 && version != SCHEMA_VERSION)
        return failure_set(f, LYMPH_EBACKEND,
                           "%s was made by another version of lymph: stop its programs and remove it", path);
    char all[sizeof schema + 80];
    snprintf(all, sizeof all, "BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT;", schema, SCHEMA_VERSION);
    return sqlite3_exec(s->db, all, NULL, NULL, NULL) ? sql_failure(s, f) : LYMPH_OK;
}

static void store_free(store *s)
{
    while (s->peers)
        forget_peer(s, s->peers);
    if (s->readable)
        event_free(s->readable);
    if (s->self_poked)
        event_free(s->self_poked);
    if (s->socket >= 0)
        close(s->socket);
    for (int i = 0; i < STATEMENTS_MAX; i++)
        sqlite3_finalize(s->statements[i].stmt);
    sqlite3_close(s->db);
    if (s->lock >= 0)
        close(s->lock);
    free(s);
}

lymph_status store_open(loop *l, const config_node *section, logger *log, store **out, failure *f)
{
    char folder[PATH_MAX];
    lymph_status st = folder_open(section, log, folder, f);
    if (st)
        return st;
    for (store *s = stores; s; s = s->next) {
        if (s->loop == l && strcmp(s->folder, folder) == 0) {
            s->users++;
            *out = s;
            return LYMPH_OK;
        }
    }
    store *s = calloc(1, sizeof *s);
    if (!s)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    s->loop = l;
    s->log = log;
    s->users = 1;
    s->lock = s->socket = -1;
    strcpy(s->folder, folder);
    st = open_file(s, f);
    if (!st)
        st = join(s, f);
    if (st) {
        if (s->db && s->id[0])
            (void)remove_member(s, s->id, NULL);
        store_free(s);
        return st;
    }
    s->next = stores;
    stores = s;
    *out = s;
    return LYMPH_OK;
}

void store_close(store *s)
{
    if (!s || --s->users)
        return;
    failure f = {0};
    if (remove_member(s, s->id, &f))
        log_line(s->log, LYMPH_WARNING, log_name, NULL, "cannot leave the local cluster: %s", f.message);
    store_poke_all(s, STORE_REGISTRY | STORE_EVENTS);
    store **at = &stores;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    store_free(s);
}

void store_listen(store *s, store_listener *l)
{
    l->next = s->listeners;
    s->listeners = l;
}

void store_unlisten(store *s, store_listener *l)
{
    for (store_listener **at = &s->listeners; *at; at = &(*at)->next) {
        if (*at == l) {
            *at = l->next;
            return;
        }
    }
}

const char *store_member(const store *s)
{
    return s->id;
}

loop *store_loop(const store *s)
{
    return s->loop;
}
