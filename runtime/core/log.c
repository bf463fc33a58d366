#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "core/failure.h"

#define LINE_MAX_SIZE 8192

struct logger {
    int fd;
    lymph_level level;
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
    int fd = file ? open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644) : STDERR_FILENO;
    if (fd < 0)
        return failure_set(f, LYMPH_ESYSTEM, "cannot open the log file %s: %s", file, strerror(errno));
    logger *l = malloc(sizeof *l);
    if (!l) {
        if (file)
            close(fd);
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    }
    *l = (logger){.fd = fd, .level = wanted};
    *out = l;
    return LYMPH_OK;
}

void log_close(logger *l)
{
    if (!l)
        return;
    if (l->fd != STDERR_FILENO)
        close(l->fd);
    free(l);
}

bool log_wants(const logger *l, lymph_level level)
{
    return l && level >= l->level;
}

/* Control characters, newlines among them, would let a peer's text forge lines or drive a terminal. */
static size_t escape(char *to, size_t room, const char *from)
{
    size_t n = 0;
    for (; *from && n + 5 < room; from++) {
        unsigned char c = (unsigned char)*from;
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            n += (size_t)snprintf(to + n, 5, "\\x%02x", c);
        else
            to[n++] = (char)c;
    }
    to[n] = '\0';
    return n;
}

void log_vline(logger *l, lymph_level level, const char *name, const char *trace_id, const char *format, va_list args)
{
    if (!log_wants(l, level))
        return;
    char line[LINE_MAX_SIZE], text[LINE_MAX_SIZE / 2], trace[600];
    struct timeval now;
    struct tm local;
    gettimeofday(&now, NULL);
    localtime_r(&now.tv_sec, &local);
    size_t n = strftime(line, sizeof line, "%Y-%m-%d %H:%M:%S", &local);
    n += (size_t)snprintf(line + n, sizeof line - n, ",%03d [%s] %.200s: ", (int)(now.tv_usec / 1000),
                          level_names[level], name);
    vsnprintf(text, sizeof text, format, args);
    n += escape(line + n, sizeof line - n - sizeof trace - 32, text);
    escape(trace, sizeof trace, trace_id ? trace_id : "None");
    n += (size_t)snprintf(line + n, sizeof line - n, " - trace_id=\"%s\"\n", trace);
    ssize_t written = write(l->fd, line, n);
    (void)written; /* a log that cannot be written is no reason to stop */
}

void log_line(logger *l, lymph_level level, const char *name, const char *trace_id, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_vline(l, level, name, trace_id, format, args);
    va_end(args);
}
