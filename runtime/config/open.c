/* config.c: which files are read, and in which order. */
#include "config/config.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "config/merge.h"
#include "config/tree.h"

static config *config_new(void)
{
    config *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    arena_init(&c->memory);
    c->folder = ".";
    c->root = arena_zalloc(&c->memory, sizeof *c->root);
    if (!c->root) {
        config_free(c);
        return NULL;
    }
    c->root->kind = CONFIG_MAP;
    c->root->file = "configuration";
    c->root->line = c->root->column = 1;
    return c;
}

void config_free(config *c)
{
    if (!c)
        return;
    arena_done(&c->memory);
    free(c);
}

static lymph_status load_main(config *c, const char *file, failure *f)
{
    config_node *root = NULL;
    if (!file)
        file = getenv("LYMPH_CONFIG");
    if (!file || !*file) {
        file = ".lymph.yml";
        FILE *probe = fopen(file, "re");
        if (!probe && errno == ENOENT)
            return LYMPH_OK;
        if (probe)
            fclose(probe);
    }
    lymph_status st = load_file(c, file, true, &root, f);
    if (st)
        return st;
    char *copy = arena_strndup(&c->memory, file, strlen(file));
    if (!copy)
        return config_no_memory(f);
    c->folder = dirname(copy);
    merge_sections(c, root, NULL);
    return LYMPH_OK;
}

lymph_status config_load(const char *file, const char *vars, config **out, failure *f)
{
    static const char *const node_sections[] = {"container", "registry",     "event_system",
                                                "plugins",   "dependencies", NULL};
    config *c = config_new();
    if (!c)
        return config_no_memory(f);
    lymph_status st = LYMPH_OK;
    const char *node = getenv("LYMPH_NODE_CONFIG");
    if (!vars)
        vars = getenv("LYMPH_VARS");
    if (vars && *vars)
        st = load_file(c, vars, false, &c->vars, f);
    if (!st && node && *node) {
        config_node *root = NULL;
        st = load_file(c, node, true, &root, f);
        if (!st)
            merge_sections(c, root, node_sections);
    }
    if (!st)
        st = load_main(c, file, f);
    if (!st)
        st = merge_old_name(c, "registry", "registry", f);
    if (!st)
        st = merge_old_name(c, "event_system", "events", f);
    if (st) {
        config_free(c);
        return st;
    }
    *out = c;
    return LYMPH_OK;
}

lymph_status config_load_text(const char *text, size_t size, const char *name, config **out, failure *f)
{
    config *c = config_new();
    if (!c)
        return config_no_memory(f);
    config_node *root = NULL;
    lymph_status st = load_text(c, text, size, name, true, &root, f);
    if (st) {
        config_free(c);
        return st;
    }
    merge_sections(c, root, NULL);
    *out = c;
    return LYMPH_OK;
}

const config_node *config_root(const config *c)
{
    return c->root;
}

const char *config_folder(const config *c)
{
    return c->folder;
}
