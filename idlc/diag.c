#include "diag.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "suggest.h"
#include "utf8.h"

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

static void report(diag *d, span at, severity s, const char *format, va_list args)
{
    char text[1024];
    if (is_full(d))
        return;
    if (vsnprintf(text, sizeof text, format, args) >= (int)sizeof text)
        end_whole(text);
    d->sink(d->data, &(diagnostic){s, at, text});
}

void diag_error(diag *d, span at, const char *format, ...)
{
    va_list args;
    d->errors++;
    va_start(args, format);
    report(d, at, SEVERITY_ERROR, format, args);
    va_end(args);
}

void diag_warning(diag *d, span at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(d, at, SEVERITY_WARNING, format, args);
    va_end(args);
}

void diag_note(diag *d, span at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(d, at, SEVERITY_NOTE, format, args);
    va_end(args);
}

void diag_hint(diag *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(d, (span){0}, SEVERITY_HINT, format, args);
    va_end(args);
}

void diag_suggest(diag *d, const char *name, const char *const *names, size_t count)
{
    const char *near = is_full(d) ? NULL : suggest(name, names, count); /* nobody would see it, and it takes time */
    if (near)
        diag_hint(d, "did you mean '%s'?", near);
}
