#include "core/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/time.h>
#include <time.h>

#include "core/clock.h"
#include "core/complaints.h"
#include "core/failure.h"
#include "core/sink.h"
#include "core/text.h"

struct logger {
    sink sink;
    lymph_level level;
    atomic_ulong dropped; /* lines, since the last that was written */
    pthread_mutex_t lock; /* over the complaints; nobody writes while he holds it */
    complaints complaints;
};

static const char *const level_names[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};

static bool level_of(const char *name, lymph_level *out)
{
    for (int i = 0; i < 5; i++) {
        if (strcasecmp(name, level_names[i]) == 0 || (i == LYMPH_WARNING && strcasecmp(name, "WARN") == 0)) {
            *out = (lymph_level)i;
            return true;
        }
    }
    return false;
}

lymph_status log_open(const char *file, const char *level, logger **out, failure *f)
{
    lymph_level wanted = LYMPH_WARNING;
    if (level && !level_of(level, &wanted))
        return failure_set(f, LYMPH_EINVAL, "'%s' is no log level; use DEBUG, INFO, WARNING, ERROR or CRITICAL", level);
    logger *l = calloc(1, sizeof *l);
    if (!l)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    l->level = wanted;
    if (sink_open(&l->sink, file)) {
        failure_set(f, LYMPH_ESYSTEM, "cannot open the log file %s: %s", file, strerror(errno));
        free(l);
        return LYMPH_ESYSTEM;
    }
    pthread_mutex_init(&l->lock, NULL);
    *out = l;
    return LYMPH_OK;
}

bool log_wants(const logger *l, lymph_level level)
{
    return l && level >= l->level;
}

/* Writes one line of at most SINK_LINE_MAX bytes; the trace id always fits. */
static bool write_line(logger *l, lymph_level level, const char *name, const char *trace_id, const char *text)
{
    char line[SINK_LINE_MAX], trace[4 * 128 + 1];
    struct timeval now;
    struct tm local;
    gettimeofday(&now, NULL);
    localtime_r(&now.tv_sec, &local);
    size_t n = strftime(line, 64, "%Y-%m-%d %H:%M:%S", &local);
    n += (size_t)snprintf(line + n, 64, ",%03d [%s] ", (int)(now.tv_usec / 1000), level_names[level]);
    n += text_escape(line + n, 256, name, strlen(name));
    n += (size_t)snprintf(line + n, 3, ": ");
    size_t trace_size = text_escape(trace, sizeof trace, trace_id, strlen(trace_id));
    n += text_escape(line + n, sizeof line - n - trace_size - sizeof " - trace_id=\"\"\n", text, strlen(text));
    n += (size_t)snprintf(line + n, sizeof line - n, " - trace_id=\"%s\"\n", trace);
    return sink_write(&l->sink, line, n);
}

/* False: nothing is taken now. */
static bool tell_dropped(logger *l)
{
    unsigned long count = atomic_exchange(&l->dropped, 0);
    if (!count)
        return true;
    char text[128];
    snprintf(text, sizeof text, "%lu line%s of this log %s dropped: nobody took them in time", count,
             count == 1 ? "" : "s", count == 1 ? "was" : "were");
    if (write_line(l, LYMPH_WARNING, "lymph.log", "None", text))
        return true;
    atomic_fetch_add(&l->dropped, count);
    return false;
}

void log_vline(logger *l, lymph_level level, const char *name, const char *trace_id, const char *format, va_list args)
{
    if (!log_wants(l, level))
        return;
    char text[SINK_LINE_MAX];
    vsnprintf(text, sizeof text, format, args);
    if (!tell_dropped(l) || !write_line(l, level, name, trace_id ? trace_id : "None", text))
        atomic_fetch_add(&l->dropped, 1);
}

void log_line(logger *l, lymph_level level, const char *name, const char *trace_id, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_vline(l, level, name, trace_id, format, args);
    va_end(args);
}

/* ---- what somebody outside can cause ---- */

static void settle(logger *l, bool all)
{
    int64_t now = clock_now_us();
    for (complaint c;;) {
        pthread_mutex_lock(&l->lock);
        bool over = complaints_take(&l->complaints, now, all, &c);
        pthread_mutex_unlock(&l->lock);
        if (!over)
            return;
        if (c.more)
            log_line(l, c.level, c.name, NULL, "%.*s: %lu more such lines in %.0f s (%s)", c.kind ? (int)c.who_size : 6,
                     c.kind ? c.who : "others", c.more, (double)(now - c.since_us) / 1e6,
                     c.kind ? c.kind : "of any kind");
    }
}

void log_settle(logger *l)
{
    settle(l, false);
}

void log_complaint(logger *l, lymph_level level, const char *name, const char *trace_id, const char *kind, slice who,
                   const char *format, ...)
{
    if (!log_wants(l, level))
        return;
    settle(l, false);
    pthread_mutex_lock(&l->lock);
    bool admitted = complaints_admit(&l->complaints, kind, who, level, name, clock_now_us());
    pthread_mutex_unlock(&l->lock);
    if (!admitted)
        return;
    va_list args;
    va_start(args, format);
    log_vline(l, level, name, trace_id, format, args);
    va_end(args);
}

void log_close(logger *l)
{
    if (!l)
        return;
    settle(l, true);
    tell_dropped(l);
    sink_close(&l->sink);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
