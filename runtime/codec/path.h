/* path.h: where in a value something is wrong. The reason is set first, and each level on the way out puts its step in
 * front: "sku: missing" becomes "[3].sku: missing", so that success pays nothing for it. Of a path that is too
 * long, steps in the middle become "...". */
#ifndef CODEC_PATH_H
#define CODEC_PATH_H

#include "core/failure.h"

/* Sets ": reason". */
lymph_status path_fail(failure *f, lymph_status status, const char *format, ...) LYMPH_PRINTF(3, 4);

/* Puts a step in front; returns `status`. */
lymph_status path_at(failure *f, lymph_status status, const char *format, ...) LYMPH_PRINTF(3, 4);

#endif
