/* db.h: the SQLite file of a cluster: opened, asked, and looked after. All of it on the store's thread and with the
 * right to write (lock.h): so SQLite's own locks, which are not fair, are never waited for. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/failure.h"

#define DB_STATEMENTS_MAX 64
#define DB_FILES          3

typedef struct db {
    const char *folder;
    sqlite3 *sql; /* NULL: not open */
    struct {
        const char *text;
        sqlite3_stmt *stmt;
    } statements[DB_STATEMENTS_MAX];
    struct stat files[DB_FILES]; /* as they were when it was opened */
    bool suspect;                /* an error says that a file may be damaged: to be looked at */
} db;

/* Opens the file, makes it if it is not there. Zeroed `d`; `folder` must outlive it. LYMPH_EBACKEND: f says what to do.
 */
lymph_status db_open(db *d, const char *folder, failure *f);
void db_close(db *d); /* not open: nothing happens */

/* Closes without writing anything more, and removes those of the files that are still the ones that were opened: what
 * was in them is lost. For whoever has found that they are not whole any more. */
void db_forsake(db *d);

/* If the file is no database at all, moves it to store.db.damaged, and true: a new one can be made in its place. Nobody
 * has it open; with the right to write. */
bool db_put_aside(const char *folder);

/* Whether the files are still there, the same, and whole; else `why` says what is wrong. Also moves what is in the log
 * into the file, and gives free room back to the disk; `more`: there is more of that to do. */
bool db_check(db *d, bool *more, failure *why);

lymph_status db_begin(db *d, failure *f);
lymph_status db_commit(db *d, failure *f); /* after a failure everything is rolled back */
void db_rollback(db *d);

/* ---- statements; errors are told in `f` ---- */

/* Prepares `text`, a constant, and keeps it; NULL after a failure. Given back with db_done. */
sqlite3_stmt *db_prepare(db *d, const char *text, failure *f);
void db_bind_text(sqlite3_stmt *q, int at, const char *text); /* borrowed until db_done */
int db_step(db *d, sqlite3_stmt *q, failure *f);              /* next row: 1; no more: 0; failed: -1 */
void db_done(sqlite3_stmt *q);                                /* NULL is fine */

/* Runs a statement that has no rows. Its arguments by `types`: 't' const char * (or NULL), 'i' int64_t. */
lymph_status db_run(db *d, failure *f, const char *text, const char *types, ...);

/* The first column of its first row; `otherwise` if there is none. */
lymph_status db_get(db *d, failure *f, int64_t *out, int64_t otherwise, const char *text, const char *types, ...);

/* The failure of SQLite's last call. */
lymph_status db_failure(db *d, failure *f);

#endif
