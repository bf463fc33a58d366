/* Written once by lymphc VERSION from names.lymph; yours to fill in. As a module that `lymph instance` loads:
 *
 *     cc -shared -fPIC -Wall -Werror=incompatible-pointer-types -Wl,-z,defs -o names.so \
 *         names.c names.lymph.c $(pkg-config --cflags --libs lymph)
 */
#include "names.lymph.h"

/* Handlers of While can emit:
 *     signal_emit(ctx, &(signal_){ .time = ... })
 */

static lymph_status Names_(lymph_ctx *ctx, const Names *names, const stat_ *stat, Names *result)
{
    (void)names;
    (void)stat;
    (void)result;
    return lymph_fail(ctx, LYMPH_ENACK, "While.Names is not written yet");
}

static lymph_status while_read_handler(lymph_ctx *ctx, int32_t read, uint8_t uint8_t_, uint8_t b,
                                       int32_t *result)
{
    (void)read;
    (void)uint8_t_;
    (void)b;
    (void)result;
    /* Can answer with:
     *     return raise_raise(ctx, &(raise_){ .message = ... });
     */
    return lymph_fail(ctx, LYMPH_ENACK, "While.read is not written yet");
}

static lymph_status delete_(lymph_ctx *ctx, int32_t ctx_2, int32_t result_, int32_t params_,
                            int32_t future, int32_t p, int32_t table, int32_t lymph_call_)
{
    (void)ctx_2;
    (void)result_;
    (void)params_;
    (void)future;
    (void)p;
    (void)table;
    (void)lymph_call_;
    return lymph_fail(ctx, LYMPH_ENACK, "While.delete is not written yet");
}

static lymph_status rpc(lymph_ctx *ctx, const char *rpc)
{
    (void)rpc;
    return lymph_fail(ctx, LYMPH_ENACK, "While.rpc is not written yet");
}

static lymph_status task(lymph_ctx *ctx)
{
    return lymph_fail(ctx, LYMPH_ENACK, "While.task is not written yet");
}

static lymph_status assert_(lymph_ctx *ctx, int32_t assert_)
{
    (void)assert_;
    return lymph_fail(ctx, LYMPH_ENACK, "While.assert is not written yet");
}

static lymph_status while_main_handler(lymph_ctx *ctx)
{
    return lymph_fail(ctx, LYMPH_ENACK, "While.main is not written yet");
}

static lymph_status while_signal_handler(lymph_ctx *ctx, const signal_ *event)
{
    (void)event;
    return lymph_fail(ctx, LYMPH_ENACK, "While.signal is not written yet");
}

static lymph_status on_read_write(lymph_ctx *ctx, const read_write *event)
{
    (void)event;
    return lymph_fail(ctx, LYMPH_ENACK, "While.on_read_write is not written yet");
}

const while_interface While = {
    .Names_ = Names_,
    .read = while_read_handler,
    .delete_ = delete_,
    .rpc = rpc,
    .task = task,
    .assert_ = assert_,
    .main = while_main_handler,
    .signal = while_signal_handler,
    .on_read_write = on_read_write,
};

static lymph_status create(lymph_ctx *ctx)
{
    return lymph_fail(ctx, LYMPH_ENACK, "Timer.create is not written yet");
}

static lymph_status timer_read_handler(lymph_ctx *ctx, int32_t *result)
{
    (void)result;
    return lymph_fail(ctx, LYMPH_ENACK, "Timer.read is not written yet");
}

static lymph_status timer_main_handler(lymph_ctx *ctx, const signal_ *event)
{
    (void)event;
    return lymph_fail(ctx, LYMPH_ENACK, "Timer.main is not written yet");
}

const timer_interface Timer = {
    .create = create,
    .read = timer_read_handler,
    .main = timer_main_handler,
};

static lymph_status add(lymph_ctx *ctx)
{
    return lymph_fail(ctx, LYMPH_ENACK, "Event.add is not written yet");
}

static lymph_status del(lymph_ctx *ctx)
{
    return lymph_fail(ctx, LYMPH_ENACK, "Event.del is not written yet");
}

static lymph_status loop(lymph_ctx *ctx)
{
    return lymph_fail(ctx, LYMPH_ENACK, "Event.loop is not written yet");
}

static lymph_status base_dispatch(lymph_ctx *ctx, int32_t *result)
{
    (void)result;
    return lymph_fail(ctx, LYMPH_ENACK, "Event.base_dispatch is not written yet");
}

const event_interface Event = {
    .add = add,
    .del = del,
    .loop = loop,
    .base_dispatch = base_dispatch,
};

static lymph_status index_va_handler(lymph_ctx *ctx, va_list_ va_)
{
    (void)va_;
    return lymph_fail(ctx, LYMPH_ENACK, "index.va is not written yet");
}

const index_interface index_ = {
    .va = index_va_handler,
};
