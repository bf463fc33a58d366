#include "greeting.lymph.h"
#include <stdio.h>

int main(void)
{
    lymph_ctx *ctx = lymph_open(NULL);      /* NULL: the configuration that the tools use */
    const char *greeting;
    lymph_status st = greeting_greet(ctx, "Flynne", &greeting);
    if (st)
        fprintf(stderr, "%s\n", lymph_error_message(ctx));
    else
        puts(greeting);
    lymph_close(ctx);
    return st != LYMPH_OK;
}
