#include "listen.lymph.h"
#include <stdio.h>

static lymph_status on_greeted(lymph_ctx *ctx, const greeted *event)
{
    (void)ctx;
    printf("Somebody greeted %s\n", event->name);
    return LYMPH_OK;
}

const listen_interface Listen = {
    .on_greeted = on_greeted,
};
