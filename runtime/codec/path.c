#include "codec/path.h"

#include <stdio.h>
#include <string.h>

lymph_status path_fail(failure *f, lymph_status status, const char *format, ...)
{
    if (!f)
        return status;
    va_list args;
    va_start(args, format);
    failure_vset(f, status, format, args);
    va_end(args);
    return path_at(f, status, ": ");
}

lymph_status path_at(failure *f, lymph_status status, const char *format, ...)
{
    if (!f)
        return status;
    char step[128];
    va_list args;
    va_start(args, format);
    vsnprintf(step, sizeof step - 3, format, args); /* room for "..." */
    va_end(args);
    size_t size = strlen(step), have = strlen(f->message), room = sizeof f->message - 1 - size, cut = 0;
    if (have > room) {
        cut = have - room + 3;
        memcpy(step + size, "...", 3);
        size += 3;
        have -= cut;
    }
    memmove(f->message + size, f->message + cut, have + 1);
    memcpy(f->message, step, size);
    return status;
}
