/* failure.h: the detail that goes with a lymph_status inside the runtime. */
#ifndef CORE_FAILURE_H
#define CORE_FAILURE_H

#include <stdarg.h>

#include <lymph/ctx.h>

/* Lives with whoever asked for the operation; overwritten by the next failure. Zeroed: nothing has failed. */
typedef struct failure {
    lymph_status status;
    char message[300]; /* never "" with a status that is not LYMPH_OK */
} failure;

/* Fills `f` (which may be NULL) and returns `status`. The arguments may be texts of `f` itself. A text that is too long
 * is cut at its end; one that comes out empty becomes the status's. */
lymph_status failure_set(failure *f, lymph_status status, const char *format, ...) LYMPH_PRINTF(3, 4);
lymph_status failure_vset(failure *f, lymph_status status, const char *format, va_list args);

/* Puts a text in front of what failed ("cannot start Shop: "); returns `status`. `status` is what was returned with
 * `f`: if `f` tells of another one, nobody set it for this failure, and the status's own text stands in. */
lymph_status failure_wrap(failure *f, lymph_status status, const char *format, ...) LYMPH_PRINTF(3, 4);

/* Makes sure that `f` tells of `status`, which came from code that need not have set it: a handler, a hook. */
lymph_status failure_settle(failure *f, lymph_status status);

#endif
