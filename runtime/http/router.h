/* router.h: which route of an interface a request takes, by the text of its path alone. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include <lymph/schema.h>

#include "core/slice.h"

#define ROUTER_PARAMS_MAX 32
#define ROUTER_ALLOW_MAX  200

typedef enum route_answer {
    ROUTE_FOUND,
    ROUTE_UNKNOWN,
    ROUTE_SLASH, /* there is one with a '/' at its end, or without: 308 */
    ROUTE_VERB   /* there is one for other methods: 405 */
} route_answer;

/* The route, and what stands in the path for each {name}, as it was sent. Borrowed from the route and the path. */
typedef struct route_match {
    const lymph_http_route *route;
    struct {
        slice name, text;
    } params[ROUTER_PARAMS_MAX];
    size_t count;
} route_match;

/* `path` begins with '/' and has no query. Part by part a literal comes before a parameter, and that before the rest of
 * a path; then a route of this method before one of any. HEAD takes the route of GET if it has none of its own. `m` is
 * filled where one is found. */
route_answer router_find(const lymph_http_route *routes, size_t count, const char *verb, const char *path,
                         route_match *m);

/* The methods that routes of this path have: "GET, HEAD, POST". */
void router_allowed(const lymph_http_route *routes, size_t count, const char *path, char out[ROUTER_ALLOW_MAX]);

/* What %XX in `text` stand for, and '+' for a blank if `form`. -1: a '%' without two digits; else how many bytes were
 * written, without the NUL behind them. `out` has room for text.size + 1. */
long router_unescape(slice text, bool form, char *out);

#endif
