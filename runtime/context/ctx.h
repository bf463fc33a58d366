/* ctx.h: the inside of a context. What users see of it is <lymph/ctx.h>. */
#ifndef CONTEXT_CTX_H
#define CONTEXT_CTX_H

#include <lymph/lymph.h>

#include "codec/codec.h"
#include "context/host.h"
#include "core/arena.h"

/* Something that ends with its context at the latest: a call that nobody awaits. */
typedef struct ctx_held {
    struct ctx_held *next, **link;
    void (*end)(struct ctx_held *h); /* lets go of itself */
} ctx_held;

/* What contexts derived from one another share. */
typedef struct ctx_base {
    arena memory;
    failure failure;
    bool remote;               /* the failure is the peer's: error_type and error_body are set */
    const char *error_type;    /* in the arena */
    const uint8_t *error_body; /* msgpack in the arena */
    size_t error_size;
    const uint8_t *raised; /* body of the ERROR that the handler wants sent; in the arena */
    size_t raised_size;
    const uint8_t *reply_headers; /* msgpack of the last reply, in the arena */
    size_t reply_headers_size;
    ctx_held *held;
    const char *canceled; /* nobody wants what it does any more, and why; NULL: it is wanted */
} ctx_base;

/* The interface in whose name a context acts. Part of what is installed (server/interfaces.h). */
typedef struct ctx_interface {
    const lymph_interface_desc *desc;
    void *state; /* lymph_set_state */
} ctx_interface;

struct lymph_ctx {
    host *host;
    ctx_base *base;
    ctx_interface *interface;   /* whose handler has this context; NULL: none */
    const lymph_method *method; /* which handler, for the check of what is raised; NULL: none */
    const char *trace_id;       /* "" when there is none */
    lymph_call_options options;
    bool newer; /* it was given an option that is not known here */
};

void ctx_init(lymph_ctx *ctx, host *h, ctx_base *base);
/* Ends what it holds and drops what the failure points to; the arena keeps a block. */
void ctx_end(lymph_ctx *ctx);
lymph_status ctx_fail(lymph_ctx *ctx, lymph_status status, const char *format, ...) LYMPH_PRINTF(3, 4);

void ctx_hold(ctx_base *b, ctx_held *h, void (*end)(ctx_held *h));
void ctx_let_go(ctx_held *h);

/* Whether all of `what` ("the result of Shop.find") was written: LYMPH_ELIMIT or LYMPH_ENOMEM. */
lymph_status ctx_written(lymph_ctx *ctx, const writer *w, const char *what);

/* What the options say. `preset_ms`: the time-out that is meant where they leave it out. LYMPH_ETIMEDOUT: no time is
 * left; LYMPH_EINVAL. */
lymph_status ctx_timeout(lymph_ctx *ctx, uint32_t preset_ms, int64_t *us);
lymph_status ctx_delay(lymph_ctx *ctx, int64_t *ms);

/* LYMPH_ESTATE in a child of the process that opened the container. */
lymph_status ctx_own(lymph_ctx *ctx);

/* The door of every operation: LYMPH_ESTATE, LYMPH_ECANCELED or the failure of lymph_open; then opens what of the needs
 * is missing. */
lymph_status ctx_enter(lymph_ctx *ctx, unsigned needs);

#endif
