/* failure.h: the detail that goes with a lymph_status inside the runtime. */
#ifndef CORE_FAILURE_H
#define CORE_FAILURE_H

#include <stdarg.h>

#include <lymph/ctx.h>

/* Lives with whoever asked for the operation; overwritten by the next failure. */
typedef struct failure {
    lymph_status status;
    char message[300]; /* "" when there is nothing to add to the status */
} failure;

/* Fills `f` (which may be NULL) and returns `status`. Text that is too long is cut. */
lymph_status failure_set(failure *f, lymph_status status, const char *format, ...) LYMPH_PRINTF(3, 4);
lymph_status failure_vset(failure *f, lymph_status status, const char *format, va_list args);

#endif
