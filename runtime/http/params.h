/* params.h: what a request carries as text, to the typed parameters of its route. */
#ifndef HTTP_PARAMS_H
#define HTTP_PARAMS_H

#include "core/arena.h"
#include "core/failure.h"
#include "http/router.h"

/* What was sent; all borrowed. */
typedef struct http_input {
    const route_match *match;
    const char *query; /* without the '?', escaped; NULL: none */
    const char *(*header)(const void *headers,
                          const char *name); /* NULL: there is none of that name, in whatever case */
    const void *headers;
    slice body;
} http_input;

/* Fills *out (the record's size; cleared first). LYMPH_EINVAL: a parameter is missing, or is not of its type; `f` names
 * it and what is expected, without what was sent. LYMPH_ENOMEM. Everything lies in the arena or is static. */
lymph_status params_decode(const http_input *in, arena *a, void *out, failure *f);

#endif
