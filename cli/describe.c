#include "describe.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(((const method *)a)->name, ((const method *)b)->name);
}

static const char *text_of(lymph_value map, const char *key)
{
    const lymph_value *v = lymph_get(map, key);
    return v ? lymph_text(*v) : NULL;
}

static bool read_method(lymph_value row, method *out)
{
    const char *help = text_of(row, "help");
    const lymph_value *params = lymph_get(row, "params");
    *out = (method){
        .name = text_of(row, "name"),
        .help = help ? help : "",
        .params = params && params->kind == LYMPH_VALUE_LIST ? params : NULL,
    };
    return out->name != NULL;
}

lymph_status describe(lymph_ctx *ctx, const char *address, double timeout, description *out)
{
    lymph_value answer;
    lymph_status st = lymph_request(lymph_with(ctx, .address = address, .timeout = timeout), "lymph.inspect",
                                    lymph_map(NULL, 0), &answer);
    if (st)
        return st;
    const lymph_value *rows = lymph_get(answer, "methods");
    if (!rows || rows->kind != LYMPH_VALUE_LIST)
        return lymph_fail(ctx, LYMPH_EPROTO, "%s: lymph.inspect answered with something that is no description",
                          address);
    method *methods = lymph_alloc_array(ctx, rows->size, sizeof *methods);
    size_t count = 0;
    if (!methods)
        return lymph_fail(ctx, LYMPH_ENOMEM, "out of memory");
    for (uint32_t i = 0; i < rows->size; i++)
        count += read_method(rows->as.items[i], &methods[count]);
    if (count)
        qsort(methods, count, sizeof *methods, by_name);
    *out = (description){methods, count};
    return LYMPH_OK;
}
