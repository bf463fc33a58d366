#include <stdio.h>
#include <string.h>

#include "display.h"
#include "report.h"

/* The line of a place, and carets under the place. */
static void print_line(FILE *out, span at)
{
    const source *s = at.file;
    unsigned number = source_line(s, at.begin);
    const char *line = s->text + s->lines[number - 1];
    size_t size = number < s->line_count ? s->lines[number] - 1 - s->lines[number - 1] : s->size - s->lines[number - 1];
    if (size && line[size - 1] == '\r')
        size--;
    if (size > 400)
        return; /* nobody wants to see that */
    size_t begin = at.begin - s->lines[number - 1], end = at.end - s->lines[number - 1];
    if (end > size)
        end = size;
    fprintf(out, "%5u | ", number);
    display(out, line, size, true);
    fputs("\n      | ", out);
    display_indent(out, line, begin);
    fputc('^', out);
    for (size_t width = begin < end ? display_width(line + begin, end - begin) : 1; width > 1; width--)
        fputc('~', out);
    fputc('\n', out);
}

void report_text(void *file, const diagnostic *found)
{
    FILE *out = file;
    span at = found->at;
    if (at.file) {
        position p = source_position(at.file, at.begin);
        display(out, at.file->path, strlen(at.file->path), false);
        fprintf(out, ":%u:%u: ", p.line, p.column);
    } else if (found->severity != SEVERITY_HINT) {
        fputs("lymphc: ", out);
    }
    fprintf(out, "%s: ", report_severity(found->severity));
    display(out, found->text, strlen(found->text), false);
    fputc('\n', out);
    if (at.file)
        print_line(out, at);
}
