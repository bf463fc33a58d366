/* check_http.c: `http`: paths, where parameters come from, and routes that clash. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define PATH_MAX_BYTES 1000
#define PARAMS_MAX     32 /* in one path */

static const char *const source_names[] = {
    [SOURCE_PATH] = "path", [SOURCE_QUERY] = "query", [SOURCE_HEADER] = "header", [SOURCE_BODY] = "body"};

/* What stands in braces in a path: where, how long, and whether it is the rest of the path. */
typedef struct hole {
    const char *at;
    size_t size;
    bool rest;
} hole;

/* "{id}" or "{path...}". */
static bool take_hole(const char *segment, size_t size, hole *h)
{
    if (size < 3 || *segment != '{' || segment[size - 1] != '}')
        return false;
    *h = (hole){segment + 1, size - 2, false};
    if (h->size > 3 && memcmp(h->at + h->size - 3, "...", 3) == 0) {
        h->size -= 3;
        h->rest = true;
    }
    for (size_t i = 0; i < h->size; i++)
        if (!isalnum((unsigned char)h->at[i]) && h->at[i] != '_')
            return false;
    return true;
}

/* What a client sends as it is, without a '%'. */
static bool literal_valid(const char *segment, size_t size)
{
    if ((size == 1 && *segment == '.') || (size == 2 && memcmp(segment, "..", 2) == 0))
        return false;
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)segment[i]) && !strchr("-._~!$&'()*+,;=:@", segment[i]))
            return false;
    return true;
}

/* The holes of a path, at most PARAMS_MAX. */
static size_t check_path(checker *c, const ast_name *path, hole holes[PARAMS_MAX])
{
    const char *p = path->text;
    size_t count = 0;
    if (*p != '/' || strlen(p) > PATH_MAX_BYTES) {
        diag_error(c->diag, path->at, "a path begins with '/' and has at most %d bytes", PATH_MAX_BYTES);
        return 0;
    }
    while (*p) {
        const char *segment = ++p;
        size_t size = strcspn(segment, "/");
        hole h;
        p += size;
        if (!size && *p) {
            diag_error(c->diag, path->at, "a part of the path is empty");
            return count;
        }
        if (!take_hole(segment, size, &h)) {
            if (!literal_valid(segment, size)) {
                diag_error(c->diag, path->at, "'%.*s' is no part of a path", (int)size, segment);
                diag_hint(c->diag,
                          "a part is made of letters, digits and -._~!$&'()*+,;=:@, or is a parameter: {name}, "
                          "and at the end {name...}");
                return count;
            }
        } else if (h.rest && *p) {
            diag_error(c->diag, path->at, "'{%.*s...}' is the rest of the path: nothing follows it", (int)h.size, h.at);
        } else if (count == PARAMS_MAX) {
            diag_error(c->diag, path->at, "more than %d parameters in a path", PARAMS_MAX);
            return count;
        } else {
            for (size_t i = 0; i < count; i++)
                if (holes[i].size == h.size && memcmp(holes[i].at, h.at, h.size) == 0)
                    diag_error(c->diag, path->at, "'{%.*s}' is there twice", (int)h.size, h.at);
            holes[count++] = h;
        }
    }
    return count;
}

/* ---- parameters ---- */

static bool is_text(const model_type *t)
{
    return t->kind <= KIND_UUID || t->kind == KIND_ENUM;
}

static void check_type_of(checker *c, const model_field *f, const hole *h)
{
    const model_type *inner = f->type->kind == KIND_OPTIONAL ? f->type->element : f->type;
    if (f->source == SOURCE_BODY)
        return;
    if (!is_text(inner))
        diag_error(c->diag, f->type->at, "a value of this type has no place in a %s: '%s' can be the body",
                   source_names[f->source], f->name);
    else if (f->source == SOURCE_PATH && f->type->kind == KIND_OPTIONAL)
        diag_error(c->diag, f->at, "what is in the path is always there: '%s' is not optional", f->name);
    else if (f->source == SOURCE_PATH && f->preset.kind != PRESET_NONE)
        diag_error(c->diag, f->at, "what is in the path is always there: '%s' has no default", f->name);
    else if (h && h->rest && f->type->kind != KIND_STRING)
        diag_error(c->diag, f->type->at, "the rest of a path is a string");
}

static const hole *find_hole(const hole *holes, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(name) == holes[i].size && memcmp(holes[i].at, name, holes[i].size) == 0)
            return &holes[i];
    return NULL;
}

static bool take_source(checker *c, const ast_field *n, model_field *f)
{
    for (size_t i = 0; i < sizeof source_names / sizeof *source_names; i++) {
        if (strcmp(n->source.text, source_names[i]) == 0) {
            f->source = (http_source)i;
            return true;
        }
    }
    diag_error(c->diag, n->source.at, "a parameter comes from 'path', 'query', 'header' or 'body', not from '%s'",
               n->source.text);
    diag_suggest(c->diag, n->source.text, source_names, sizeof source_names / sizeof *source_names);
    return false;
}

static void check_params(checker *c, const ast_member *n, const model_handler *h, const hole *holes, size_t count)
{
    bool taken[PARAMS_MAX] = {false};
    const model_field *body = NULL;
    bool whole = true;
    for (size_t i = 0, j = 0; i < n->params.count; i++) {
        const ast_field *node = n->params.items[i];
        model_field *f = j < h->params->fields.count ? h->params->fields.items[j] : NULL;
        if (!f || f->at.begin != node->name.at.begin) { /* its type is unknown, which was told */
            whole = false;
            continue;
        }
        j++;
        if (!take_source(c, node, f)) {
            whole = false;
            continue;
        }
        const hole *found = f->source == SOURCE_PATH ? find_hole(holes, count, f->name) : NULL;
        check_type_of(c, f, found);
        if (found)
            taken[found - holes] = true;
        else if (f->source == SOURCE_PATH)
            diag_error(c->diag, f->at, "the path has no '{%s}'", f->name);
        if (f->source != SOURCE_BODY)
            continue;
        if (body) {
            diag_error(c->diag, f->at, "a request has one body");
            diag_note(c->diag, body->at, "it is taken here");
        }
        body = f;
    }
    for (size_t i = 0; i < count && whole; i++)
        if (!taken[i])
            diag_error(c->diag, n->path.at, "no parameter takes '{%.*s}': add 'path string %.*s'", (int)holes[i].size,
                       holes[i].at, (int)holes[i].size, holes[i].at);
    if (body && (strcmp(h->verb, "GET") == 0 || strcmp(h->verb, "HEAD") == 0))
        diag_error(c->diag, body->at, "a %s has no body", h->verb);
}

/* ---- the whole ---- */

/* The path with its parameters' names taken out: "/orders/{}". */
static const char *shape(checker *c, const model_handler *h)
{
    char *text = arena_alloc(c->arena, strlen(h->path) + 1), *to = text;
    for (const char *p = h->path; *p; p++) {
        *to++ = *p;
        if (*p != '{')
            continue;
        size_t size = strcspn(p, "}");
        if (size > 3 && memcmp(p + size - 3, "...", 3) == 0) {
            memcpy(to, "...", 3);
            to += 3;
        }
        p += size ? size - 1 : 0;
    }
    *to = '\0';
    return text;
}

static void check_clash(checker *c, const model_interface *i, const model_handler *h)
{
    for (size_t j = 0; j < i->handlers.count; j++) {
        const model_handler *other = i->handlers.items[j];
        if (other == h || other->kind != HANDLER_HTTP || strcmp(other->verb, h->verb) != 0 ||
            strcmp(shape(c, other), shape(c, h)) != 0)
            continue;
        diag_error(c->diag, h->at, "'%s' has the route of another handler", h->name);
        diag_note(c->diag, other->at, "the other one is here");
        return;
    }
}

static void check_verb(checker *c, const ast_name *verb)
{
    static const char *const verbs[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};
    if (*verb->text == '*')
        return;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verb->text, verbs[i]) == 0)
            return;
    diag_error(c->diag, verb->at, "'%s' is no method of HTTP", verb->text);
    diag_suggest(c->diag, verb->text, verbs, sizeof verbs / sizeof *verbs);
}

void check_http(checker *c, model_interface *i, const ast_member *n)
{
    model_handler *h = check_handler(c, i, n, HANDLER_HTTP);
    hole holes[PARAMS_MAX];
    h->verb = n->verb.text;
    h->path = n->path.text;
    option_spec specs[] = {{"status", OPTION_COUNT, &h->options.status}, {"raw", OPTION_LATER, NULL}};
    unsigned errors = c->diag->errors;
    check_options(c, &n->options, specs, sizeof specs / sizeof *specs, "an http");
    if (h->options.status && (h->options.status < 200 || h->options.status > 299))
        diag_error(c->diag, n->name.at, "the status of a result is one of 200 to 299");
    if (n->bare && c->diag->errors == errors)
        diag_error(c->diag, n->name.at, "the parameters are missing: 'void %s()' has none", n->name.text);
    check_verb(c, &n->verb);
    errors = c->diag->errors;
    size_t count = check_path(c, &n->path, holes);
    if (n->bare || c->diag->errors != errors)
        return;
    check_params(c, n, h, holes, count);
    check_clash(c, i, h);
}
