#include <stdio.h>

#include "report.h"

static void print_text(FILE *out, const char *text)
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

void report_json(void *file, const diagnostic *found)
{
    FILE *out = file;
    span at = found->at;
    fputs("{\"severity\": ", out);
    print_text(out, report_severity(found->severity));
    if (at.file) {
        position begin = source_position(at.file, at.begin), end = source_position(at.file, at.end);
        fputs(", \"file\": ", out);
        print_text(out, at.file->path);
        fprintf(out, ", \"line\": %u, \"column\": %u, \"end_line\": %u, \"end_column\": %u", begin.line, begin.column,
                end.line, end.column);
    }
    fputs(", \"message\": ", out);
    print_text(out, found->text);
    fputs("}\n", out);
}
