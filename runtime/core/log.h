/* log.h: the log of one container, in the original's line format:
 * `2026-11-24 03:56:45,895 [INFO] lymph.core.rpc: text - trace_id="…"` (local time; None without a trace id). */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdarg.h>
#include <stdbool.h>

#include <lymph/ctx.h>

#include "core/slice.h"

typedef struct logger logger;

/* `file`: NULL for standard error, else opened for appending. `level`: name in any case, NULL for WARNING.
 * LYMPH_EINVAL: no such level; LYMPH_ESYSTEM: the file cannot be opened. */
struct failure;
lymph_status log_open(const char *file, const char *level, logger **out, struct failure *f);
void log_close(logger *l); /* NULL is fine */

/* True if lines of this level are wanted: asked before arguments are made. */
bool log_wants(const logger *l, lymph_level level);

/* Writes one line with one write(2), of at most 4 KiB: what is longer is cut. What a terminal must not get is escaped
 * (core/text.h). Never waits and never fails: a line that is not taken at once is dropped and counted, and the next one
 * that is taken is told how many. Any thread. */
void log_line(logger *l, lymph_level level, const char *name, const char *trace_id, const char *format, ...)
    LYMPH_PRINTF(5, 6);
void log_vline(logger *l, lymph_level level, const char *name, const char *trace_id, const char *format, va_list args);

/* The same for what somebody outside can cause as often as he likes: of each `kind` ("dropped messages"; borrowed as
 * long as the log lives) and each `who` (such as a peer's endpoint) a few lines are written in a while, and what is
 * more is counted (core/complaints.h). */
void log_complaint(logger *l, lymph_level level, const char *name, const char *trace_id, const char *kind, slice who,
                   const char *format, ...) LYMPH_PRINTF(7, 8);

/* Tells the counts of which it is time; log_complaint and log_close do so as well. To be called now and then, or nobody
 * learns of a flood that has ended. Any thread. */
void log_settle(logger *l);

#endif
