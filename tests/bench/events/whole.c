/* whole.c: events through the whole stack: generated code, envelope, event system, coroutines, handler. */
#include "side.h"

#include <string.h>

#include "bench.h"
#include "tick.lymph.h"

static lymph_ctx *root;
static board *shared; /* handlers have no argument of their own */

static void must(lymph_status st, const char *what, lymph_ctx *ctx)
{
    if (st)
        bench_die(what, lymph_error_message(ctx));
}

/* ---- consuming ---- */

static lymph_status on_tick(lymph_ctx *ctx, const tick *event)
{
    (void)ctx;
    board_handled(shared, event->sent_ns);
    return LYMPH_OK;
}

const clock_interface Clock = {.on_tick = on_tick};

void whole_consume(board *b, const char *where)
{
    shared = b;
    root = lymph_open(&(lymph_options){.config = where});
    must(lymph_install(root, &Clock_descriptor, &Clock, NULL, NULL), "install", root);
    must(lymph_start(root), "start", root);
    b->ready = true;
    while (!b->stop)
        must(lymph_sleep(root, 0.01), "sleep", root);
    lymph_close(root);
}

/* ---- emitting ---- */

typedef struct emitter {
    int64_t due_ns, pause_ns; /* when its next event is due, where a rate is kept */
} emitter;

static char filling[EVENT_SIZE - 24];
static int64_t end_ns;
static int running;

static void sleep_until(lymph_ctx *ctx, int64_t due_ns)
{
    int64_t left = due_ns - bench_now_ns();
    if (left > 0)
        must(lymph_sleep(ctx, (double)left / 1e9), "sleep", ctx);
}

static void emit_many(lymph_ctx *ctx, void *arg)
{
    emitter *e = arg;
    for (; bench_now_ns() < end_ns; e->due_ns += e->pause_ns) {
        if (e->pause_ns)
            sleep_until(ctx, e->due_ns);
        while (!board_has_room(shared))
            must(lymph_sleep(ctx, 0.001), "sleep", ctx);
        int64_t begin = bench_now_ns();
        must(tick_emit(ctx, &(tick){.sent_ns = begin, .filling = filling}), "emit", ctx);
        board_emitted(shared, begin);
    }
    running--;
}

/* `window` coroutines emit one event after the other; a window of 1 is a plain program that emits. */
void whole_emit(board *b, const char *where)
{
    enum { WINDOW_MAX = 1000 };
    static emitter emitters[WINDOW_MAX];
    const plan *p = &b->plan;
    shared = b;
    memset(filling, 'x', sizeof filling - 1);
    root = lymph_open(&(lymph_options){.config = where});
    int64_t begin = bench_now_ns();
    end_ns = begin + p->time_ns;
    running = p->window;
    for (int i = 0; i < p->window; i++) {
        emitters[i] = (emitter){.due_ns = begin};
        if (p->rate) {
            emitters[i].due_ns += INT64_C(1000000000) * i / p->rate;
            emitters[i].pause_ns = INT64_C(1000000000) * p->window / p->rate;
        }
        if (p->window == 1)
            emit_many(root, &emitters[i]);
        else
            must(lymph_spawn(root, emit_many, &emitters[i]), "spawn", root);
    }
    while (running > 0)
        must(lymph_sleep(root, 0.001), "sleep", root);
    lymph_close(root);
}
