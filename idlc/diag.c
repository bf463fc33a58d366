#include "diag.h"

#include <stdarg.h>
#include <string.h>

#include "suggest.h"

static void print_json_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void print_json(diag *d, span at, const char *severity, const char *text)
{
    fputs("{\"severity\": ", d->out);
    print_json_text(d->out, severity);
    if (at.file) {
        position begin = source_position(at.file, at.begin), end = source_position(at.file, at.end);
        fputs(", \"file\": ", d->out);
        print_json_text(d->out, at.file->path);
        fprintf(d->out, ", \"line\": %u, \"column\": %u, \"end_line\": %u, \"end_column\": %u", begin.line,
                begin.column, end.line, end.column);
    }
    fputs(", \"message\": ", d->out);
    print_json_text(d->out, text);
    fputs("}\n", d->out);
}

/* The carets stand under the characters: tabs are repeated, other characters take one column each. */
static void print_carets(FILE *out, const char *line, size_t begin, size_t end)
{
    fputs("      | ", out);
    for (size_t i = 0; i < begin; i++)
        if ((line[i] & 0xc0) != 0x80)
            fputc(line[i] == '\t' ? '\t' : ' ', out);
    fputc('^', out);
    for (size_t i = begin + 1; i < end; i++)
        if ((line[i] & 0xc0) != 0x80)
            fputc('~', out);
    fputc('\n', out);
}

static void print_line(diag *d, span at)
{
    const source *s = at.file;
    unsigned number = source_line(s, at.begin);
    size_t begin = s->lines[number - 1];
    size_t size = strcspn(s->text + begin, "\r\n");
    if (size > 400)
        return; /* nobody wants to see that */
    size_t from = at.begin - begin, to = at.end > begin + size ? size : at.end - begin;
    fprintf(d->out, "%5u | %.*s\n", number, (int)size, s->text + begin);
    print_carets(d->out, s->text + begin, from, to);
}

/* Takes off the rest of a character that was cut in two. */
static void end_whole(char *text)
{
    size_t size = strlen(text), begin = size;
    uint32_t code;
    while (begin && ((unsigned char)text[begin - 1] & 0xc0) == 0x80)
        begin--;
    if (begin && !utf8_decode(text + begin - 1, size - begin + 1, &code))
        text[begin - 1] = '\0';
}

static bool is_full(const diag *d)
{
    return d->errors > DIAG_ERRORS_MAX;
}

static void report(diag *d, span at, const char *severity, const char *format, va_list args)
{
    char text[1024];
    if (is_full(d))
        return;
    if (vsnprintf(text, sizeof text, format, args) >= (int)sizeof text)
        end_whole(text);
    if (d->json) {
        print_json(d, at, severity, text);
        return;
    }
    if (at.file) {
        position p = source_position(at.file, at.begin);
        fprintf(d->out, "%s:%u:%u: ", at.file->path, p.line, p.column);
    } else if (strcmp(severity, "hint") != 0) {
        fputs("lymphc: ", d->out);
    }
    fprintf(d->out, "%s: %s\n", severity, text);
    if (at.file)
        print_line(d, at);
}

void diag_error(diag *d, span at, const char *format, ...)
{
    va_list args;
    d->errors++;
    va_start(args, format);
    report(d, at, "error", format, args);
    va_end(args);
}

void diag_warning(diag *d, span at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(d, at, "warning", format, args);
    va_end(args);
}

void diag_note(diag *d, span at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(d, at, "note", format, args);
    va_end(args);
}

void diag_hint(diag *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(d, (span){0}, "hint", format, args);
    va_end(args);
}

void diag_suggest(diag *d, const char *name, const char *const *names, size_t count)
{
    const char *near = is_full(d) ? NULL : suggest(name, names, count); /* nobody would see it, and it takes time */
    if (near)
        diag_hint(d, "did you mean '%s'?", near);
}
