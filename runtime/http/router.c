#include "http/router.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static int digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

long router_unescape(slice text, bool form, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];
        if (c == '%') {
            if (text.size - i < 3 || digit(text.at[i + 1]) < 0 || digit(text.at[i + 2]) < 0)
                return -1;
            c = (char)(digit(text.at[i + 1]) * 16 + digit(text.at[i + 2]));
            i += 2;
        } else if (c == '+' && form) {
            c = ' ';
        }
        out[size++] = c;
    }
    out[size] = '\0';
    return (long)size;
}

/* ---- one route ---- */

typedef enum part_kind { PART_LITERAL, PART_PARAM, PART_REST } part_kind;

/* The part of a route's path at `at`, which is `size` bytes long. */
static part_kind kind_of(const char *at, size_t size)
{
    if (*at != '{')
        return PART_LITERAL;
    return size > 5 && memcmp(at + size - 4, "...}", 4) == 0 ? PART_REST : PART_PARAM;
}

/* Whether a client that escapes more than it must means the same. */
static bool same(slice literal, slice sent)
{
    for (size_t i = 0, j = 0; i < literal.size || j < sent.size; i++, j++) {
        if (i == literal.size || j == sent.size)
            return false;
        char c = sent.at[j];
        if (c == '%') {
            char one[2];
            if (sent.size - j < 3 || router_unescape((slice){sent.at + j, 3}, false, one) != 1)
                return false;
            c = *one;
            j += 2;
        }
        if (c != literal.at[i])
            return false;
    }
    return true;
}

static void keep(route_match *m, const char *part, size_t size, part_kind kind, slice text)
{
    if (m->count == ROUTER_PARAMS_MAX) /* lymphc writes no route that has more */
        return;
    m->params[m->count].name = (slice){part + 1, size - (kind == PART_REST ? 5 : 2)};
    m->params[m->count++].text = text;
}

static bool fits(const char *route, const char *path, route_match *m)
{
    m->count = 0;
    while (*route == '/' && *path == '/') {
        size_t size = strcspn(++route, "/"), sent = strcspn(++path, "/");
        part_kind kind = kind_of(route, size);
        if (kind == PART_REST) {
            keep(m, route, size, kind, slice_of(path));
            return true;
        }
        if (kind == PART_LITERAL ? !same((slice){route, size}, (slice){path, sent}) : !sent)
            return false;
        if (kind == PART_PARAM)
            keep(m, route, size, kind, (slice){path, sent});
        route += size;
        path += sent;
    }
    return !*route && !*path;
}

/* Of two that fit the same path. */
static bool is_nearer(const lymph_http_route *a, const lymph_http_route *b)
{
    const char *p = a->path, *q = b->path;
    while (*p && *q) {
        size_t p_size = strcspn(++p, "/"), q_size = strcspn(++q, "/");
        part_kind p_kind = kind_of(p, p_size), q_kind = kind_of(q, q_size);
        if (p_kind != q_kind)
            return p_kind < q_kind;
        p += p_size;
        q += q_size;
    }
    return a->verb && !b->verb;
}

/* ---- all of them ---- */

static bool takes(const lymph_http_route *r, const char *verb)
{
    return !r->verb || strcmp(r->verb, verb) == 0;
}

static const lymph_http_route *find(const lymph_http_route *routes, size_t count, const char *verb, const char *path)
{
    const lymph_http_route *best = NULL;
    route_match m;
    for (size_t i = 0; i < count; i++)
        if ((!verb || takes(&routes[i], verb)) && fits(routes[i].path, path, &m) &&
            (!best || is_nearer(&routes[i], best)))
            best = &routes[i];
    return best;
}

/* The same path with a '/' at its end, or without the one that it has. */
static bool find_slashed(const lymph_http_route *routes, size_t count, const char *path)
{
    size_t size = strlen(path);
    char *other = malloc(size + 2);
    if (!other)
        return false;
    memcpy(other, path, size + 1);
    if (size > 1 && path[size - 1] == '/')
        other[size - 1] = '\0';
    else
        strcpy(other + size, "/");
    bool found = find(routes, count, NULL, other);
    free(other);
    return found;
}

route_answer router_find(const lymph_http_route *routes, size_t count, const char *verb, const char *path,
                         route_match *m)
{
    m->route = find(routes, count, verb, path);
    if (!m->route && strcmp(verb, "HEAD") == 0)
        m->route = find(routes, count, "GET", path);
    if (m->route) {
        fits(m->route->path, path, m);
        return ROUTE_FOUND;
    }
    if (find(routes, count, NULL, path))
        return ROUTE_VERB;
    return find_slashed(routes, count, path) ? ROUTE_SLASH : ROUTE_UNKNOWN;
}

void router_allowed(const lymph_http_route *routes, size_t count, const char *path, char out[ROUTER_ALLOW_MAX])
{
    static const char *const verbs[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    size_t size = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        const char *asked = strcmp(verbs[i], "HEAD") == 0 && !find(routes, count, "HEAD", path) ? "GET" : verbs[i];
        if (find(routes, count, asked, path))
            size += (size_t)snprintf(out + size, ROUTER_ALLOW_MAX - size, "%s%s", size ? ", " : "", verbs[i]);
    }
}
