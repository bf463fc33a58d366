/* fiber.c: the switch is Boost.Context's assembly, used through its C entry points: about 13 ns there and back, where
 * swapcontext(3) makes two system calls. The two functions' prototypes are those of boost/context/detail/fcontext.hpp,
 * which is a C++ header. */
#include "fiber/fiber.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#define HAVE_TSAN 1
#include <sanitizer/tsan_interface.h>
#endif

typedef struct transfer {
    void *from; /* the context that jumped here */
    void *data;
} transfer;

transfer jump_fcontext(void *to, void *data);
void *make_fcontext(void *stack_top, size_t size, void (*entry)(transfer));

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Read by a signal handler, so it has its place from the thread's beginning. */
static _Thread_local fiber *current __attribute__((tls_model("initial-exec")));

fiber *fiber_current(void)
{
    return current;
}

bool fiber_guards(const fiber *f, const void *address)
{
    return (uintptr_t)address - (uintptr_t)f->memory < FIBER_GUARD;
}

size_t fiber_stack_size(const fiber *f)
{
    return f->memory_size - FIBER_GUARD;
}

#ifdef HAVE_ASAN
static char *stack_bottom(const fiber *f)
{
    return (char *)f->memory + FIBER_GUARD;
}
#endif

static void left_resumer(fiber *f)
{
#ifdef HAVE_ASAN
    __sanitizer_finish_switch_fiber(f->asan_fake, &f->asan_back_bottom, &f->asan_back_size);
#else
    (void)f;
#endif
}

/* Runs one function after the other for as long as the fiber is pooled: its context is made only once. */
static void fiber_main(transfer t)
{
    fiber *f = t.data;
    left_resumer(f);
    f->context = t.from;
    for (;;) {
        f->function(f->arg);
        f->ended = true;
        fiber_yield(f);
    }
}

fiber *fiber_new(size_t size)
{
    size_t page = page_size();
    fiber *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    size = (size + page - 1) / page * page;
    f->memory_size = FIBER_GUARD + size;
    f->memory = mmap(NULL, f->memory_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (f->memory == MAP_FAILED) {
        free(f);
        return NULL;
    }
    if (mprotect((char *)f->memory + FIBER_GUARD, size, PROT_READ | PROT_WRITE)) {
        munmap(f->memory, f->memory_size);
        free(f);
        return NULL;
    }
    f->context = make_fcontext((char *)f->memory + f->memory_size, size, fiber_main);
    f->ended = true;
#ifdef HAVE_TSAN
    f->tsan_fiber = __tsan_create_fiber(0);
#endif
    return f;
}

void fiber_free(fiber *f)
{
    if (!f)
        return;
#ifdef HAVE_ASAN
    __asan_unpoison_memory_region(stack_bottom(f), fiber_stack_size(f));
#endif
#ifdef HAVE_TSAN
    __tsan_destroy_fiber(f->tsan_fiber);
#endif
    munmap(f->memory, f->memory_size);
    free(f);
}

void fiber_start(fiber *f, void (*function)(void *arg), void *arg)
{
    f->function = function;
    f->arg = arg;
    f->label[0] = '\0';
    f->ended = false;
}

void fiber_resume(fiber *f)
{
    fiber *resumer = current;
    current = f;
#ifdef HAVE_ASAN
    __sanitizer_start_switch_fiber(&f->asan_back_fake, stack_bottom(f), fiber_stack_size(f));
#endif
#ifdef HAVE_TSAN
    f->tsan_back = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(f->tsan_fiber, 0);
#endif
    transfer t = jump_fcontext(f->context, f);
#ifdef HAVE_ASAN
    __sanitizer_finish_switch_fiber(f->asan_back_fake, NULL, NULL);
#endif
    current = resumer;
    f->context = t.from;
}

void fiber_yield(fiber *f)
{
#ifdef HAVE_ASAN
    __sanitizer_start_switch_fiber(&f->asan_fake, f->asan_back_bottom, f->asan_back_size);
#endif
#ifdef HAVE_TSAN
    __tsan_switch_to_fiber(f->tsan_back, 0);
#endif
    transfer t = jump_fcontext(f->context, f);
    left_resumer(f);
    f->context = t.from;
}
