/* main.c: events end to end, from an emitting process to a handler in another, in one run: through the embedded store,
 * through RabbitMQ with the same public API, and through the same RabbitMQ with rabbitmq-c alone.
 *
 *     make bench-events     starts a RabbitMQ of its own
 *     events-bench SECONDS  each measurement takes so long (2); RabbitMQ is at $LYMPH_TEST_RABBITMQ, else left out
 *
 * Each line is one plan on one side: events a second from the first emit to the last handler, the way from emit to
 * handler, how long an emit took on the average and at most, the processor time of emitters and consumer for one event
 * (not that of the server), and the store's files: the most of them, and what is left. Emitters pause while the
 * consumer is too far behind, so that the limits of queues are not what is measured: where it is the slower one, the
 * way is long. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <ftw.h>
#include <unistd.h>

#include "bench.h"
#include "side.h"

#define SECONDS_MAX  20
#define EMITTERS_MAX 4
#define PATIENCE_NS  (60 * INT64_C(1000000000)) /* for whatever must come to an end */

static board *shared;

typedef struct task {
    void (*run)(board *b, const char *where);
    const char *where;
} task;

static void run_task(void *arg)
{
    const task *t = arg;
    t->run(shared, t->where);
}

/* ---- the store's files ---- */

static int64_t bytes;

static int add_size(const char *path, const struct stat *s, int kind)
{
    (void)path;
    if (kind == FTW_F)
        bytes += s->st_blocks * 512;
    return 0;
}

static double megabytes(const char *folder)
{
    bytes = 0;
    (void)ftw(folder, add_size, 16); /* a file may vanish meanwhile */
    return (double)bytes / 1e6;
}

/* ---- one run ---- */

static void expect(bool in_time, const char *what)
{
    if (!in_time)
        bench_die(what, "not in time");
}

/* Runs the plan on one side; returns the most that the folder held, in megabytes. */
static void run(const side *s, const plan *p, const char *folder)
{
    task consumer = {s->consume, s->where}, emitter = {s->emit, s->where};
    pid_t emitters[EMITTERS_MAX];
    double cpu = 0, most = 0;
    board_begin(shared, p);
    pid_t taking = bench_start(run_task, &consumer);
    int64_t deadline = bench_now_ns() + PATIENCE_NS;
    for (; !shared->ready; usleep(1000))
        expect(bench_runs(taking) && bench_now_ns() < deadline, "the consumer is ready");
    for (int i = 0; i < p->emitters; i++)
        emitters[i] = bench_start(run_task, &emitter);
    deadline = bench_now_ns() + p->time_ns + PATIENCE_NS;
    for (int i = 0; i < p->emitters; i++) {
        for (; bench_runs(emitters[i]); usleep(10000)) {
            double now = megabytes(folder);
            most = now > most ? now : most;
            expect(bench_now_ns() < deadline, "all is emitted");
        }
        cpu += bench_wait(emitters[i]);
    }
    for (; shared->handled < shared->emitted; usleep(1000))
        expect(bench_runs(taking) && bench_now_ns() < deadline, "all is handled");
    shared->stop = true;
    cpu += bench_wait(taking);
    if (shared->handled != shared->emitted || !shared->emitted)
        bench_die(s->name, "an event was lost, or handled twice");
    double count = (double)shared->emitted, seconds = (double)(shared->last_ns - shared->first_ns) / 1e9;
    printf("  %-8s %8.0f/s  p50=%.2fms p99=%.2fms  emit=%.2fms longest=%.1fms  cpu=%.0fus", s->name, count / seconds,
           board_way_ms(shared, 0.5), board_way_ms(shared, 0.99), (double)shared->waited_ns / count / 1e6,
           (double)shared->longest_ns / 1e6, cpu / count * 1e6);
    if (most > 0)
        printf("  files=%.1fMB then %.1fMB", most, megabytes(folder));
    printf("\n");
    fflush(stdout);
}

/* ---- all of it ---- */

static void write_config(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f))
        bench_die(path, "cannot be written");
}

int main(int argc, char **argv)
{
    const char *rabbitmq = getenv("LYMPH_TEST_RABBITMQ");
    double seconds = argc > 1 ? atof(argv[1]) : 2;
    if (!(seconds > 0 && seconds <= SECONDS_MAX))
        bench_die("events-bench SECONDS", "up to 20");
    const char *folder = bench_open(600);
    setenv("XDG_RUNTIME_DIR", folder, 1); /* a cluster of our own */
    char files[4200], stored[4200], served[4200], text[600];
    snprintf(files, sizeof files, "%s/lymph", folder);
    snprintf(stored, sizeof stored, "%s/store.yml", folder);
    snprintf(served, sizeof served, "%s/rabbitmq.yml", folder);
    write_config(stored, "container: {events: {class: local}}\n");
    if (rabbitmq) {
        snprintf(text, sizeof text, "container: {events: {class: rabbitmq, host: '%.*s', port: %s}}\n",
                 (int)strcspn(rabbitmq, ":"), rabbitmq, rabbitmq + strcspn(rabbitmq, ":") + 1);
        write_config(served, text);
    }
    const side sides[] = {
        {"store", stored, whole_consume, whole_emit},
        {"rabbitmq", served, whole_consume, whole_emit},
        {"raw", rabbitmq, raw_consume, raw_emit},
    };
    const int64_t time_ns = (int64_t)(seconds * 1e9);
    const struct {
        const char *title;
        plan plan;
    } plans[] = {
        {"a program that emits one after the other", {.emitters = 1, .window = 1, .time_ns = time_ns}},
        {"50 coroutines", {.emitters = 1, .window = 50, .time_ns = time_ns}},
        {"5000 events a second", {.emitters = 1, .window = 50, .rate = 5000, .time_ns = time_ns}},
        {"four programs", {.emitters = 4, .window = 1, .time_ns = time_ns}},
    };
    shared = board_new();
    if (rabbitmq)
        raw_forget(rabbitmq, "Clock-on_tick");
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        printf("%s\n", plans[i].title);
        for (size_t j = 0; j < (rabbitmq ? 3 : 1); j++)
            run(&sides[j], &plans[i].plan, j == 0 ? files : "");
    }
    if (rabbitmq)
        raw_forget(rabbitmq, "Clock-on_tick");
    bench_close();
    return 0;
}
