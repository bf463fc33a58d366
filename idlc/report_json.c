#include <stdio.h>
#include <string.h>

#include "display.h"
#include "report.h"
#include "utf8.h"

/* What is unseen, or no UTF-8, would reach a terminal or break a reader. */
static void print_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (size_t size = strlen(text), i = 0, n; i < size; i += n) {
        uint32_t code;
        n = utf8_decode(text + i, size - i, &code);
        if (!n) {
            n = 1;
            fputs("\\ufffd", out);
        } else if (code == '"' || code == '\\') {
            fprintf(out, "\\%c", (char)code);
        } else if (display_is_plain(code)) {
            fwrite(text + i, 1, n, out);
        } else if (code < 0x10000) {
            fprintf(out, "\\u%04x", (unsigned)code);
        } else {
            fprintf(out, "\\u%04x\\u%04x", 0xd7c0 + (unsigned)(code >> 10), 0xdc00 + (unsigned)(code & 0x3ff));
        }
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
