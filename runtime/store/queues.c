#include "store/queues.h"

#include <inttypes.h>

#include "core/clock.h"
#include "store/schema.h"

/* Limits of one queue. A single event fits always. */
#define LASTING_MESSAGES 100000
#define LASTING_BYTES    ((int64_t)256 << 20)
#define OWN_MESSAGES     10000
#define OWN_BYTES        ((int64_t)64 << 20)
#define CLAIM_BYTES      (4 << 20)
#define SMALL            65536 /* larger data are read in place, without a copy in between */

int64_t queues_of(int64_t message)
{
    return message / QUEUE_SPAN;
}

static int64_t first_of(int64_t queue)
{
    return queue * QUEUE_SPAN;
}

static lymph_status changed(db *d, failure *f)
{
    return db_run(d, f, "UPDATE version SET number = number + 1", "");
}

/* ---- coming and going ---- */

lymph_status queues_declare(db *d, const char *name, const char *const *patterns, size_t count, bool own,
                            int64_t member, int64_t *id, failure *f)
{
    lymph_status st = db_get(d, f, id, 0, "SELECT id FROM queue WHERE name = ?", "t", name);
    if (!st && !*id) {
        /* Never a number again that was a queue's: somebody may still have its messages. */
        st = db_get(d, f, id, 0, "UPDATE version SET queues = queues + 1 RETURNING queues", "");
        if (!st)
            st = db_run(d, f, "INSERT INTO queue VALUES(?1, ?2, nullif(?3, 0), 0, 0, ?4, ?4, 0, 0)", "itii", *id, name,
                        own ? member : 0, first_of(*id));
    }
    for (size_t i = 0; i < count && !st; i++)
        st = db_run(d, f, "INSERT OR IGNORE INTO binding VALUES(?, ?)", "it", *id, patterns[i]);
    if (!st)
        st = db_run(d, f, "INSERT OR IGNORE INTO consumer VALUES(?, ?)", "ii", *id, member);
    return st ? st : changed(d, f);
}

static lymph_status drop_queue(db *d, int64_t queue, failure *f)
{
    static const char *const steps[] = {
        "DELETE FROM message WHERE id > ?1 AND id < ?2", "DELETE FROM claim WHERE message > ?1 AND message < ?2",
        "DELETE FROM delayed WHERE queue = ?3",          "DELETE FROM binding WHERE queue = ?3",
        "DELETE FROM consumer WHERE queue = ?3",         "DELETE FROM queue WHERE id = ?3",
    };
    lymph_status st = LYMPH_OK;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !st; i++) {
        sqlite3_stmt *q = db_prepare(d, steps[i], f);
        if (!q)
            return LYMPH_EBACKEND;
        sqlite3_bind_int64(q, 1, first_of(queue)); /* those that a statement has not are refused, and not missed */
        sqlite3_bind_int64(q, 2, first_of(queue + 1));
        sqlite3_bind_int64(q, 3, queue);
        st = db_step(d, q, f) < 0 ? LYMPH_EBACKEND : LYMPH_OK;
        db_done(q);
    }
    return st;
}

lymph_status queues_leave(db *d, int64_t queue, bool own, int64_t member, failure *f)
{
    lymph_status st = own ? drop_queue(d, queue, f)
                          : db_run(d, f, "DELETE FROM consumer WHERE queue = ? AND member = ?", "ii", queue, member);
    return st ? st : changed(d, f);
}

static lymph_status give_back(db *d, int64_t message, failure *f)
{
    lymph_status st = db_run(d, f, "UPDATE message SET redelivered = 1 WHERE id = ?", "i", message);
    return st ? st
              : db_run(d, f, "UPDATE queue SET cursor = min(cursor, ?2 - 1), waiting = 0 WHERE id = ?1", "ii",
                       queues_of(message), message);
}

lymph_status queues_return(db *d, int64_t queue, int64_t member, failure *f)
{
    int64_t id = 0;
    lymph_status st;
    while (!(st = db_get(d, f, &id, 0, "SELECT message FROM claim WHERE member = ? AND message > ? AND message < ?",
                         "iii", member, first_of(queue), first_of(queue + 1))) &&
           id) {
        st = db_run(d, f, "DELETE FROM claim WHERE message = ?", "i", id);
        if (!st)
            st = give_back(d, id, f);
        if (st)
            return st;
    }
    return st;
}

lymph_status queues_leave_all(db *d, int64_t member, failure *f)
{
    int64_t id = 0;
    lymph_status st;
    while (!(st = db_get(d, f, &id, 0, "SELECT id FROM queue WHERE owner = ?", "i", member)) && id)
        if ((st = drop_queue(d, id, f)))
            return st;
    while (!st && !(st = db_get(d, f, &id, 0, "SELECT message FROM claim WHERE member = ?", "i", member)) && id)
        st = queues_return(d, queues_of(id), member, f);
    if (!st)
        st = db_run(d, f, "DELETE FROM consumer WHERE member = ?", "i", member);
    return st ? st : changed(d, f);
}

/* ---- putting ---- */

typedef struct state {
    bool there, own;
    int64_t messages, bytes, last, cursor, waiting, dropped;
} state;

static lymph_status read_state(db *d, int64_t queue, state *s, failure *f)
{
    sqlite3_stmt *q = db_prepare(
        d, "SELECT owner IS NOT NULL, messages, bytes, last, cursor, waiting, dropped FROM queue WHERE id = ?", f);
    if (!q)
        return LYMPH_EBACKEND;
    sqlite3_bind_int64(q, 1, queue);
    int row = db_step(d, q, f);
    if (row > 0)
        *s = (state){true,
                     sqlite3_column_int(q, 0),
                     sqlite3_column_int64(q, 1),
                     sqlite3_column_int64(q, 2),
                     sqlite3_column_int64(q, 3),
                     sqlite3_column_int64(q, 4),
                     sqlite3_column_int64(q, 5),
                     sqlite3_column_int64(q, 6)};
    db_done(q);
    s->there = row > 0;
    return row < 0 ? LYMPH_EBACKEND : LYMPH_OK;
}

static bool fits(const state *s, size_t size)
{
    return s->messages < (s->own ? OWN_MESSAGES : LASTING_MESSAGES) &&
           (!s->messages || s->bytes + (int64_t)size <= (s->own ? OWN_BYTES : LASTING_BYTES));
}

/* Makes room by removing the oldest that nobody has claimed. */
static lymph_status drop_oldest(db *d, int64_t queue, state *s, size_t size, failure *f)
{
    lymph_status st = LYMPH_OK;
    while (!st && !fits(s, size)) {
        sqlite3_stmt *q = db_prepare(d,
                                     "SELECT id, length(data) FROM message WHERE id > ? AND id < ? AND NOT EXISTS"
                                     " (SELECT 1 FROM claim WHERE message = message.id) ORDER BY id LIMIT 1",
                                     f);
        if (!q)
            return LYMPH_EBACKEND;
        sqlite3_bind_int64(q, 1, s->cursor);
        sqlite3_bind_int64(q, 2, first_of(queue + 1));
        int row = db_step(d, q, f);
        int64_t id = row > 0 ? sqlite3_column_int64(q, 0) : 0, bytes = row > 0 ? sqlite3_column_int64(q, 1) : 0;
        db_done(q);
        if (row <= 0) /* all that is there is being handled: one more does not matter */
            return row < 0 ? LYMPH_EBACKEND : LYMPH_OK;
        st = db_run(d, f, "DELETE FROM message WHERE id = ?", "i", id);
        s->cursor = id;
        s->messages--;
        s->bytes -= bytes;
        s->dropped++;
    }
    return st;
}

static lymph_status insert(db *d, const char *statement, int64_t id, const queue_put *p, int64_t queue, failure *f)
{
    sqlite3_stmt *q = db_prepare(d, statement, f);
    if (!q)
        return LYMPH_EBACKEND;
    sqlite3_bind_int64(q, 1, id);
    db_bind_text(q, 2, p->type);
    sqlite3_bind_blob64(q, 3, p->size ? p->data : "", p->size, SQLITE_STATIC);
    sqlite3_bind_int64(q, 4, queue);
    sqlite3_bind_int64(q, 5, p->due_ms);
    int row = db_step(d, q, f);
    db_done(q);
    return row < 0 ? LYMPH_EBACKEND : LYMPH_OK;
}

static lymph_status write_state(db *d, int64_t queue, const state *s, failure *f)
{
    return db_run(d, f,
                  "UPDATE queue SET messages = ?2, bytes = ?3, last = ?4, cursor = ?5, waiting = ?6, dropped = ?7"
                  " WHERE id = ?1",
                  "iiiiiii", queue, s->messages, s->bytes, s->last, s->cursor, s->waiting, s->dropped);
}

lymph_status queues_put(db *d, int64_t queue, queue_put *p, failure *f)
{
    state s = {0};
    lymph_status st = read_state(d, queue, &s, f);
    if (st || !s.there)
        return st;
    if (!s.own && !fits(&s, p->size))
        return failure_set(f, LYMPH_ELIMIT,
                           "a queue for event %s holds %" PRId64 " messages of %" PRId64
                           " bytes already and takes no more",
                           p->type, s.messages, s.bytes);
    bool dropped = s.dropped > 0;
    st = drop_oldest(d, queue, &s, p->size, f);
    p->overflow = s.dropped && !dropped;
    s.messages++;
    s.bytes += (int64_t)p->size;
    p->poke = p->due_ms || s.waiting;
    s.waiting = 0;
    if (!st && p->due_ms)
        st = insert(d, "INSERT INTO delayed(queue, due, type, data) VALUES(?4, ?5, ?2, ?3)", 0, p, queue, f);
    else if (!st)
        st = insert(d, "INSERT INTO message VALUES(?1, 0, ?2, ?3)", ++s.last, p, queue, f);
    return st ? st : write_state(d, queue, &s, f);
}

/* ---- claiming ---- */

/* What is due moves to the end of the queue. */
static lymph_status take_delayed(db *d, int64_t queue, state *s, int64_t *next_due, failure *f)
{
    int64_t now = (int64_t)(clock_wall() * 1000), id = 0;
    lymph_status st;
    while (!(st = db_get(d, f, next_due, 0, "SELECT min(due) FROM delayed WHERE queue = ?", "i", queue)) && *next_due &&
           *next_due <= now) {
        st = db_get(d, f, &id, 0, "SELECT id FROM delayed WHERE queue = ? AND due = ? ORDER BY id LIMIT 1", "ii", queue,
                    *next_due);
        if (!st)
            st = db_run(d, f, "INSERT INTO message SELECT ?1, 0, type, data FROM delayed WHERE id = ?2", "ii",
                        ++s->last, id);
        if (!st)
            st = db_run(d, f, "DELETE FROM delayed WHERE id = ?", "i", id);
        if (st)
            return st;
    }
    return st;
}

static lymph_status hand_out(db *d, queue_claim *c, queue_entry *e, failure *f)
{
    uint8_t *large = NULL;
    if (!e->data) {
        sqlite3_blob *blob = NULL;
        large = sqlite3_malloc64(e->size);
        if (!large)
            return failure_set(f, LYMPH_ENOMEM, "out of memory");
        bool ok = sqlite3_blob_open(d->sql, "main", "message", "data", e->id, 0, &blob) == SQLITE_OK &&
                  sqlite3_blob_read(blob, large, (int)e->size, 0) == SQLITE_OK;
        sqlite3_blob_close(blob);
        if (!ok) {
            sqlite3_free(large);
            return db_failure(d, f);
        }
        e->data = large;
    }
    lymph_status st = c->each(c->arg, e, f);
    sqlite3_free(large);
    return st ? st : db_run(d, f, "INSERT INTO claim VALUES(?, ?)", "ii", e->id, c->member);
}

static lymph_status claim_some(db *d, queue_claim *c, state *s, failure *f)
{
    sqlite3_stmt *q =
        db_prepare(d,
                   "SELECT id, redelivered, type, length(data), CASE WHEN length(data) <= ?4 THEN data END"
                   " FROM message WHERE id > ?1 AND id < ?2 AND NOT EXISTS"
                   " (SELECT 1 FROM claim WHERE message = message.id) ORDER BY id LIMIT ?3",
                   f);
    if (!q)
        return LYMPH_EBACKEND;
    sqlite3_bind_int64(q, 1, s->cursor);
    sqlite3_bind_int64(q, 2, first_of(c->queue + 1));
    sqlite3_bind_int64(q, 3, c->count);
    sqlite3_bind_int64(q, 4, SMALL);
    lymph_status st = LYMPH_OK;
    size_t bytes = 0;
    unsigned count = 0;
    int row = 0;
    while (!st && (count == 0 || bytes < CLAIM_BYTES) && (row = db_step(d, q, f)) > 0) {
        queue_entry e = {.id = sqlite3_column_int64(q, 0),
                         .redelivered = sqlite3_column_int(q, 1),
                         .type = (const char *)sqlite3_column_text(q, 2),
                         .size = (size_t)sqlite3_column_int64(q, 3),
                         .data = sqlite3_column_blob(q, 4)};
        if (!e.size)
            e.data = "";
        st = e.type ? hand_out(d, c, &e, f) : failure_set(f, LYMPH_ENOMEM, "out of memory");
        s->cursor = e.id;
        bytes += e.size;
        count++;
    }
    c->found = count;
    c->empty = row == 0 && count < c->count;
    db_done(q);
    return st ? st : row < 0 ? LYMPH_EBACKEND : LYMPH_OK;
}

lymph_status queues_claim(db *d, queue_claim *c, failure *f)
{
    state s = {0};
    c->empty = false;
    c->found = 0;
    c->dropped = c->due_ms = 0;
    lymph_status st = read_state(d, c->queue, &s, f);
    if (st || !s.there) {
        c->empty = true;
        return st;
    }
    state before = s;
    st = take_delayed(d, c->queue, &s, &c->due_ms, f);
    if (!st)
        st = claim_some(d, c, &s, f);
    if (st)
        return st;
    if (c->empty && !(c->found && c->returns)) {
        c->dropped = s.dropped;
        s.dropped = 0;
        s.waiting = 1;
    }
    bool same = s.last == before.last && s.cursor == before.cursor && s.waiting == before.waiting &&
                s.dropped == before.dropped;
    return same ? LYMPH_OK : write_state(d, c->queue, &s, f);
}

/* ---- settling ---- */

lymph_status queues_settle(db *d, int64_t message, size_t size, int64_t member, bool back, bool *poke, failure *f)
{
    int64_t queue = queues_of(message), waiting = 0;
    *poke = false;
    lymph_status st = db_run(d, f, "DELETE FROM claim WHERE message = ? AND member = ?", "ii", message, member);
    if (st || !sqlite3_changes(d->sql))
        return st;
    if (back) {
        st = db_get(d, f, &waiting, 0, "SELECT waiting FROM queue WHERE id = ?", "i", queue);
        *poke = waiting;
        return st ? st : give_back(d, message, f);
    }
    st = db_run(d, f, "DELETE FROM message WHERE id = ?", "i", message);
    return st ? st
              : db_run(d, f, "UPDATE queue SET messages = messages - 1, bytes = bytes - ?2 WHERE id = ?1", "ii", queue,
                       (int64_t)size);
}
