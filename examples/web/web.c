#include "greeting.lymph.h"
#include "web.lymph.h"
#include <stdio.h>

static lymph_status greet(lymph_ctx *ctx, const char *name, const char **result)
{
    printf("About to greet %s\n", name);
    return greeting_greet(ctx, name, result);
}

const web_interface Web = {
    .greet = greet,
};
