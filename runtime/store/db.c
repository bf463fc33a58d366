#include "store/db.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/schema.h"

#define BUSY_MS    2000 /* for programs that are not ours: an operator's sqlite3 */
#define FREE_PAGES 256  /* that are kept for what comes */
#define FREE_STEP  1000 /* pages given back at once, so that nobody waits long */

enum { INDEX = 2 };
static const char *const suffixes[DB_FILES] = {"", "-wal", "-shm"};

static void file_path(const char *folder, int which, char out[PATH_MAX + 16])
{
    snprintf(out, PATH_MAX + 16, "%s/store.db%s", folder, suffixes[which]);
}

/* ---- statements ---- */

/* Errors of which a file that was cut short, removed or written over may be the cause. */
static bool is_suspect(int code)
{
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_ERROR: /* a table is missing */
        return true;
    default:
        return false;
    }
}

lymph_status db_failure(db *d, failure *f)
{
    int code = sqlite3_errcode(d->sql);
    if (is_suspect(code))
        d->suspect = true;
    const char *advice =
        code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? " (stop the cluster's programs and remove the file)" : "";
    return failure_set(f, LYMPH_EBACKEND, "local store %s/store.db: %s%s", d->folder, sqlite3_errmsg(d->sql), advice);
}

sqlite3_stmt *db_prepare(db *d, const char *text, failure *f)
{
    int i = 0;
    while (i < DB_STATEMENTS_MAX && d->statements[i].text && d->statements[i].text != text)
        i++;
    if (i == DB_STATEMENTS_MAX) {
        failure_set(f, LYMPH_EBACKEND, "local store: too many statements");
        return NULL;
    }
    if (!d->statements[i].stmt &&
        sqlite3_prepare_v3(d->sql, text, -1, SQLITE_PREPARE_PERSISTENT, &d->statements[i].stmt, NULL)) {
        db_failure(d, f);
        return NULL;
    }
    d->statements[i].text = text;
    return d->statements[i].stmt;
}

void db_bind_text(sqlite3_stmt *q, int at, const char *text)
{
    sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC);
}

int db_step(db *d, sqlite3_stmt *q, failure *f)
{
    int code = sqlite3_step(q);
    if (code == SQLITE_ROW)
        return 1;
    if (code == SQLITE_DONE)
        return 0;
    db_failure(d, f);
    return -1;
}

void db_done(sqlite3_stmt *q)
{
    if (!q)
        return;
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
}

static sqlite3_stmt *prepare_with(db *d, failure *f, const char *text, const char *types, va_list args)
{
    sqlite3_stmt *q = db_prepare(d, text, f);
    for (int i = 0; q && types[i]; i++) {
        if (types[i] == 'i')
            sqlite3_bind_int64(q, i + 1, va_arg(args, int64_t));
        else
            db_bind_text(q, i + 1, va_arg(args, const char *));
    }
    return q;
}

lymph_status db_run(db *d, failure *f, const char *text, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *q = prepare_with(d, f, text, types, args);
    va_end(args);
    int row = q ? 1 : -1;
    while (row > 0)
        row = db_step(d, q, f);
    db_done(q);
    return row < 0 ? LYMPH_EBACKEND : LYMPH_OK;
}

lymph_status db_get(db *d, failure *f, int64_t *out, int64_t otherwise, const char *text, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *q = prepare_with(d, f, text, types, args);
    va_end(args);
    int row = q ? db_step(d, q, f) : -1;
    *out = row > 0 ? sqlite3_column_int64(q, 0) : otherwise;
    db_done(q);
    return row < 0 ? LYMPH_EBACKEND : LYMPH_OK;
}

/* ---- transactions ---- */

lymph_status db_begin(db *d, failure *f)
{
    return db_run(d, f, "BEGIN IMMEDIATE", "");
}

lymph_status db_commit(db *d, failure *f)
{
    lymph_status st = db_run(d, f, "COMMIT", "");
    if (st)
        db_rollback(d);
    return st;
}

void db_rollback(db *d)
{
    if (!sqlite3_get_autocommit(d->sql)) /* else SQLite has done it by itself */
        (void)db_run(d, NULL, "ROLLBACK", "");
}

/* ---- opening ---- */

static lymph_status execute(db *d, const char *text, failure *f)
{
    return sqlite3_exec(d->sql, text, NULL, NULL, NULL) ? db_failure(d, f) : LYMPH_OK;
}

/* No forcing to the disk: what a process has written outlives it without, and what a machine has not, it does not
 * promise. No overwriting of what is deleted: the folder is private. */
static lymph_status set_up(db *d, failure *f)
{
    sqlite3_busy_timeout(d->sql, BUSY_MS);
    /* The log stays when the last one leaves: whoever removes it by its name may remove the log of a newer file. */
    sqlite3_file_control(d->sql, "main", SQLITE_FCNTL_PERSIST_WAL, &(int){1});
    lymph_status st = execute(d,
                              "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
                              "PRAGMA secure_delete = OFF; PRAGMA wal_autocheckpoint = 1000;"
                              "PRAGMA journal_size_limit = 4194304; PRAGMA cell_size_check = ON;",
                              f);
    int64_t version = 0;
    if (!st)
        st = db_get(d, f, &version, 0, "PRAGMA user_version", "");
    if (st)
        return st;
    if (version != 0 && version != SCHEMA_VERSION)
        return failure_set(f, LYMPH_EBACKEND,
                           "%s/store.db was made by another version of lymph: stop its programs and remove it",
                           d->folder);
    if (version == SCHEMA_VERSION)
        return LYMPH_OK;
    char all[sizeof schema_sql + 80];
    snprintf(all, sizeof all, "BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT;", schema_sql, SCHEMA_VERSION);
    return execute(d, all, f);
}

static lymph_status remember_files(db *d, failure *f)
{
    char path[PATH_MAX + 16];
    for (int i = 0; i < DB_FILES; i++) {
        file_path(d->folder, i, path);
        if (stat(path, &d->files[i]))
            return failure_set(f, LYMPH_EBACKEND, "%s was removed while it was opened", path);
    }
    return LYMPH_OK;
}

lymph_status db_open(db *d, const char *folder, failure *f)
{
    char path[PATH_MAX + 16];
    d->folder = folder;
    file_path(folder, 0, path);
    int made = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600); /* SQLite would make it readable to others */
    if (made >= 0)
        close(made);
    int code = sqlite3_open_v2(path, &d->sql, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (!d->sql)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    lymph_status st = code ? db_failure(d, f) : set_up(d, f);
    if (!st)
        st = remember_files(d, f);
    if (st)
        db_close(d);
    return st;
}

void db_close(db *d)
{
    for (int i = 0; i < DB_STATEMENTS_MAX; i++)
        sqlite3_finalize(d->statements[i].stmt);
    sqlite3_close(d->sql);
    const char *folder = d->folder;
    *d = (db){.folder = folder};
}

void db_forsake(db *d)
{
    char path[PATH_MAX + 16];
    struct stat now;
    if (!d->sql)
        return;
    db old = *d;
    sqlite3_db_config(d->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    db_close(d);
    for (int i = DB_FILES - 1; i >= 0; i--) {
        file_path(old.folder, i, path);
        if (stat(path, &now) == 0 && now.st_ino == old.files[i].st_ino && now.st_dev == old.files[i].st_dev)
            unlink(path);
    }
}

bool db_put_aside(const char *folder)
{
    char path[PATH_MAX + 16], aside[PATH_MAX + 32], head[16] = "";
    file_path(folder, 0, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, head, sizeof head);
    if (fd >= 0)
        close(fd);
    if (size <= 0 || (size == sizeof head && memcmp(head, "SQLite format 3", sizeof head) == 0))
        return false;
    snprintf(aside, sizeof aside, "%s.damaged", path);
    if (rename(path, aside))
        return false;
    for (int i = 1; i < DB_FILES; i++) {
        file_path(folder, i, path);
        unlink(path);
    }
    return true;
}

/* ---- looking after it ---- */

static bool files_present(db *d, failure *why)
{
    char path[PATH_MAX + 16];
    struct stat now;
    for (int i = 0; i < DB_FILES; i++) {
        file_path(d->folder, i, path);
        if (stat(path, &now)) {
            failure_set(why, LYMPH_EBACKEND, "%s was removed", path);
            return false;
        }
        if (now.st_ino != d->files[i].st_ino || now.st_dev != d->files[i].st_dev) {
            failure_set(why, LYMPH_EBACKEND, "%s was replaced", path);
            return false;
        }
        if (i == INDEX && now.st_size < d->files[i].st_size) { /* it only grows; and it is mapped memory */
            failure_set(why, LYMPH_EBACKEND, "%s was cut short", path);
            return false;
        }
    }
    return true;
}

/* The file as long as its first page says, by SQLite's own descriptor: opening another and closing it would lose its
 * locks. A process that died while it moved the log may leave less; then the whole is read. */
static bool looks_whole(db *d)
{
    sqlite3_file *file = NULL;
    sqlite3_int64 size = 0;
    unsigned char head[100];
    if (sqlite3_file_control(d->sql, "main", SQLITE_FCNTL_FILE_POINTER, &file) || !file->pMethods ||
        file->pMethods->xFileSize(file, &size) || file->pMethods->xRead(file, head, sizeof head, 0) ||
        memcmp(head, "SQLite format 3", 16) != 0)
        return false;
    sqlite3_int64 page = head[16] << 8 | head[17];
    sqlite3_int64 pages = (sqlite3_int64)head[28] << 24 | head[29] << 16 | head[30] << 8 | head[31];
    return size >= pages * (page == 1 ? 65536 : page);
}

static bool is_whole(db *d, failure *why)
{
    sqlite3_stmt *q = NULL;
    bool ok = sqlite3_prepare_v2(d->sql, "PRAGMA quick_check(1)", -1, &q, NULL) == SQLITE_OK &&
              sqlite3_step(q) == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(q, 0), "ok") == 0;
    sqlite3_finalize(q);
    if (!ok)
        failure_set(why, LYMPH_EBACKEND, "%s/store.db is damaged", d->folder);
    return ok;
}

static bool has_tables(db *d)
{
    int64_t version;
    return !db_get(d, NULL, &version, 0, "PRAGMA user_version", "") && version == SCHEMA_VERSION;
}

static bool shrink(db *d)
{
    int64_t pages = 0;
    if (db_get(d, NULL, &pages, 0, "PRAGMA freelist_count", "") || pages <= FREE_PAGES)
        return false;
    char text[64];
    int64_t step = pages - FREE_PAGES < FREE_STEP ? pages - FREE_PAGES : FREE_STEP;
    snprintf(text, sizeof text, "PRAGMA incremental_vacuum(%lld)", (long long)step);
    return sqlite3_exec(d->sql, text, NULL, NULL, NULL) == SQLITE_OK && pages - step > FREE_PAGES;
}

bool db_check(db *d, bool *more, failure *why)
{
    *more = false;
    if (!files_present(d, why))
        return false;
    bool suspect = d->suspect || !looks_whole(d);
    int moved = sqlite3_wal_checkpoint_v2(d->sql, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (moved != SQLITE_OK && is_suspect(moved))
        suspect = true;
    if (suspect && (!looks_whole(d) || !has_tables(d) || !is_whole(d, why))) {
        if (!why->message[0])
            failure_set(why, LYMPH_EBACKEND, "%s/store.db was cut short", d->folder);
        return false;
    }
    d->suspect = false;
    *more = shrink(d);
    return true;
}
