#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILDREN_MAX 64

typedef struct child {
    pid_t pid;
    bool ended;
    double cpu;
} child;

static char folder[4096];
static int alive = -1; /* held open by every process but the keeper */
static pid_t keeper;
static child children[CHILDREN_MAX];
static int child_count;

void bench_die(const char *what, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(1);
}

static void must(bool ok, const char *what)
{
    if (!ok)
        bench_die(what, strerror(errno));
}

/* ---- the folder ---- */

static int remove_one(const char *path, const struct stat *s, int kind, struct FTW *place)
{
    (void)s, (void)kind, (void)place;
    return remove(path);
}

/* Only a process that outlives all others can tidy up after a kill -9. It is in a session of its own, so that no signal
 * to the group of the benchmark meets it, and heeds none that asks to end. */
static void keep(int last)
{
    char none;
    setsid();
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    while (read(last, &none, 1) < 0 && errno == EINTR)
        ;
    _exit(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) ? 1 : 0);
}

const char *bench_open(unsigned limit)
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/lymph-bench-XXXXXX", base && *base ? base : "/tmp");
    must(mkdtemp(folder), folder);
    int ends[2];
    must(!pipe2(ends, O_CLOEXEC), "pipe");
    keeper = fork();
    must(keeper >= 0, "fork");
    if (keeper == 0) {
        close(ends[1]);
        keep(ends[0]);
    }
    close(ends[0]);
    alive = ends[1];
    alarm(limit);
    return folder;
}

void bench_close(void)
{
    int status;
    close(alive);
    must(waitpid(keeper, &status, 0) == keeper, "wait");
    if (status)
        bench_die(folder, "cannot be removed");
}

/* ---- processes ---- */

pid_t bench_start(void (*run)(void *arg), void *arg)
{
    pid_t parent = getpid();
    if (child_count == CHILDREN_MAX)
        bench_die("fork", "too many processes");
    fflush(NULL);
    pid_t pid = fork();
    must(pid >= 0, "fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) /* it ended before we asked to be told */
            _exit(1);
        run(arg);
        exit(0);
    }
    children[child_count++] = (child){.pid = pid};
    return pid;
}

static child *find(pid_t pid)
{
    for (int i = 0; i < child_count; i++)
        if (children[i].pid == pid)
            return &children[i];
    bench_die("wait", "no such process");
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Notes the end of a process; false: none has ended. */
static bool reap(int flags)
{
    int status;
    struct rusage used;
    pid_t pid = wait4(-1, &status, flags, &used);
    must(pid >= 0, "wait");
    if (pid == 0)
        return false;
    if (pid == keeper)
        bench_die("the keeper of the folder", "has ended");
    if (status)
        bench_die("a process of the benchmark", "has failed");
    child *c = find(pid);
    c->ended = true;
    c->cpu = seconds(used.ru_utime) + seconds(used.ru_stime);
    return true;
}

bool bench_runs(pid_t pid)
{
    while (reap(WNOHANG))
        ;
    return !find(pid)->ended;
}

double bench_wait(pid_t pid)
{
    child *c = find(pid);
    while (!c->ended)
        reap(0);
    double cpu = c->cpu;
    *c = children[--child_count];
    return cpu;
}

void bench_stop(pid_t pid)
{
    child *c = find(pid);
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    *c = children[--child_count];
}

/* ---- the rest ---- */

int64_t bench_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int bench_free_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int s = socket(AF_INET, SOCK_STREAM, 0);
    must(s >= 0 && !bind(s, (struct sockaddr *)&a, size) && !getsockname(s, (struct sockaddr *)&a, &size), "free port");
    close(s);
    return ntohs(a.sin_port);
}
