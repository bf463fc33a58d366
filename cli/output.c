/* output.c: results on standard output, failures on standard error. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "cli.h"
#include "pyrepr.h"

bool wants_color(const arguments *a)
{
    return !option_given(a, "no-color") && (option_given(a, "color") || isatty(STDOUT_FILENO));
}

/* Size of the character at `at`, into `c`; 0 if it is none. */
static size_t character(const char *at, uint32_t *c)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)*at;
    size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((at[i] & 0xc0) != 0x80) /* also the NUL at the end */
            return 0;
    *c = utf8_decode(at, &size);
    return *c < least[size] || (*c >= 0xd800 && *c < 0xe000) || *c > 0x10ffff ? 0 : size;
}

/* Controls drive a terminal or forge lines; marks, overrides and isolates of direction show one thing and mean another.
 */
static bool is_shown(uint32_t c)
{
    return !(c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
             (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069));
}

/* With \xNN or \uNNNN for what is not shown as it is. */
static void put_safe(FILE *to, const char *text)
{
    while (*text) {
        uint32_t c = 0;
        size_t size = character(text, &c);
        if (size && is_shown(c))
            fwrite(text, 1, size, to);
        else
            fprintf(to, !size || c < 0x100 ? "\\x%02x" : "\\u%04x",
                    size ? (unsigned)c : (unsigned)(unsigned char)*text);
        text += size ? size : 1;
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
