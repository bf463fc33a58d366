/* ctx.h: the context, which carries everything that a call needs: memory, trace id, deadline, error detail,
 * and the container that it belongs to.
 *
 * There are three kinds of context, used alike: the root context of a container (lymph_open), the context that a
 * handler is given (valid until the handler returns), and contexts derived with lymph_with.
 *
 * Memory: what a handler receives, what a proxy returns and what the functions below allocate lives in the
 * context's arena: until the handler returns, or for a root context until lymph_ctx_reset or lymph_close.
 *
 * Errors: what each function that takes a context and returns a status may return besides what its own comment names,
 * the usual errors: LYMPH_ENOMEM, also for a NULL context; LYMPH_ESTATE in a forked child and, from what waits, in a
 * callback of the user's own on the loop; LYMPH_ECANCELED, the container has stopped, or the
 * client whose request over HTTP this is has gone; LYMPH_EINVAL, an option of the
 * context is none that the library knows; and what lymph_open failed with, or opening what the call needs:
 * LYMPH_ECONFIG, LYMPH_ESYSTEM, LYMPH_EINVAL.
 *
 * Thread: a context is used on the thread of its container's loop only (the thread that called lymph_open).
 *
 * fork: a container belongs to the process that opened it. In a child its operations return LYMPH_ESTATE, lymph_close
 * does nothing, and what lymph_run catches of signals has its default effect; memory of its contexts can be read. The
 * child may open a container of its own. It keeps the parent's sockets open until it ends or calls exec, and it must do
 * one of the two in a handler: one that returns is ended. */
#ifndef LYMPH_API_CTX_H
#define LYMPH_API_CTX_H

#include <stdarg.h>

#include <lymph/status.h>
#include <lymph/types.h>
#include <lymph/value.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LYMPH_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define LYMPH_PRINTF(text, first)
#endif

/* How to open a container. A zeroed struct, or NULL in its place, means: as the tools do. Like all structs of options
 * it may get members, at its end: a program that was compiled without them need not be compiled again. */
typedef struct lymph_options {
    const char *config;    /* configuration file; NULL: LYMPH_CONFIG, else .lymph.yml if it exists, else none */
    const char *vars;      /* file of variables for $(var.x); NULL: LYMPH_VARS, else none */
    const char *ip;        /* address of all sockets; NULL: container.ip, LYMPH_NODE_IP, else 127.0.0.1 */
    bool guess_ip;         /* use this machine's outward address; not together with ip */
    uint16_t port;         /* RPC port; 0: container.port, else a random free one */
    bool isolated;         /* serve, but do not register */
    bool signals;          /* lymph_run: SIGTERM and SIGINT drain and stop, a second one stops at once */
    const char *log_level; /* DEBUG, INFO, WARNING, ERROR, CRITICAL; NULL: WARNING */
    const char *log_file;  /* NULL: standard error */
} lymph_options;

/* Opens a container and returns its root context. Returns NULL only when memory is out: any other failure is kept
 * and returned by each later call on the context, so a program need not check here (lymph_error_message(NULL)
 * works too). Connects to nothing yet: registry, broker and sockets are opened by the first call that needs them.
 * Close with lymph_close.
 *
 * The library is told the size that the struct had when the program was compiled. LYMPH_EINVAL from each later call:
 * the program gives an option that the library is too old for. */
lymph_ctx *lymph_open_sized(const lymph_options *options, size_t size);
static inline lymph_ctx *lymph_open(const lymph_options *options)
{
    return lymph_open_sized(options, sizeof *options);
}

/* Stops the container if it runs, ends all that is pending with LYMPH_ECANCELED, and frees it with every context
 * and future of it. NULL is fine. Not from inside a handler. In a forked child: does nothing. */
void lymph_close(lymph_ctx *root);

/* Gives back all memory of a root context's arena; results taken before are gone. Other contexts: does nothing. */
void lymph_ctx_reset(lymph_ctx *root);

/* Zeroed memory in the context's arena, aligned for any type. NULL when memory is out. */
void *lymph_alloc(lymph_ctx *ctx, size_t size);
void *lymph_alloc_array(lymph_ctx *ctx, size_t count, size_t size);

/* Text in the context's arena; NULL when memory is out. */
char *lymph_printf(lymph_ctx *ctx, const char *format, ...) LYMPH_PRINTF(2, 3);
char *lymph_vprintf(lymph_ctx *ctx, const char *format, va_list args);
char *lymph_strdup(lymph_ctx *ctx, const char *text);

/* A scope gives the arena's memory back in a loop: all that was allocated between the two calls is freed by
 * lymph_scope_end. Scopes nest. */
typedef struct lymph_scope {
    void *block;
    size_t used;
} lymph_scope;
lymph_scope lymph_scope_begin(lymph_ctx *ctx);
void lymph_scope_end(lymph_ctx *ctx, lymph_scope scope);

/* What a derived context changes. What is left out is as in the context that it is derived from. What is left of a
 * deadline may be passed as it is, `.timeout = deadline - now`: with zero or less each call ends at once with
 * LYMPH_ETIMEDOUT. No number (NaN), or a delay below zero: LYMPH_EINVAL from each call or emit. */
#define LYMPH_LEFT_OUT (-8.9e307) /* a number that says: left out */
#ifdef __cplusplus
#define LYMPH_PRESET(value) = value
#else
#define LYMPH_PRESET(value)
#endif
typedef struct lymph_call_options {
    double timeout LYMPH_PRESET(LYMPH_LEFT_OUT); /* seconds for each call */
    const char *version LYMPH_PRESET(NULL);      /* "1.2": an instance that is compatible with it */
    /* "tcp://…": this endpoint, whatever discovery says; or the name of another service. */
    const char *address LYMPH_PRESET(NULL);
    const char *trace_id LYMPH_PRESET(NULL);
    double delay LYMPH_PRESET(LYMPH_LEFT_OUT); /* seconds until an emitted event is delivered */
} lymph_call_options;

/* For a struct of one's own: lymph_call_options o = LYMPH_CALL_OPTIONS. In C a zeroed one has a time-out of zero. */
#define LYMPH_CALL_OPTIONS                                                                                             \
    {                                                                                                                  \
        LYMPH_LEFT_OUT, NULL, NULL, NULL, LYMPH_LEFT_OUT                                                               \
    }

/* A context with other options: lymph_with(ctx, .timeout = 0.5). Lives in, shares memory and error detail with,
 * and ends with the context it comes from. NULL when memory is out: every function takes a NULL context and
 * returns LYMPH_ENOMEM, so the result can be passed on unchecked. The size is as of lymph_open_sized. */
lymph_ctx *lymph_ctx_with_sized(lymph_ctx *ctx, const lymph_call_options *options, size_t size);
static inline lymph_ctx *lymph_ctx_with(lymph_ctx *ctx, const lymph_call_options *options)
{
    return lymph_ctx_with_sized(ctx, options, sizeof *options);
}
#if defined(__cplusplus)
}
static inline lymph_ctx *lymph_ctx_with(lymph_ctx *ctx, const lymph_call_options &options)
{
    return lymph_ctx_with(ctx, &options);
}
extern "C" {
#define lymph_with(ctx, ...) lymph_ctx_with((ctx), lymph_call_options{__VA_ARGS__})
#elif defined(__GNUC__)
/* The options given come after those left out, of which compilers would warn. */
#define lymph_with(ctx, ...)                                                                                           \
    __extension__({                                                                                                    \
        _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Woverride-init\"") lymph_ctx_with(           \
            (ctx), &(const lymph_call_options){.timeout = LYMPH_LEFT_OUT, .delay = LYMPH_LEFT_OUT, __VA_ARGS__});      \
        _Pragma("GCC diagnostic pop")                                                                                  \
    })
#else
#define lymph_with(ctx, ...)                                                                                           \
    lymph_ctx_with((ctx), &(const lymph_call_options){.timeout = LYMPH_LEFT_OUT, .delay = LYMPH_LEFT_OUT, __VA_ARGS__})
#endif

/* Text of the last failure: what failed, on what, why. Never NULL, never ""; valid until the next call on the context.
 * It may be an argument of lymph_fail on the same context: `lymph_fail(ctx, st, "cannot order: %s",
 * lymph_error_message(ctx))`. */
const char *lymph_error_message(const lymph_ctx *ctx);

/* Its code; LYMPH_OK if nothing has failed yet; of a NULL context LYMPH_ENOMEM. */
lymph_status lymph_error_status(const lymph_ctx *ctx);

/* After LYMPH_EREMOTE: the error's type name as sent ("OutOfStock"), else NULL; and the whole body. */
const char *lymph_error_type(const lymph_ctx *ctx);
lymph_value lymph_error_body(const lymph_ctx *ctx);

/* Makes `status` and the text the context's failure and returns `status` (of a NULL context: LYMPH_ENOMEM): `return
 * lymph_fail(ctx, LYMPH_EINVAL, "…")` in a handler answers NACK and logs the text. */
lymph_status lymph_fail(lymph_ctx *ctx, lymph_status status, const char *format, ...) LYMPH_PRINTF(3, 4);

/* Trace id of this context. Never NULL; "" for a root context without one, whose calls get a new id each. */
const char *lymph_trace_id(const lymph_ctx *ctx);

/* The state that an interface keeps between calls: set in on_start, read in handlers, freed in on_stop by the user. */
void lymph_set_state(lymph_ctx *ctx, void *state);
void *lymph_state(const lymph_ctx *ctx);

typedef enum lymph_level { LYMPH_DEBUG, LYMPH_INFO, LYMPH_WARNING, LYMPH_ERROR, LYMPH_CRITICAL } lymph_level;

/* A line in the container's log: "DATE [LEVEL] LOGGER: TEXT - trace_id="…"". */
void lymph_log(const lymph_ctx *ctx, lymph_level level, const char *logger, const char *format, ...) LYMPH_PRINTF(4, 5);

#ifdef __cplusplus
}
#endif
#endif
