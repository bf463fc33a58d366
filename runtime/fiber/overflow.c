#include "fiber/overflow.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fiber/fiber.h"

#define SIGNAL_STACK (64 << 10) /* the program's own handler runs there as well */

/* The process's. The lock is for threads that open or close a loop at one time. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int watchers;
static struct sigaction before;

/* This thread's. */
static _Thread_local struct {
    int watched;
    void *stack;      /* ours; NULL: the thread had one */
    const void *told; /* the address of the last overflow: a handler that was put in front of ours may call it again */
} here;

/* ---- in the handler: only what is safe there ---- */

typedef struct text {
    char bytes[400];
    size_t size;
} text;

static void add(text *t, const char *more)
{
    while (*more && t->size < sizeof t->bytes)
        t->bytes[t->size++] = *more++;
}

static void add_number(text *t, size_t n)
{
    char digits[24], *at = digits + sizeof digits - 1;
    *at = '\0';
    do
        *--at = (char)('0' + n % 10);
    while (n /= 10);
    add(t, at);
}

static void tell(const fiber *f)
{
    text t = {.size = 0};
    add(&t, "lymph: ");
    add(&t, f->label[0] ? f->label : "a coroutine");
    add(&t, " overflowed its stack of ");
    add_number(&t, fiber_stack_size(f));
    add(&t, " bytes; raise container.stack_size\n");
    struct pollfd err = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&err, 1, 0) == 1) { /* nobody who does not read keeps the process from dying */
        ssize_t n = write(STDERR_FILENO, t.bytes, t.size);
        (void)n;
    }
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    const fiber *f = fiber_current();
    if (f && info->si_code > 0 && fiber_guards(f, info->si_addr) && here.told != info->si_addr) {
        here.told = info->si_addr;
        tell(f);
    }
    const struct sigaction own = before;
    bool catches = (own.sa_flags & SA_SIGINFO) || (own.sa_handler != SIG_DFL && own.sa_handler != SIG_IGN);
    if (catches && (own.sa_flags & SA_RESETHAND)) /* it has one turn */
        before = (struct sigaction){.sa_handler = SIG_DFL};
    if (own.sa_flags & SA_SIGINFO) {
        own.sa_sigaction(number, info, context);
    } else if (catches) {
        own.sa_handler(number);
    } else if (own.sa_handler != SIG_IGN || info->si_code > 0) { /* what is ignored is ignored if somebody sent it */
        struct sigaction plain = {.sa_handler = SIG_DFL};
        sigaction(number, &plain, NULL);
        if (info->si_code <= 0)
            raise(number); /* somebody sent it; a fault comes again by itself */
    }
}

/* ---- watching ---- */

static bool is_ours(const struct sigaction *a)
{
    return (a->sa_flags & SA_SIGINFO) && a->sa_sigaction == on_fault;
}

static void install(void)
{
    struct sigaction ours = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK}, now;
    if (sigaction(SIGSEGV, NULL, &now) || is_ours(&now))
        return;
    before = now;
    /* What the program's own handler was promised holds on. */
    ours.sa_mask = before.sa_mask;
    ours.sa_flags |= before.sa_flags & (SA_NODEFER | SA_RESTART);
    sigaction(SIGSEGV, &ours, NULL);
}

static void uninstall(void)
{
    struct sigaction now;
    if (!sigaction(SIGSEGV, NULL, &now) && is_ours(&now))
        sigaction(SIGSEGV, &before, NULL);
}

static void count(int more)
{
    pthread_mutex_lock(&lock);
    if (!watchers && more > 0)
        install();
    watchers += more;
    if (!watchers)
        uninstall();
    pthread_mutex_unlock(&lock);
}

void overflow_watch(void)
{
    count(1);
    stack_t old;
    if (here.watched++ || sigaltstack(NULL, &old) || !(old.ss_flags & SS_DISABLE))
        return;
    void *memory = mmap(NULL, SIGNAL_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED)
        return;
    stack_t ours = {.ss_sp = memory, .ss_size = SIGNAL_STACK};
    if (sigaltstack(&ours, NULL))
        munmap(memory, SIGNAL_STACK);
    else
        here.stack = memory;
}

void overflow_unwatch(void)
{
    count(-1);
    if (--here.watched || !here.stack)
        return;
    stack_t now;
    bool still_ours = !sigaltstack(NULL, &now) && now.ss_sp == here.stack;
    if (still_ours) {
        stack_t none = {.ss_flags = SS_DISABLE};
        sigaltstack(&none, NULL);
    }
    munmap(here.stack, SIGNAL_STACK);
    here.stack = NULL;
}
