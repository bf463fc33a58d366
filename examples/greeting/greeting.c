#include "greeting.lymph.h"
#include <stdio.h>

static lymph_status greet(lymph_ctx *ctx, const char *name, const char **result)
{
    printf("Saying hi to %s\n", name);
    lymph_status st = greeted_emit(ctx, &(greeted){ .name = name });
    if (st)
        return st;
    *result = lymph_printf(ctx, "Hi, %s!", name);
    return LYMPH_OK;
}

const greeting_interface Greeting = {
    .greet = greet,
};
