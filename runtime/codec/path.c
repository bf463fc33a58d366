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
    char step[128], rest[sizeof f->message];
    va_list args;
    va_start(args, format);
    vsnprintf(step, sizeof step, format, args);
    va_end(args);
    strcpy(rest, f->message);
    snprintf(f->message, sizeof f->message, "%s%.*s", step, (int)(sizeof f->message - sizeof step), rest);
    return status;
}
