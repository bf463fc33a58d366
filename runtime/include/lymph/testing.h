/* testing.h: tests of services, clients and events in one process: no sockets, no servers, and time that passes at
 * once.
 *
 * A test opens a container with lymph_test_open, installs the services that take part, the ones under test as well as
 * stand-ins for others (a table of one's own for the other's descriptor), and starts it:
 *
 *     static void set_up(lymph_ctx *ctx)
 *     {
 *         lymph_install(ctx, &Greeting_descriptor, &Greeting, NULL, NULL);
 *     }
 *
 *     static void test_greet(lymph_ctx *ctx)
 *     {
 *         const char *greeting;
 *         LYMPH_CHECK_OK(ctx, greeting_greet(ctx, "Flynne", &greeting));
 *         LYMPH_CHECK_TEXT(greeting, "Hi, Flynne!");
 *         LYMPH_CHECK_TEXT(LYMPH_EMITTED(ctx, greeted, 0)->name, "Flynne");
 *     }
 *
 *     int main(void)
 *     {
 *         static const lymph_test tests[] = {{"greet", test_greet}};
 *         return lymph_test_run(tests, sizeof tests / sizeof *tests, set_up);
 *     }
 *
 * Calls and events are encoded, sent, dispatched and decoded as between processes. With cmocka, or another framework,
 * lymph_test_open and lymph_test_close go into its set-up and tear-down, and its own assertions are used.
 *
 * All functions here take contexts of a container that lymph_test_open made, on its thread; any other ends the program.
 *
 * Time: from the first lymph_test_open to the last lymph_test_close the clock of the library stands still in the whole
 * process, and jumps to the next deadline when nothing else is left to do. What a handler does with the machine's own
 * clock (time(2), usleep) knows nothing of it. */
#ifndef LYMPH_API_TESTING_H
#define LYMPH_API_TESTING_H

#include <lymph/lymph.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lymph_test_options {
    const char *config;    /* the configuration, as YAML text; NULL: none */
    const char *log_level; /* NULL: ERROR; the log goes to standard error */
    uint64_t seed;         /* of what faults decide; 0: LYMPH_TEST_SEED in the environment, else 1 */
} lymph_test_options;

/* A root context for one test, on the thread that it is used on. NULL options: the defaults. NULL: memory is out; other
 * failures as lymph_open. After it lymph_install, then lymph_start. */
lymph_ctx *lymph_test_open_sized(const lymph_test_options *options, size_t size);
static inline lymph_ctx *lymph_test_open(const lymph_test_options *options)
{
    return lymph_test_open_sized(options, sizeof *options);
}

/* Lets end what is under way, tells on standard error what does not (calls that wait for ever, handlers that hang,
 * events that nobody settles, coroutines that the stop does not end), and closes the container. Returns how much there
 * was to tell: 0 when all is well. In a program with LeakSanitizer what has leaked counts, too. */
int lymph_test_close(lymph_ctx *root);

/* Waits until no call, handler or event is under way: a sleeping handler's time passes. What was spawned goes on.
 * Errors: LYMPH_ETIMEDOUT: something still is after 24 hours of that time. */
lymph_status lymph_test_settle(lymph_ctx *root);

/* Seconds that have passed since lymph_test_open. */
double lymph_test_seconds(const lymph_ctx *ctx);

/* ---- events ---- */

/* The `n`th event of this type, from 0, that anybody emitted since lymph_test_open; decoded into the context's arena.
 * NULL: there were not so many, or its body does not fit the record. LYMPH_EMITTED(ctx, greeted, 0) is typed. */
const void *lymph_test_emitted(lymph_ctx *ctx, const lymph_record *event, size_t n);
#define LYMPH_EMITTED(ctx, event, n) ((const event *)lymph_test_emitted((ctx), &event##_record, (n)))

/* How many there were; NULL: of all types. */
size_t lymph_test_emitted_count(const lymph_ctx *ctx, const lymph_record *event);

/* Waits until there are `count` of them. Errors: LYMPH_ETIMEDOUT: not in so many seconds. */
lymph_status lymph_test_wait_emitted(lymph_ctx *root, const lymph_record *event, size_t count, double seconds);

/* ---- faults ---- */

/* What goes wrong with calls. Probabilities are from 0 to 1; what is decided follows from the seed alone. */
typedef struct lymph_test_fault {
    const char *subject; /* "Greeting.greet", or "Greeting.*", or NULL: all calls; borrowed */
    double lose;         /* probability that the request never arrives: the caller's time-out passes */
    double lose_reply;   /* that it is handled, and the answer never arrives */
    double refuse;       /* that it is answered by a NACK, as by an instance that cannot serve it */
    double delay;        /* seconds until the request arrives */
    double jitter;       /* up to so many seconds more */
} lymph_test_fault;

/* From now on; the last one whose subject fits decides. Errors: LYMPH_EINVAL: it asks for what this library is
 * too old for. */
lymph_status lymph_test_fault_add_sized(lymph_ctx *root, const lymph_test_fault *fault, size_t size);
static inline lymph_status lymph_test_fault_add(lymph_ctx *root, const lymph_test_fault *fault)
{
    return lymph_test_fault_add_sized(root, fault, sizeof *fault);
}
void lymph_test_fault_clear(lymph_ctx *root);

/* ---- tests on their own ---- */

typedef struct lymph_test {
    const char *name;
    void (*run)(lymph_ctx *ctx);
} lymph_test;

/* Runs each in a container of its own: lymph_test_open, `set_up` (may be NULL), lymph_start, the test,
 * lymph_test_close. Prints TAP (https://testanything.org) on standard output. Returns what main returns: 0, or 1 if one
 * failed. LYMPH_TEST in the environment: only those whose name holds this text. */
int lymph_test_run(const lymph_test *tests, size_t count, void (*set_up)(lymph_ctx *ctx));

/* A failed check ends the test that lymph_test_run runs; one in a handler or a stand-in is noted and the handler goes
 * on. Elsewhere it ends the program (abort). */
void lymph_test_fail(const char *file, int line, const char *format, ...) LYMPH_PRINTF(3, 4);
void lymph_test_check_ok(const char *file, int line, lymph_ctx *ctx, lymph_status status, const char *what);
void lymph_test_check_status(const char *file, int line, lymph_status actual, lymph_status expected, const char *what);
void lymph_test_check_number(const char *file, int line, long long actual, long long expected, const char *what);
void lymph_test_check_text(const char *file, int line, const char *actual, const char *expected, const char *what);

#define LYMPH_CHECK(condition)                                                                                         \
    ((condition) ? (void)0 : lymph_test_fail(__FILE__, __LINE__, "%s", "it does not hold: " #condition))
#define LYMPH_CHECK_OK(ctx, call)            lymph_test_check_ok(__FILE__, __LINE__, (ctx), (call), #call)
#define LYMPH_CHECK_STATUS(call, expected)   lymph_test_check_status(__FILE__, __LINE__, (call), (expected), #call)
#define LYMPH_CHECK_NUMBER(actual, expected) lymph_test_check_number(__FILE__, __LINE__, (actual), (expected), #actual)
#define LYMPH_CHECK_TEXT(actual, expected)   lymph_test_check_text(__FILE__, __LINE__, (actual), (expected), #actual)

#ifdef __cplusplus
}
#endif
#endif
