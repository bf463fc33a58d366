/* kit.c: a container in a world of its own, in memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lymph/testing.h>

#include "codec/codec.h"
#include "container/run.h"
#include "core/clock.h"
#include "core/options.h"
#include "events/envelope.h"
#include "events/memory.h"
#include "rpc/memory.h"

#define SETTLE_US 86400000000 /* time of the test, which passes at once */
#define TURN_US   1000

typedef struct fault {
    struct fault *next;
    lymph_test_fault what;
} fault;

/* What the kit keeps of one container. */
typedef struct kit {
    struct kit *next;
    lymph_ctx *root;
    fault *faults;
    uint64_t random;
    int64_t opened_us;
} kit;

static kit *kits; /* of the one thread that tests */

/* Another container's backends are not in memory: what is read of them here would be something else. */
static kit *kit_of(const lymph_ctx *ctx)
{
    kit *k = kits;
    while (k && k->root->host != ctx->host)
        k = k->next;
    if (!k) {
        fprintf(stderr, "this context is of no container that lymph_test_open made\n");
        abort();
    }
    return k;
}

/* ---- faults ---- */

/* From 0 to 1, which it never is. */
static double chance(kit *k)
{
    k->random ^= k->random << 13;
    k->random ^= k->random >> 7;
    k->random ^= k->random << 17;
    return (double)(k->random >> 11) / 9007199254740992.0;
}

static bool fits(const char *pattern, slice subject)
{
    size_t size = pattern ? strlen(pattern) : 0;
    if (!pattern)
        return memcmp(subject.at, "lymph.", subject.size < 6 ? subject.size : 6) != 0; /* not the built-in ones */
    if (size && pattern[size - 1] == '*')
        return subject.size >= size - 1 && memcmp(pattern, subject.at, size - 1) == 0;
    return subject.size == size && memcmp(pattern, subject.at, size) == 0;
}

static memory_fate decide(void *arg, slice subject)
{
    kit *k = arg;
    fault *f = k->faults;
    while (f && !fits(f->what.subject, subject))
        f = f->next;
    if (!f)
        return (memory_fate){0};
    const lymph_test_fault *w = &f->what;
    /* All are drawn always: one probability changed leaves the other decisions as they were. */
    double lose = chance(k), lose_reply = chance(k), refuse = chance(k), late = chance(k);
    return (memory_fate){
        .lost = lose < w->lose,
        .reply_lost = lose_reply < w->lose_reply,
        .refused = refuse < w->refuse,
        .delay_us = (int64_t)((w->delay + late * w->jitter) * 1e6),
    };
}

lymph_status lymph_test_fault_add_sized(lymph_ctx *root, const lymph_test_fault *what, size_t size)
{
    lymph_test_fault given = {0};
    kit *k = root ? kit_of(root) : NULL;
    lymph_status st = ctx_enter(root, NEED_TRANSPORT);
    if (st)
        return st;
    if (!options_take(&given, sizeof given, what, size))
        return ctx_fail(root, LYMPH_EINVAL, OPTIONS_NEWER, lymph_version());
    fault *f = malloc(sizeof *f);
    if (!f)
        return ctx_fail(root, LYMPH_ENOMEM, "out of memory");
    *f = (fault){k->faults, given};
    k->faults = f;
    transport_memory_decide(root->host->transport, decide, k);
    return LYMPH_OK;
}

void lymph_test_fault_clear(lymph_ctx *root)
{
    kit *k = kit_of(root);
    while (k->faults) {
        fault *f = k->faults;
        k->faults = f->next;
        free(f);
    }
}

/* ---- events ---- */

static bool is_of(const emitted *e, const lymph_record *event)
{
    return !event || strcmp(e->type, event->name) == 0;
}

static const emitted *first_emitted(const lymph_ctx *ctx)
{
    const host *h = kit_of(ctx)->root->host;
    return h->events ? events_memory_first(h->events) : NULL;
}

size_t lymph_test_emitted_count(const lymph_ctx *ctx, const lymph_record *event)
{
    size_t count = 0;
    for (const emitted *e = first_emitted(ctx); e; e = e->next)
        count += is_of(e, event);
    return count;
}

const void *lymph_test_emitted(lymph_ctx *ctx, const lymph_record *event, size_t n)
{
    const emitted *e = first_emitted(ctx);
    while (e && (!is_of(e, event) || n--))
        e = e->next;
    envelope in;
    if (!e || envelope_read(e->data, e->size, &in))
        return NULL;
    arena *a = &ctx->base->memory;
    void *value = arena_zalloc(a, event->size);
    reader r;
    reader_init(&r, in.body.at, in.body.size);
    return value && !decode_record(&r, a, event, true, value, &ctx->base->failure) ? value : NULL;
}

static void turn(lymph_ctx *root, int64_t us)
{
    waiter w = WAITER_INIT;
    (void)loop_wait(root->host->loop, &w, clock_now_us() + us);
}

lymph_status lymph_test_wait_emitted(lymph_ctx *root, const lymph_record *event, size_t count, double seconds)
{
    lymph_status st = ctx_enter(root, NEED_WAIT);
    int64_t deadline = clock_now_us() + (int64_t)(seconds * 1e6);
    while (!st && lymph_test_emitted_count(root, event) < count) {
        if (clock_now_us() >= deadline)
            return ctx_fail(root, LYMPH_ETIMEDOUT, "%s was emitted %zu times in %g s, not %zu",
                            event ? event->name : "an event", lymph_test_emitted_count(root, event), seconds, count);
        turn(root, TURN_US);
    }
    return st;
}

/* ---- settling ---- */

static size_t events_under_way(const host *h)
{
    return h->events ? events_memory_under_way(h->events) : 0;
}

static bool settled(const container *c)
{
    return !c->activities.serving && !c->calls.pending.count && !events_under_way(&c->host);
}

lymph_status lymph_test_settle(lymph_ctx *root)
{
    lymph_status st = ctx_enter(root, NEED_WAIT);
    if (st)
        return st;
    container *c = container_of(kit_of(root)->root);
    int64_t deadline = clock_now_us() + SETTLE_US, pause = TURN_US;
    while (!settled(c)) {
        int64_t left = deadline - clock_now_us();
        if (left <= 0)
            return ctx_fail(root, LYMPH_ETIMEDOUT,
                            "after a day there are still %zu handlers, %zu calls and %zu events under way",
                            c->activities.serving, c->calls.pending.count, events_under_way(&c->host));
        turn(root, pause < left ? pause : left);
        pause += pause / 8; /* a whole day in few turns */
    }
    return LYMPH_OK;
}

double lymph_test_seconds(const lymph_ctx *ctx)
{
    return (double)(clock_now_us() - kit_of(ctx)->opened_us) / 1e6;
}

/* ---- opening and closing ---- */

static uint64_t seed_of(const lymph_test_options *o)
{
    const char *text = getenv("LYMPH_TEST_SEED");
    uint64_t seed = o->seed ? o->seed : text ? strtoull(text, NULL, 0) : 0;
    return (seed ? seed : 1) * 0x9e3779b97f4a7c15u; /* neighbours are to have nothing in common */
}

lymph_ctx *lymph_test_open_sized(const lymph_test_options *options, size_t size)
{
    lymph_test_options o = {0};
    bool known = !options || options_take(&o, sizeof o, options, size);
    kit *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    if (!kits)
        clock_pretend(clock_now_us());
    foundation on = {o.config ? o.config : "", &transport_memory, &registry_memory, &events_memory};
    lymph_options with = {.log_level = o.log_level ? o.log_level : "ERROR"};
    k->opened_us = clock_now_us();
    k->random = seed_of(&o);
    k->root = container_open(known ? &with : NULL, &on);
    if (!k->root) {
        free(k);
        return NULL;
    }
    k->next = kits;
    kits = k;
    return k->root;
}

/* LeakSanitizer's, in programs that are built with it. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

int lymph_test_close(lymph_ctx *root)
{
    if (!root)
        return 0;
    int wrong = 0;
    kit *k = kit_of(root), **at = &kits;
    container *c = container_of(root);
    if (!c->host.broken.status && lymph_test_settle(root) == LYMPH_ETIMEDOUT) {
        fprintf(stderr, "%s\n", lymph_error_message(root));
        wrong++;
    }
    if (!c->host.broken.status)
        container_shutdown(c);
    if (c->host.loop && loop_fibers(c->host.loop)) {
        fprintf(stderr, "%zu coroutines do not end when the container stops\n", loop_fibers(c->host.loop));
        wrong++;
    }
    while (*at != k)
        at = &(*at)->next;
    lymph_test_fault_clear(root);
    *at = k->next;
    free(k);
    lymph_close(root);
    if (!kits)
        clock_pretend(0);
    if (__lsan_do_recoverable_leak_check)
        wrong += __lsan_do_recoverable_leak_check() != 0;
    return wrong;
}
