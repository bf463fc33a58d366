/* sink.c: standard error belongs to others as well: the terminal, the shell, programs that were started with it. So its
 * open file description is not set to O_NONBLOCK, which all of them would feel. Linux opens a second one of the same
 * pipe or terminal through /proc, and that one is ours. */
#include "core/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void open_stderr(sink *s)
{
    struct stat st;
    s->fd = STDERR_FILENO;
    s->kind = SINK_DIRECT;
    if (fstat(STDERR_FILENO, &st))
        return;
    if (S_ISSOCK(st.st_mode)) {
        s->kind = SINK_SOCKET;
    } else if (S_ISFIFO(st.st_mode) || isatty(STDERR_FILENO)) {
        int own = open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        s->fd = own < 0 ? STDERR_FILENO : own;
        s->kind = own < 0 ? SINK_SHARED : SINK_PIPE;
    }
}

int sink_open(sink *s, const char *file)
{
    atomic_init(&s->cut, false);
    if (!file) {
        open_stderr(s);
        return 0;
    }
    /* Not blocking, for who names a FIFO here. */
    s->fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);
    struct stat st;
    s->kind = s->fd >= 0 && !fstat(s->fd, &st) && S_ISFIFO(st.st_mode) ? SINK_PIPE : SINK_DIRECT;
    return s->fd < 0 ? -1 : 0;
}

void sink_close(sink *s)
{
    if (s->fd != STDERR_FILENO)
        close(s->fd);
}

/* A pipe that nobody reads any more sends a signal, of which the process is to know nothing. */
static ssize_t write_quietly(int fd, const char *data, size_t size)
{
    sigset_t sigpipe, before;
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
    ssize_t n = write(fd, data, size);
    int error = errno;
    if (n < 0 && error == EPIPE && !sigismember(&before, SIGPIPE))
        (void)sigtimedwait(&sigpipe, NULL, &(struct timespec){0});
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return n;
}

/* At most what is taken without waiting. A pipe that is writable takes SINK_LINE_MAX bytes, unless another writer comes
 * in between: only a description of our own keeps that from blocking. */
static ssize_t write_at_once(const sink *s, const char *data, size_t size)
{
    struct pollfd p = {.fd = s->fd, .events = POLLOUT};
    switch (s->kind) {
    case SINK_SOCKET:
        return send(s->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    case SINK_SHARED:
        if (poll(&p, 1, 0) != 1 || p.revents != POLLOUT)
            return -1;
        return write_quietly(s->fd, data, size);
    case SINK_PIPE:
        return write_quietly(s->fd, data, size);
    default:
        return write(s->fd, data, size);
    }
}

bool sink_write(sink *s, const char *line, size_t size)
{
    if (atomic_load(&s->cut)) {
        if (write_at_once(s, "\n", 1) != 1)
            return false;
        atomic_store(&s->cut, false);
    }
    ssize_t n = write_at_once(s, line, size);
    if (n > 0 && (size_t)n < size)
        atomic_store(&s->cut, true);
    return n == (ssize_t)size;
}
