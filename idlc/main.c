/* main.c: the command line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <getopt.h>

#include "driver.h"
#include "file.h"
#include "report.h"

enum { GO_ON = -1, EXIT_ERRORS = 1, EXIT_USAGE = 2 };

typedef struct options {
    driver_options driver;
    bool format, skeleton, json;
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
    "      --skeleton -         only print the skeleton on standard output\n"
    "      --check              only look for errors\n"
    "      --format             print the file in its canonical form on standard output\n"
    "      --deps FILE          write a rule for make: what the outputs depend on; touch what does not change\n"
    "      --templates DIR      use header.tmpl, source.tmpl, skeleton.tmpl of DIR where they exist\n"
    "      --diagnostics KIND   'text', or 'json': one object a line, for editors\n"
    "  -h, --help               print this\n"
    "      --version            print the version\n"
    "\n"
    "Exit status: 0 done, 1 errors in the input (nothing was written), 2 wrong usage.\n";

static void show(arena *a, const options *o, const char *path, diag *d)
{
    buffer text;
    buffer_init(&text, a);
    (o->format ? driver_format : driver_skeleton)(a, &o->driver, path, d, &text);
    if (fwrite(text.text, 1, text.size, stdout) != text.size || fflush(stdout))
        diag_error(d, (span){0}, "cannot write to standard output");
}

/* Outputs are written at the end, and only if there was no error in any file. Returns the number of errors. */
static unsigned run(arena *a, const options *o, char *const *paths)
{
    driver_outputs out = {0};
    unsigned errors = 0;
    for (; *paths; paths++) {
        diag d = {.sink = o->json ? report_json : report_text, .data = stderr};
        if (o->format || o->skeleton)
            show(a, o, *paths, &d);
        else
            driver_compile(a, &o->driver, *paths, &d, &out);
        errors += d.errors;
        if (d.errors > DIAG_ERRORS_MAX && !o->json)
            fprintf(stderr, "lymphc: %u errors in %s; the first %d are shown\n", d.errors, *paths, DIAG_ERRORS_MAX);
    }
    diag d = {.sink = o->json ? report_json : report_text, .data = stderr};
    if (!errors)
        file_write_all(a, &out.files, o->driver.deps, &d);
    return errors + d.errors;
}

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
    driver_options *d = &o->driver;
    enum { NO_SKELETON = 256, SKELETON, CHECK, FORMAT, DEPS, TEMPLATES, DIAGNOSTICS, VERSION };
    static const struct option words[] = {
        {"output", required_argument, NULL, 'o'},
        {"no-skeleton", no_argument, NULL, NO_SKELETON},
        {"skeleton", required_argument, NULL, SKELETON},
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
            d->output = optarg;
            break;
        case 'I':
            list_add(a, &d->include, optarg);
            break;
        case NO_SKELETON:
            d->no_skeleton = true;
            break;
        case SKELETON:
            if (strcmp(optarg, "-") != 0)
                return usage("--skeleton takes '-', not ", optarg);
            o->skeleton = true;
            break;
        case CHECK:
            d->check_only = true;
            break;
        case FORMAT:
            o->format = true;
            break;
        case DEPS:
            d->deps = optarg;
            break;
        case TEMPLATES:
            d->templates = optarg;
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
    if (d->deps && argc - optind > 1)
        return usage("--deps goes with one input file", NULL);
    if (d->templates && !file_is_folder(d->templates))
        return usage("--templates: there is no folder ", d->templates);
    return GO_ON;
}

int main(int argc, char **argv)
{
    arena a;
    options o = {.driver.sources = &sources_files};
    arena_init(&a);
    int status = read_options(&a, &o, argc, argv);
    if (status == GO_ON)
        status = run(&a, &o, argv + optind) ? EXIT_ERRORS : 0;
    arena_done(&a);
    return status;
}
