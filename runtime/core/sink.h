/* sink.h: where log lines go: a file, or standard error, which is written to without ever waiting for who reads it. */
#ifndef CORE_SINK_H
#define CORE_SINK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define SINK_LINE_MAX 4096 /* what a pipe takes as a whole or not at all (PIPE_BUF) */

typedef enum sink_kind {
    SINK_DIRECT, /* a file, a device: takes what it is given, or fails at once */
    SINK_PIPE,   /* a pipe or terminal through a description of our own that does not block */
    SINK_SHARED, /* the same, but only the description that others have, too */
    SINK_SOCKET,
} sink_kind;

typedef struct sink {
    int fd;
    sink_kind kind;
    atomic_bool cut; /* what was written last has no end */
} sink;

/* `file` is opened for appending; NULL: standard error, as it is now. 0, or -1 with errno. */
int sink_open(sink *s, const char *file);
void sink_close(sink *s);

/* Writes a line of at most SINK_LINE_MAX bytes at once. False if it was not taken, or only in part: then the next one
 * begins on a line of its own. Any thread. Raises no SIGPIPE. */
bool sink_write(sink *s, const char *line, size_t size);

#endif
