/* response.h: what a request is answered with. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "core/arena.h"
#include "core/failure.h"
#include "core/slice.h"
#include <lymph/schema.h>

typedef struct response {
    unsigned status;
    const char *type;     /* NULL: there is no body */
    slice body;           /* borrowed */
    const char *location; /* NULL: none */
    const char *allow;    /* NULL: none */
} response;

/* "NOT FOUND": in capitals, as the original's server has it. */
const char *response_reason(unsigned status);

/* A text for people. */
response response_text(unsigned status, const char *text);

/* What a handler of the route gave, a value of its result's type: a string and bytes as they are, everything else as
 * JSON. LYMPH_EINVAL: it cannot be written, `f` says where. */
lymph_status response_result(const lymph_http_route *route, const void *result, arena *a, response *out, failure *f);

/* A declared error, from the body in which an rpc would send it: its status, and its fields as JSON with `type` and
 * `message`. */
lymph_status response_error(const lymph_http_route *route, const void *body, size_t size, arena *a, response *out,
                            failure *f);

#endif
