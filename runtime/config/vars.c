#include "config/vars.h"

#include <stdlib.h>
#include <string.h>

#include "config/tree.h"

/* A variable's text; `name` is "env.HOME" or "var.a.b". */
static const char *variable(const config *c, const char *name, size_t size)
{
    char text[256];
    if (size < 5 || size >= sizeof text)
        return NULL;
    memcpy(text, name + 4, size - 4);
    text[size - 4] = '\0';
    if (memcmp(name, "env.", 4) == 0)
        return getenv(text);
    if (memcmp(name, "var.", 4) != 0)
        return NULL;
    const config_node *flat = config_child(c->vars, text, size - 4), *found = flat ? flat : config_get(c->vars, text);
    return found && found->kind == CONFIG_SCALAR ? found->text : NULL;
}

/* The end of a variable that begins at "$(", or NULL if it is none: $(namespace.name). */
static const char *variable_end(const char *at)
{
    const char *end = at + 2 + strspn(at + 2, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    return at[1] == '(' && end > at + 2 && *end == ')' && memchr(at, '.', (size_t)(end - at)) ? end : NULL;
}

/* Size of n's text with its variables replaced, which is written to `to` unless that is NULL. A variable that is not
 * defined leaves its name in `undefined`. */
static size_t expand(const config *c, const config_node *n, char *to, const char **undefined)
{
    size_t size = 0;
    for (const char *at = n->text; *at;) {
        const char *end = *at == '$' ? variable_end(at) : NULL, *from = at;
        size_t count = 1;
        if (end) {
            from = variable(c, at + 2, (size_t)(end - at - 2));
            if (!from) {
                *undefined = at;
                return 0;
            }
            count = strlen(from);
        }
        if (to)
            memcpy(to + size, from, count);
        size += count;
        at = end ? end + 1 : at + 1;
    }
    return size;
}

lymph_status vars_replace(config *c, config_node *n, failure *f)
{
    const char *undefined = NULL;
    if (!strchr(n->text, '$'))
        return LYMPH_OK;
    size_t size = expand(c, n, NULL, &undefined);
    if (undefined)
        return failure_set(f, LYMPH_ECONFIG, "%s:%u:%u: %.*s is not defined", n->file, n->line, n->column,
                           (int)(variable_end(undefined) + 1 - undefined), undefined);
    if (size > CONFIG_TEXT_MAX - c->text)
        return config_too_large(n->file, n->line, n->column, f);
    char *text = arena_alloc(&c->memory, size + 1);
    if (!text)
        return config_no_memory(f);
    expand(c, n, text, &undefined);
    text[size] = '\0';
    c->text += size;
    n->text = text;
    return LYMPH_OK;
}
