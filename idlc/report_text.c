#include <stdio.h>
#include <string.h>

#include "report.h"

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

static void print_line(FILE *out, span at)
{
    const source *s = at.file;
    unsigned number = source_line(s, at.begin);
    size_t begin = s->lines[number - 1];
    size_t size = strcspn(s->text + begin, "\r\n");
    if (size > 400)
        return; /* nobody wants to see that */
    size_t from = at.begin - begin, to = at.end > begin + size ? size : at.end - begin;
    fprintf(out, "%5u | %.*s\n", number, (int)size, s->text + begin);
    print_carets(out, s->text + begin, from, to);
}

void report_text(void *file, const diagnostic *found)
{
    FILE *out = file;
    span at = found->at;
    if (at.file) {
        position p = source_position(at.file, at.begin);
        fprintf(out, "%s:%u:%u: ", at.file->path, p.line, p.column);
    } else if (found->severity != SEVERITY_HINT) {
        fputs("lymphc: ", out);
    }
    fprintf(out, "%s: %s\n", report_severity(found->severity), found->text);
    if (at.file)
        print_line(out, at);
}
