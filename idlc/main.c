/* main.c: the driver: the only file that knows all passes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <getopt.h>

#include "check.h"
#include "cnames.h"
#include "emit.h"
#include "file.h"
#include "parse.h"
#include "print.h"

enum { GO_ON = -1, EXIT_ERRORS = 1, EXIT_USAGE = 2 };

typedef struct options {
    const char *output, *templates, *deps;
    list include;
    bool format, check_only, no_skeleton, json;
} options;

static const char help[] =
    "Usage: lymphc [options] FILE.lymph...\n"
    "\n"
    "Writes FILE.lymph.h and FILE.lymph.c, the C of the interfaces that FILE.lymph declares, and, only where\n"
    "there is none yet, FILE.c: a skeleton of the service to fill in.\n"
    "\n"
    "  -o, --output DIR         write into DIR instead of beside the input\n"
    "  -I DIR                   search imported files in DIR, too\n"
    "      --no-skeleton        write no FILE.c\n"
    "      --check              only look for errors\n"
    "      --format             print the file in its canonical form on standard output\n"
    "      --deps FILE          write a rule for make: what the outputs depend on\n"
    "      --templates DIR      use header.tmpl, source.tmpl, skeleton.tmpl of DIR where they exist\n"
    "      --diagnostics KIND   'text', or 'json': one object a line, for editors\n"
    "  -h, --help               print this\n"
    "      --version            print the version\n"
    "\n"
    "Exit status: 0 done, 1 errors in the input (nothing was written), 2 wrong usage.\n";

/* ---- outputs ---- */

extern const char template_header[], template_source[], template_skeleton[];

static const source *find_template(arena *a, const options *o, diag *d, const char *name, const char *builtin)
{
    if (o->templates) {
        const char *path = file_join(a, o->templates, arena_printf(a, "%s.tmpl", name));
        if (file_exists(path))
            return file_read_source(a, path, d, (span){0});
    }
    return source_new(a, arena_printf(a, "%s.tmpl", name), builtin, strlen(builtin));
}

/* What all input files give: written at the end, and only if there was no error in any of them. */
typedef struct outputs {
    list files; /* file_output */
    table paths;
} outputs;

static void add_output(arena *a, diag *d, outputs *out, const char *path, const buffer *text)
{
    file_output *file = arena_alloc(a, sizeof *file);
    *file = (file_output){.path = path, .text = text->text, .size = text->size};
    if (table_put(a, &out->paths, path, file))
        diag_error(d, (span){0}, "'%s' would be written twice: compile the files into different folders", path);
    list_add(a, &out->files, file);
}

static void render(arena *a, const options *o, diag *d, outputs *out, const char *path, const char *name,
                   const char *builtin, const data *content)
{
    const source *template = find_template(a, o, d, name, builtin);
    buffer text;
    buffer_init(&text, a);
    if (template && template_render(template, content, d, &text))
        add_output(a, d, out, path, &text);
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

static void add_deps(arena *a, const options *o, diag *d, outputs *out, const char *header, const char *c_file,
                     const scope *s)
{
    buffer b;
    buffer_init(&b, a);
    add_path(&b, header);
    buffer_addc(&b, ' ');
    add_path(&b, c_file);
    buffer_addc(&b, ':');
    for (size_t i = 0; i < s->files.count; i++) {
        buffer_add(&b, " \\\n  ");
        add_path(&b, ((const scope_file *)s->files.items[i])->path);
    }
    buffer_addc(&b, '\n');
    for (size_t i = 0; i < s->files.count; i++) { /* a file that is gone is no error of make's */
        add_path(&b, ((const scope_file *)s->files.items[i])->path);
        buffer_add(&b, ":\n");
    }
    add_output(a, d, out, o->deps, &b);
}

static void emit(arena *a, const options *o, diag *d, outputs *out, const scope *s, const scope_file *f)
{
    const char *folder = o->output ? o->output : file_folder(a, f->path);
    const char *stem = file_join(a, folder, file_stem(a, f->path));
    const char *header = arena_printf(a, "%s.lymph.h", stem), *c_file = arena_printf(a, "%s.lymph.c", stem);
    const char *skeleton = arena_printf(a, "%s.c", stem);
    render(a, o, d, out, header, "header", template_header, emit_header(a, f->unit));
    render(a, o, d, out, c_file, "source", template_source, emit_source(a, f->unit));
    if (!o->no_skeleton && f->unit->interfaces.count && !file_exists(skeleton))
        render(a, o, d, out, skeleton, "skeleton", template_skeleton, emit_skeleton(a, f->unit));
    if (o->deps)
        add_deps(a, o, d, out, header, c_file, s);
}

/* ---- one file ---- */

static void format(arena *a, diag *d, const char *path)
{
    source *text = file_read_source(a, path, d, (span){0});
    ast *tree = text ? parse_file(a, text, d) : NULL;
    if (!tree || d->errors)
        return;
    buffer b;
    buffer_init(&b, a);
    print(tree, &b);
    if (fwrite(b.text, 1, b.size, stdout) != b.size || fflush(stdout))
        diag_error(d, (span){0}, "cannot write to standard output");
}

static void compile(arena *a, const options *o, diag *d, outputs *out, const char *path)
{
    if (!file_is_lymph(path)) {
        diag_error(d, (span){0}, "'%s' does not end in .lymph", path);
        return;
    }
    if (o->format) {
        format(a, d, path);
        return;
    }
    scope s = {.arena = a, .diag = d, .include = &o->include};
    scope_file *f = scope_load(&s, path);
    if (f && !s.incomplete)
        check(&s);
    if (f && !d->errors)
        cnames_check(a, d, f->unit);
    if (f && !d->errors && !o->check_only)
        emit(a, o, d, out, &s, f);
}

/* Compiles all files; returns the number of errors. */
static unsigned run(arena *a, const options *o, char *const *paths)
{
    outputs out = {0};
    unsigned errors = 0;
    for (; *paths; paths++) {
        diag d = {.out = stderr, .json = o->json};
        compile(a, o, &d, &out, *paths);
        errors += d.errors;
        if (d.errors > DIAG_ERRORS_MAX && !o->json)
            fprintf(stderr, "lymphc: %u errors in %s; the first %d are shown\n", d.errors, *paths, DIAG_ERRORS_MAX);
    }
    diag d = {.out = stderr, .json = o->json};
    if (!errors)
        file_write_all(a, &out.files, &d);
    return errors + d.errors;
}

/* ---- the command line ---- */

static int usage(const char *text, const char *word)
{
    if (text)
        fprintf(stderr, "lymphc: %s%s\n", text, word ? word : "");
    fputs("Try 'lymphc --help'.\n", stderr);
    return EXIT_USAGE;
}

/* Fills `o`. Returns the exit status if there is nothing to compile, else GO_ON. */
static int read_options(arena *a, options *o, int argc, char **argv)
{
    enum { NO_SKELETON = 256, CHECK, FORMAT, DEPS, TEMPLATES, DIAGNOSTICS, VERSION };
    static const struct option words[] = {
        {"output", required_argument, NULL, 'o'},
        {"no-skeleton", no_argument, NULL, NO_SKELETON},
        {"check", no_argument, NULL, CHECK},
        {"format", no_argument, NULL, FORMAT},
        {"deps", required_argument, NULL, DEPS},
        {"templates", required_argument, NULL, TEMPLATES},
        {"diagnostics", required_argument, NULL, DIAGNOSTICS},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, VERSION},
        {NULL, 0, NULL, 0},
    };
    int c;
    while ((c = getopt_long(argc, argv, "o:I:h", words, NULL)) != -1) {
        switch (c) {
        case 'o':
            o->output = optarg;
            break;
        case 'I':
            list_add(a, &o->include, optarg);
            break;
        case NO_SKELETON:
            o->no_skeleton = true;
            break;
        case CHECK:
            o->check_only = true;
            break;
        case FORMAT:
            o->format = true;
            break;
        case DEPS:
            o->deps = optarg;
            break;
        case TEMPLATES:
            o->templates = optarg;
            break;
        case DIAGNOSTICS:
            if (strcmp(optarg, "json") != 0 && strcmp(optarg, "text") != 0)
                return usage("--diagnostics takes 'text' or 'json', not ", optarg);
            o->json = strcmp(optarg, "json") == 0;
            break;
        case VERSION:
            puts("lymphc " LYMPH_VERSION);
            return 0;
        case 'h':
            fputs(help, stdout);
            return 0;
        default:
            return usage(NULL, NULL); /* getopt has told what is wrong */
        }
    }
    if (optind == argc)
        return usage("no input file", NULL);
    if (o->deps && argc - optind > 1)
        return usage("--deps goes with one input file", NULL);
    if (o->templates && !file_is_folder(o->templates))
        return usage("--templates: there is no folder ", o->templates);
    return GO_ON;
}

int main(int argc, char **argv)
{
    arena a;
    options o = {0};
    arena_init(&a);
    int status = read_options(&a, &o, argc, argv);
    if (status == GO_ON)
        status = run(&a, &o, argv + optind) ? EXIT_ERRORS : 0;
    arena_done(&a);
    return status;
}
