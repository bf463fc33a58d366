/* output.c: results on standard output, failures on standard error. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "cli.h"
#include "utf8.h"

bool wants_color(const arguments *a)
{
    return !option_given(a, "no-color") && (option_given(a, "color") || isatty(STDOUT_FILENO));
}

/* With \xNN or \uNNNN for what is not shown as it is. */
static void put_safe(FILE *to, const char *text)
{
    for (size_t left = strlen(text), size; left; text += size, left -= size) {
        uint32_t c = 0;
        bool valid = (size = utf8_decode(text, left, &c));
        size = valid ? size : 1;
        if (valid && utf8_is_shown(c))
            fwrite(text, 1, size, to);
        else
            fprintf(to, !valid || c < 0x100 ? "\\x%02x" : "\\u%04x",
                    valid ? (unsigned)c : (unsigned)(unsigned char)*text);
    }
}

static void vprint_safe(FILE *to, const char *format, va_list args)
{
    char *text;
    if (vasprintf(&text, format, args) < 0)
        return; /* out of memory: nothing is better than half of it */
    put_safe(to, text);
    free(text);
}

void print_safe(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprint_safe(stdout, format, args);
    va_end(args);
}

void print_colored(bool color, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (color)
        fputs(code, stdout);
    vprint_safe(stdout, format, args);
    if (color)
        fputs(COLOR_OFF, stdout);
    va_end(args);
}

void print_wrapped(const char *text, size_t column, size_t indent, size_t width)
{
    for (bool begun = false;; begun = true) {
        size_t blanks = strspn(text, " \t\n"), size = strcspn(text + blanks, " \t\n");
        size_t columns = utf8_columns(text + blanks, size);
        if (!size)
            return;
        if (begun && column + blanks + columns > width) {
            printf("\n%*s", (int)indent, "");
            column = indent;
        } else if (begun) {
            printf("%*s", (int)blanks, "");
            column += blanks;
        }
        print_safe("%.*s", (int)size, text + blanks);
        column += columns;
        text += blanks + size;
    }
}

int finish_output(void)
{
    errno = 0;
    bool failed = ferror(stdout); /* then errno may have been lost */
    if (!fflush(stdout) && !failed)
        return EXIT_OK;
    return fail_with(EXIT_FAILED, "cannot write to standard output%s%s", errno ? ": " : "",
                     errno ? strerror(errno) : "");
}

int fail_with(int code, const char *format, ...)
{
    va_list args;
    fflush(stdout);
    fputs("lymph: ", stderr);
    va_start(args, format);
    vprint_safe(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return code;
}
