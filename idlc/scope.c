#include "scope.h"

#include <ctype.h>
#include <string.h>

#include "display.h"
#include "file.h"
#include "parse.h"
#include "utf8.h"

static scope_file *load(scope *s, const char *path, span from);

static const char *find(scope *s, const char *importer, const char *name)
{
    const char *path = name[0] == '/' ? name : file_join(s->arena, file_folder(s->arena, importer), name);
    if (s->sources->find(s->sources, s->arena, path))
        return path;
    for (size_t i = 0; i < s->include->count; i++) {
        path = file_join(s->arena, s->include->items[i], name);
        if (s->sources->find(s->sources, s->arena, path))
            return path;
    }
    return NULL;
}

static bool is_imported(const scope_file *into, const scope_file *f)
{
    for (size_t i = 0; i < into->imports.count; i++)
        if (into->imports.items[i] == f)
            return true;
    return false;
}

static scope_file *load_import(scope *s, const scope_file *into, const ast_decl *d)
{
    if (!file_is_lymph(d->name.text)) {
        diag_error(s->diag, d->name.at, "'%s' does not end in .lymph", d->name.text);
        return NULL;
    }
    const char *path = find(s, into->path, d->name.text);
    if (!path) {
        diag_error(s->diag, d->name.at, "there is no file '%s' beside this one or along -I", d->name.text);
        return NULL;
    }
    scope_file *f = load(s, path, d->name.at);
    if (f && f->loading) {
        diag_error(s->diag, d->name.at, "'%s' imports itself%s", f->path, f == into ? "" : ", through this file");
        return NULL;
    }
    return f;
}

static void import(scope *s, scope_file *into, const ast_decl *d)
{
    scope_file *f = load_import(s, into, d);
    if (!f) {
        s->incomplete = true;
    } else if (is_imported(into, f)) {
        diag_warning(s->diag, d->name.at, "'%s' is imported already", f->path);
    } else {
        list_add(s->arena, &into->imports, f);
        list_add(s->arena, &into->unit->imports, f->unit);
        list_add(s->arena, &into->unit->import_paths, (void *)d->name.text);
    }
}

static void set_namespace(scope *s, scope_file *f, const ast_decl *d, const ast_decl **first)
{
    if (*first) {
        diag_error(s->diag, d->name.at, "a file has one namespace");
        diag_note(s->diag, (*first)->name.at, "the first one is here");
        return;
    }
    *first = d;
    f->unit->name_space = d->name.text;
}

/* A file's name becomes part of includes, comments and rules of make. */
static bool check_base_name(scope *s, const char *path, span from)
{
    const char *base = file_base(path);
    uint32_t code;
    for (size_t size = strlen(base), n; size; base += n, size -= n) {
        n = utf8_decode(base, size, &code);
        if (n && (code < 0x80 ? isalnum((int)code) || strchr("._-+ ", (int)code) : display_is_plain(code)))
            continue;
        diag_error(s->diag, from, "'%s': the name of a file is made of letters, digits, blanks, '.', '_', '-' and '+'",
                   path);
        return false;
    }
    return true;
}

static scope_file *load(scope *s, const char *path, span from)
{
    const char *name = s->sources->find(s->sources, s->arena, path);
    scope_file *f = name ? table_get(&s->by_path, name) : NULL;
    if (f)
        return f;
    if (!check_base_name(s, path, from))
        return NULL;
    source *text = sources_read(s->sources, s->arena, path, s->diag, from);
    if (!text)
        return NULL;
    f = arena_alloc(s->arena, sizeof *f);
    f->path = path;
    f->loading = true;
    f->unit = arena_alloc(s->arena, sizeof *f->unit);
    f->unit->file = text;
    f->unit->name_space = "";
    table_put(s->arena, &s->by_path, name, f);
    f->tree = parse_file(s->arena, text, s->diag);
    const ast_decl *name_space = NULL;
    for (size_t i = 0; i < f->tree->decls.count; i++) {
        const ast_decl *d = f->tree->decls.items[i];
        if (d->kind == DECL_IMPORT)
            import(s, f, d);
        else if (d->kind == DECL_NAMESPACE)
            set_namespace(s, f, d, &name_space);
    }
    f->loading = false;
    list_add(s->arena, &s->files, f);
    s->incomplete |= f->tree->broken;
    return f;
}

scope_file *scope_load(scope *s, const char *path)
{
    return load(s, path, (span){0});
}
