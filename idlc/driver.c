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

/* NULL after an error. */
static file_output *render(job *j, const char *path, const char *name, const char *builtin, const data *content)
{
    const source *template = find_template(j, name, builtin);
    buffer text;
    buffer_init(&text, j->arena);
    return template && template_render(template, content, j->diag, &text) ? add_output(j, path, &text) : NULL;
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
    render(j, header, "header", template_header, emit_header(a, f->unit, !o->output));
    render(j, c_file, "source", template_source, emit_source(a, f->unit));
    if (!o->no_skeleton && f->unit->interfaces.count) {
        const char *path = arena_printf(a, "%s.c", stem);
        file_output *skeleton = render(j, path, "skeleton", template_skeleton, emit_skeleton(a, f->unit));
        if (skeleton)
            skeleton->once = true;
    }
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

void driver_compile(arena *a, const driver_options *o, const char *path, diag *d, driver_outputs *out)
{
    scope s = {.arena = a, .diag = d, .sources = o->sources, .include = &o->include};
    scope_file *f = is_input(path, d) ? scope_load(&s, path) : NULL;
    if (f && !s.incomplete)
        check(&s);
    if (f && !d->errors)
        cnames_check(a, d, f->unit);
    if (f && !d->errors && !o->check_only)
        emit(&(job){a, o, d, out}, &s, f);
}
