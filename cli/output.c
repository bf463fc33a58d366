/* output.c: results on standard output, failures on standard error. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "cli.h"

bool wants_color(const arguments *a)
{
    return !option_given(a, "no-color") && (option_given(a, "color") || isatty(STDOUT_FILENO));
}

/* Without control characters (C0, DEL, C1): those in a peer's text could drive the terminal, or forge lines. */
static void put_safe(FILE *to, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        bool c1 = at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0;
        if (*at < 0x20 || *at == 0x7f || c1)
            fprintf(to, "\\x%02x", c1 ? *++at : *at);
        else
            putc(*at, to);
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
