#include "core/failure.h"

#include <stdio.h>

lymph_status failure_vset(failure *f, lymph_status status, const char *format, va_list args)
{
    if (f) {
        f->status = status;
        vsnprintf(f->message, sizeof f->message, format, args);
    }
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

const char *lymph_status_name(lymph_status status)
{
    static const char *const names[] = {
        "LYMPH_OK",      "LYMPH_ENOMEM",       "LYMPH_EINVAL",    "LYMPH_ESTATE",   "LYMPH_ECONFIG",
        "LYMPH_ELOOKUP", "LYMPH_EUNREACHABLE", "LYMPH_ETIMEDOUT", "LYMPH_ENACK",    "LYMPH_EREMOTE",
        "LYMPH_EPROTO",  "LYMPH_ECANCELED",    "LYMPH_ELIMIT",    "LYMPH_EBACKEND", "LYMPH_ESYSTEM",
    };
    const int count = sizeof names / sizeof *names;
    return status <= 0 && status > -count ? names[-status] : "LYMPH_E?";
}
