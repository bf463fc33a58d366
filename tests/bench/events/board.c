#include "board.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"

board *board_new(void)
{
    board *b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (b == MAP_FAILED)
        bench_die("mmap", strerror(errno));
    return b;
}

void board_begin(board *b, const plan *p)
{
    b->plan = *p;
    b->ready = b->stop = false;
    b->first_ns = INT64_MAX;
    b->last_ns = b->emitted = b->handled = b->waited_ns = b->longest_ns = 0;
}

bool board_has_room(const board *b)
{
    return b->emitted - b->handled < BACKLOG_MAX;
}

static void raise_to(atomic_int_fast64_t *most, int_fast64_t value)
{
    int_fast64_t seen = *most;
    while (value > seen && !atomic_compare_exchange_weak(most, &seen, value))
        ;
}

static void lower_to(atomic_int_fast64_t *least, int_fast64_t value)
{
    int_fast64_t seen = *least;
    while (value < seen && !atomic_compare_exchange_weak(least, &seen, value))
        ;
}

void board_emitted(board *b, int64_t begin_ns)
{
    int64_t wait_ns = bench_now_ns() - begin_ns;
    lower_to(&b->first_ns, begin_ns);
    raise_to(&b->longest_ns, wait_ns);
    b->waited_ns += wait_ns;
    b->emitted++;
}

void board_handled(board *b, int64_t sent_ns)
{
    int64_t now = bench_now_ns();
    if (b->handled < SAMPLES_MAX)
        b->way_us[b->handled] = (uint32_t)((now - sent_ns) / 1000);
    b->last_ns = now;
    b->handled++;
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

double board_way_ms(board *b, double share)
{
    size_t count = b->handled < SAMPLES_MAX ? (size_t)b->handled : SAMPLES_MAX;
    if (!count)
        return 0;
    qsort(b->way_us, count, sizeof *b->way_us, by_size);
    return b->way_us[(size_t)(share * (double)(count - 1))] / 1000.0;
}
