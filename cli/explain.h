/* explain.h: what a failed operation means, and what to do next. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include <lymph/lymph.h>

/* What was asked for; NULL and nil where it does not apply. */
typedef struct asked {
    const char *subject; /* "Greeting.greet@1.2" */
    const char *address; /* a service, "Greeting@1.2", or an endpoint */
    lymph_value params;
} asked;

/* What the request goes to: its address, else "Greeting@1.2" of its subject. In the arena of `ctx`. */
const char *asked_address(lymph_ctx *ctx, const asked *a);

/* Tells on standard error why the last operation on `ctx` failed with `st`. Consults the registry and the instance
 * where they know more. Returns the exit status. */
int explain(lymph_ctx *ctx, lymph_status st, const asked *a);

#endif
