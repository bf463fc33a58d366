#include "core/failure.h"

#include <stdio.h>
#include <string.h>

static bool known(lymph_status status)
{
    return status <= LYMPH_OK && status >= LYMPH_ESYSTEM;
}

/* What is told of a status of which nobody told more. */
static lymph_status tell_status(failure *f, lymph_status status)
{
    f->status = status;
    if (known(status))
        snprintf(f->message, sizeof f->message, "%s", lymph_status_name(status));
    else
        snprintf(f->message, sizeof f->message, "status %d", status);
    return status;
}

lymph_status failure_vset(failure *f, lymph_status status, const char *format, va_list args)
{
    if (!f)
        return status;
    failure made; /* apart: the arguments may lie in f->message */
    vsnprintf(made.message, sizeof made.message, format, args);
    made.status = status;
    if (!made.message[0])
        return tell_status(f, status);
    *f = made;
    return status;
}

lymph_status failure_set(failure *f, lymph_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    failure_vset(f, status, format, args);
    va_end(args);
    return status;
}

lymph_status failure_wrap(failure *f, lymph_status status, const char *format, ...)
{
    if (!f)
        return status;
    failure_settle(f, status);
    char text[sizeof f->message];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t size = strlen(text);
    snprintf(text + size, sizeof text - size, "%s", f->message);
    memcpy(f->message, text, sizeof text);
    return status;
}

lymph_status failure_settle(failure *f, lymph_status status)
{
    return f->status == status && f->message[0] ? status : tell_status(f, status);
}

const char *lymph_status_name(lymph_status status)
{
    static const char *const names[] = {
        "LYMPH_OK",      "LYMPH_ENOMEM",       "LYMPH_EINVAL",    "LYMPH_ESTATE",   "LYMPH_ECONFIG",
        "LYMPH_ELOOKUP", "LYMPH_EUNREACHABLE", "LYMPH_ETIMEDOUT", "LYMPH_ENACK",    "LYMPH_EREMOTE",
        "LYMPH_EPROTO",  "LYMPH_ECANCELED",    "LYMPH_ELIMIT",    "LYMPH_EBACKEND", "LYMPH_ESYSTEM",
    };
    return known(status) ? names[-status] : "LYMPH_E?";
}
