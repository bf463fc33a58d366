/* load.c: installing interfaces, those of the program's own and those from modules: `class: greeting:Greeting` is the
 * table `Greeting` in greeting.so. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.lymph.h"
#include "config/decode.h"
#include "container/container.h"
#include "container/symbol.h"

static lymph_status enter(lymph_ctx *root)
{
    lymph_status st = ctx_enter(root, 0);
    if (!st && root->host->phase != PHASE_NEW)
        st = ctx_fail(root, LYMPH_ESTATE, "interfaces are installed before the container starts");
    return st;
}

lymph_status lymph_install(lymph_ctx *root, const lymph_interface_desc *interface, const void *handlers,
                           const char *name, const char *version)
{
    lymph_status st = enter(root);
    if (st)
        return st;
    return interfaces_add(&container_of(root)->interfaces, interface, handlers, name, version, false,
                          &root->base->failure);
}

/* ---- modules ---- */

/* DIR/greeting.so for each folder of LYMPH_PATH, then of the configuration file; a dotted module is also tried as a
 * path. */
static char *find_module(const container *c, arena *a, const char *module)
{
    const char *path = getenv("LYMPH_PATH"), *folder = config_folder(c->config);
    char *nested = arena_strndup(a, module, strlen(module));
    for (char *p = nested; p && *p; p++)
        if (*p == '.')
            *p = '/';
    const char *all = arena_printf(a, "%s%s%s", path ? path : "", path && *path ? ":" : "", folder);
    while (nested && all && *all) {
        size_t size = strcspn(all, ":");
        const char *names[] = {module, nested};
        for (int i = 0; size && i < 2; i++) {
            const char *file = arena_printf(a, "%.*s/%s.so", (int)size, all, names[i]);
            if (file && access(file, R_OK) == 0)
                return strchr(file, '/') ? realpath(file, NULL) : NULL;
        }
        all += size + (all[size] == ':');
    }
    return NULL;
}

static lymph_status keep_module(container *c, void *handle)
{
    void **modules = realloc(c->modules, (c->module_count + 1) * sizeof *modules);
    if (!modules)
        return LYMPH_ENOMEM;
    c->modules = modules;
    c->modules[c->module_count++] = handle;
    return LYMPH_OK;
}

/* `where` begins every message. */
static lymph_status open_module(lymph_ctx *root, const char *where, const char *module, const char **file,
                                void **handle)
{
    container *c = container_of(root);
    const char *path = getenv("LYMPH_PATH");
    char *found = find_module(c, &root->base->memory, module);
    if (!found)
        return ctx_fail(root, LYMPH_ECONFIG, "%s: no module %s.so along LYMPH_PATH (%s) or in %s", where, module,
                        path && *path ? path : "not set", config_folder(c->config));
    *file = arena_strndup(&root->base->memory, found, strlen(found));
    free(found);
    if (!*file)
        return ctx_fail(root, LYMPH_ENOMEM, "out of memory");
    *handle = dlopen(*file, RTLD_NOW | RTLD_LOCAL);
    if (!*handle)
        return ctx_fail(root, LYMPH_ECONFIG, "%s: cannot load %s: %s", where, *file, dlerror());
    if (keep_module(c, *handle)) {
        dlclose(*handle);
        return ctx_fail(root, LYMPH_ENOMEM, "out of memory");
    }
    return LYMPH_OK;
}

/* That of the table `symbol`, else of the interface `name`, which may be NULL. A table that is called `log_`, because
 * `log` is a function of C's, has the descriptor `log_descriptor`. */
static const lymph_interface_desc *find_descriptor(arena *a, void *handle, const char *symbol, const char *name)
{
    size_t stem = strlen(symbol);
    while (stem && symbol[stem - 1] == '_')
        stem--;
    const char *own = arena_printf(a, "%.*s_descriptor", (int)stem, symbol);
    const char *by_name = name ? arena_printf(a, "%s_descriptor", name) : NULL;
    const lymph_interface_desc *desc = own ? dlsym(handle, own) : NULL;
    return desc || !by_name ? desc : dlsym(handle, by_name);
}

/* `name`: what it is registered as, may be NULL. */
static lymph_status load(lymph_ctx *root, const char *where, const char *class, const char *name, const char *version)
{
    arena *a = &root->base->memory;
    const char *colon = strchr(class, ':'), *file = NULL;
    if (!colon || colon == class || !colon[1] || strchr(class, '/'))
        return ctx_fail(root, LYMPH_ECONFIG, "%s: '%s' is not of the form module:Interface", where, class);
    const char *module = arena_strndup(a, class, (size_t)(colon - class)), *symbol = colon + 1;
    if (!module)
        return ctx_fail(root, LYMPH_ENOMEM, "out of memory");
    void *handle = NULL;
    lymph_status st = open_module(root, where, module, &file, &handle);
    if (st)
        return st;
    const void *handlers = dlsym(handle, symbol);
    if (!handlers)
        return ctx_fail(root, LYMPH_ECONFIG,
                        "%s: %s has no symbol %s (is it declared as `const …_interface %s = {…};`, without static?)",
                        where, file, symbol, symbol);
    size_t size = symbol_size(handlers);
    if (!size)
        return ctx_fail(root, LYMPH_ECONFIG,
                        "%s: %s, as %s has it, is no data: a table of handlers is expected (that of an interface whose "
                        "name is taken in C ends in _: %s_)",
                        where, symbol, file, symbol);
    const lymph_interface_desc *desc = find_descriptor(a, handle, symbol, name);
    if (!desc)
        return ctx_fail(root, LYMPH_ECONFIG,
                        "%s: %s has no descriptor of %s: link the generated .lymph.c into the module", where, file,
                        symbol);
    if (symbol_size(desc) < sizeof *desc)
        return ctx_fail(root, LYMPH_ECONFIG, "%s: the descriptor of %s in %s is none of this lymph: run lymphc again",
                        where, symbol, file);
    if (desc->abi == LYMPH_ABI && !symbol_fits(handlers, size, desc))
        return ctx_fail(root, LYMPH_ECONFIG, "%s: %s in %s is no table of handlers of %s", where, symbol, file,
                        desc->name);
    return lymph_install(root, desc, handlers, name, version);
}

static lymph_status load_node(lymph_ctx *root, const config_node *n)
{
    arena *a = &root->base->memory;
    failure *f = &root->base->failure;
    config_Interface section;
    lymph_status st = config_decode(n, &config_Interface_record, a, &section, root->host->log, f);
    if (st)
        return st;
    const char *at = strchr(n->key, '@');
    const char *name = arena_strndup(a, n->key, at ? (size_t)(at - n->key) : strlen(n->key));
    const char *where = arena_printf(a, "%s:%u:%u: interface %s", n->file, n->key_line, n->key_column, n->key);
    if (!name || !where)
        return ctx_fail(root, LYMPH_ENOMEM, "out of memory");
    st = load(root, where, section.class_, name, at ? at + 1 : NULL);
    return st && st != LYMPH_ECONFIG ? failure_wrap(f, st, "%s: ", where) : st;
}

lymph_status lymph_load(lymph_ctx *root)
{
    lymph_status st = enter(root);
    if (st)
        return st;
    const config_node *all;
    st = config_section(config_root(container_of(root)->config), "interfaces", &all, &root->base->failure);
    for (const config_node *n = all ? all->first : NULL; n && !st; n = n->next)
        st = load_node(root, n);
    return st;
}

lymph_status lymph_load_class(lymph_ctx *root, const char *class_text)
{
    lymph_status st = enter(root);
    return st ? st : load(root, class_text, class_text, NULL, NULL);
}
