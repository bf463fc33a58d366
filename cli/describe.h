/* describe.h: what an instance says of itself when lymph.inspect is called. */
#ifndef CLI_DESCRIBE_H
#define CLI_DESCRIBE_H

#include <lymph/lymph.h>

typedef struct method {
    const char *name;          /* "Greeting.greet" */
    const char *help;          /* "" if none */
    const lymph_value *params; /* a list of names; NULL if the instance tells none */
} method;

typedef struct description {
    const method *methods; /* by name */
    size_t count;
} description;

/* Asks an endpoint, or an instance of a service. In the arena of `ctx`. Fails as lymph_request does. */
lymph_status describe(lymph_ctx *ctx, const char *address, double timeout, description *out);

#endif
