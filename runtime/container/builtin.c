/* builtin.c: the handlers of the interface `lymph` that every instance serves (idl/lymph.lymph). */
#include "container/builtin.h"

#include "rpc/builtin.h"

#include <string.h>
#include <sys/resource.h>

#include "container/container.h"
#include "lymph.lymph.h"

static lymph_status ping(lymph_ctx *ctx, const lymph_value *payload, lymph_value *result)
{
    *result = payload ? *payload : lymph_nil();
    return LYMPH_OK;
}

static lymph_status status(lymph_ctx *ctx, builtin_InstanceStatus *result)
{
    result->endpoint = lymph_endpoint(ctx);
    result->identity = lymph_identity(ctx);
    return LYMPH_OK;
}

static lymph_status describe(lymph_ctx *ctx, const installed *i, const lymph_method *from, builtin_Method *to)
{
    const lymph_record *params = from->params;
    const char **names = lymph_alloc_array(ctx, params->field_count, sizeof *names);
    to->name = lymph_printf(ctx, "%s.%s", i->name, from->name);
    if (!names || !to->name)
        return LYMPH_ENOMEM;
    for (size_t n = 0; n < params->field_count; n++)
        names[n] = params->fields[n].name;
    to->version = i->version ? i->version : "None";
    to->params = (lymph_string_list){names, params->field_count};
    to->help = from->doc;
    return LYMPH_OK;
}

static lymph_status inspect(lymph_ctx *ctx, builtin_Description *result)
{
    size_t count = 0;
    for (const installed *i = container_of(ctx)->interfaces.first; i; i = i->next)
        count += i->acting.desc->method_count;
    builtin_Method *methods = lymph_alloc_array(ctx, count, sizeof *methods);
    if (!methods)
        return LYMPH_ENOMEM;
    count = 0;
    for (const installed *i = container_of(ctx)->interfaces.first; i; i = i->next) {
        for (size_t m = 0; m < i->acting.desc->method_count; m++) {
            lymph_status st = describe(ctx, i, &i->acting.desc->methods[m], &methods[count++]);
            if (st)
                return st;
        }
    }
    result->methods.items = methods;
    result->methods.count = count;
    return LYMPH_OK;
}

typedef struct metric {
    const char *name;
    double value;
} metric;

/* Rows [name, value, {tags}] as the original's. */
static lymph_status get_metrics(lymph_ctx *ctx, lymph_value_list *result)
{
    const host *h = ctx->host;
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    const metric metrics[] = {
        {"rusage.utime", (double)u.ru_utime.tv_sec + (double)u.ru_utime.tv_usec / 1e6},
        {"rusage.stime", (double)u.ru_stime.tv_sec + (double)u.ru_stime.tv_usec / 1e6},
        {"rusage.maxrss", (double)u.ru_maxrss},
        {"rusage.minflt", (double)u.ru_minflt},
        {"rusage.majflt", (double)u.ru_majflt},
        {"rusage.nvcsw", (double)u.ru_nvcsw},
        {"rusage.nivcsw", (double)u.ru_nivcsw},
        {"rpc.connection_count", (double)transport_connections(h->transport)},
        {"rpc.request_count", (double)h->counters.requests},
        {"rpc.nack_count", (double)h->counters.nacks},
        {"rpc.error_count", (double)h->counters.errors},
        {"rpc.dropped_reply_count", (double)h->counters.replies_dropped},
        {"rpc.call_count", (double)h->counters.calls},
        {"rpc.timeout_count", (double)h->counters.timeouts},
        {"rpc.unreachable_count", (double)h->counters.unreachable},
        {"events.emitted_count", (double)h->counters.events_emitted},
        {"events.handled_count", (double)h->counters.events_handled},
        {"events.failed_count", (double)h->counters.events_failed},
        {"fibers.count", (double)loop_fibers(h->loop)},
    };
    enum { COUNT = sizeof metrics / sizeof *metrics };
    lymph_entry *tags = lymph_alloc(ctx, sizeof *tags);
    lymph_value *rows = lymph_alloc_array(ctx, COUNT, sizeof *rows),
                *cells = lymph_alloc_array(ctx, 3 * COUNT, sizeof *cells);
    if (!tags || !rows || !cells)
        return LYMPH_ENOMEM;
    tags[0] = (lymph_entry){lymph_string("identity"), lymph_string(h->identity)};
    for (int i = 0; i < COUNT; i++) {
        lymph_value *cell = &cells[3 * i];
        double value = metrics[i].value;
        cell[0] = lymph_string(metrics[i].name);
        cell[1] = value == (double)(int64_t)value ? lymph_int((int64_t)value) : lymph_float(value);
        cell[2] = lymph_map(tags, 1);
        rows[i] = lymph_list(cell, 3);
    }
    result->items = rows;
    result->count = COUNT;
    return LYMPH_OK;
}

static const builtin_interface builtin_table = {
    .ping = ping,
    .status = status,
    .inspect = inspect,
    .get_metrics = get_metrics,
};

lymph_status builtin_install(interfaces *all, failure *f)
{
    return interfaces_add(all, &lymph_descriptor, &builtin_table, BUILTIN_INTERFACE, LYMPH_VERSION, true, f);
}
