#include "driver.h"

#include <string.h>

#include "check.h"
#include "cnames.h"
#include "emit.h"
#include "file.h"
#include "parse.h"
#include "print.h"
#include "scope.h"

/* What one file's compilation goes on with. */
typedef struct job {
    arena *arena;
    const driver_options *options;
    diag *diag;
    driver_outputs *out;
} job;

/* ---- outputs ---- */

extern const char template_header[], template_source[], template_skeleton[];

static const source *find_template(job *j, const char *name, const char *builtin)
{
    const driver_options *o = j->options;
    if (o->templates) {
        const char *path = file_join(j->arena, o->templates, arena_printf(j->arena, "%s.tmpl", name));
        if (o->sources->find(o->sources, j->arena, path))
            return sources_read(o->sources, j->arena, path, j->diag, (span){0});
    }
    return source_new(j->arena, arena_printf(j->arena, "%s.tmpl", name), builtin, strlen(builtin));
}

static file_output *add_output(job *j, const char *path, const buffer *text)
{
    file_output *file = arena_alloc(j->arena, sizeof *file);
    *file = (file_output){.path = path, .text = text->text, .size = text->size};
    if (table_put(j->arena, &j->out->paths, path, file))
        diag_error(j->diag, (span){0}, "'%s' would be written twice: compile the files into different folders", path);
    list_add(j->arena, &j->out->files, file);
    return file;
}

/* False after an error. */
static bool render(job *j, const char *name, const char *builtin, const data *content, buffer *out)
{
    const source *template = find_template(j, name, builtin);
    return template && template_render(template, content, j->diag, out);
}

static void render_file(job *j, const char *path, const char *name, const char *builtin, const data *content)
{
    buffer text;
    buffer_init(&text, j->arena);
    if (render(j, name, builtin, content, &text))
        add_output(j, path, &text);
}

/* True if a C text sets a member of a table: ".greet =". */
static bool sets_member(const char *text, const char *member)
{
    size_t size = strlen(member);
    while ((text = strchr(text, '.'))) {
        text++;
        if (strncmp(text, member, size) == 0 && text[size + strspn(text + size, " \t\r\n")] == '=')
            return true;
    }
    return false;
}

/* The user's file is never written again, so handlers that were declared since are missing in it. Tells of them, if the
 * file has the table at all, and in a form that is known. */
static void tell_what_is_missing(job *j, const model_unit *u, const char *path)
{
    const sources *s = j->options->sources;
    buffer text;
    const char *name = s->find(s, j->arena, path);
    if (!name || !s->read(s, j->arena, name, SOURCE_MAX_SIZE, &text))
        return;
    for (size_t i = 0; i < u->interfaces.count; i++) {
        const model_interface *f = u->interfaces.items[i];
        const char *setting = arena_printf(j->arena, "%s_interface %s = {", cname_interface(j->arena, f), f->name);
        const char *begin = strstr(text.text, setting);
        for (size_t h = 0; begin && h < f->handlers.count; h++) {
            const model_handler *handler = f->handlers.items[h];
            if (sets_member(begin, handler->c_name))
                continue;
            diag_warning(j->diag, handler->at, "'%s' has no handler for %s", path, handler->params->name);
            diag_hint(j->diag, "lymphc --skeleton - %s prints one", u->file->path);
        }
    }
}

static void emit_service(job *j, const model_unit *u, const char *path)
{
    buffer text;
    buffer_init(&text, j->arena);
    if (file_exists(path))
        tell_what_is_missing(j, u, path);
    else if (render(j, "skeleton", template_skeleton, emit_skeleton(j->arena, u), &text))
        add_output(j, path, &text)->once = true;
}

/* A path as make reads it. */
static void add_path(buffer *b, const char *path)
{
    for (; *path; path++) {
        if (*path == '$')
            buffer_addc(b, '$');
        else if (*path == ' ' || *path == '#')
            buffer_addc(b, '\\');
        buffer_addc(b, *path);
    }
}

static void add_deps(job *j, const char *header, const char *c_file, const scope *s)
{
    buffer b;
    buffer_init(&b, j->arena);
    add_path(&b, header);
    buffer_addc(&b, ' ');
    add_path(&b, c_file);
    buffer_addc(&b, ':');
    for (size_t i = 0; i < s->files.count; i++) {
        buffer_add(&b, " \\\n  ");
        add_path(&b, ((const scope_file *)s->files.items[i])->path);
    }
    buffer_addc(&b, '\n');
    /* A file that is gone is no error of make's. The empty recipe keeps make's built-in rules away, which would make
     * the program x.lymph of x.lymph.c. */
    for (size_t i = 0; i < s->files.count; i++) {
        add_path(&b, ((const scope_file *)s->files.items[i])->path);
        buffer_add(&b, ": ;\n");
    }
    add_output(j, j->options->deps, &b);
}

static void emit(job *j, const scope *s, const scope_file *f)
{
    arena *a = j->arena;
    const driver_options *o = j->options;
    const char *stem = file_join(a, o->output ? o->output : file_folder(a, f->path), file_stem(a, f->path));
    const char *header = arena_printf(a, "%s.lymph.h", stem), *c_file = arena_printf(a, "%s.lymph.c", stem);
    render_file(j, header, "header", template_header, emit_header(a, f->unit, !o->output));
    render_file(j, c_file, "source", template_source, emit_source(a, f->unit));
    if (!o->no_skeleton && f->unit->interfaces.count)
        emit_service(j, f->unit, arena_printf(a, "%s.c", stem));
    if (o->deps)
        add_deps(j, header, c_file, s);
}

/* ---- one file ---- */

static bool is_input(const char *path, diag *d)
{
    if (!file_is_lymph(path))
        diag_error(d, (span){0}, "'%s' does not end in .lymph", path);
    return file_is_lymph(path);
}

void driver_format(arena *a, const driver_options *o, const char *path, diag *d, buffer *out)
{
    const source *text = is_input(path, d) ? sources_read(o->sources, a, path, d, (span){0}) : NULL;
    const ast *tree = text ? parse_file(a, text, d) : NULL;
    if (tree && !d->errors)
        print(tree, out);
}

/* The file with all that it imports, checked. NULL after an error. */
static const scope_file *load(job *j, scope *s, const char *path)
{
    *s = (scope){.arena = j->arena, .diag = j->diag, .sources = j->options->sources, .include = &j->options->include};
    scope_file *f = is_input(path, j->diag) ? scope_load(s, path) : NULL;
    if (f && !s->incomplete)
        check(s);
    if (f && !j->diag->errors)
        cnames_check(j->arena, j->diag, f->unit);
    return j->diag->errors ? NULL : f;
}

void driver_skeleton(arena *a, const driver_options *o, const char *path, diag *d, buffer *out)
{
    job j = {a, o, d, NULL};
    scope s;
    const scope_file *f = load(&j, &s, path);
    if (f)
        render(&j, "skeleton", template_skeleton, emit_skeleton(a, f->unit), out);
}

void driver_compile(arena *a, const driver_options *o, const char *path, diag *d, driver_outputs *out)
{
    job j = {a, o, d, out};
    scope s;
    const scope_file *f = load(&j, &s, path);
    if (f && !o->check_only)
        emit(&j, &s, f);
}
