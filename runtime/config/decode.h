/* decode.h: a section of the configuration as a C struct, by the struct's descriptor, as a message is decoded.
 *
 * The runtime's own sections are the structs of idl/settings.lymph; any other record does as well. */
#ifndef CONFIG_DECODE_H
#define CONFIG_DECODE_H

#include <lymph/schema.h>

#include "config/config.h"
#include "core/arena.h"
#include "core/log.h"

/* Fills *out (record->size bytes; cleared first) from the section `n`; NULL or null: a section without keys. What is
 * missing or null takes its default, is absent if it is optional, and is an empty section if it is a struct. A single
 * value where a list belongs is a list of one. Texts are borrowed from the configuration; lists, maps and optional
 * values lie in the arena.
 *
 * LYMPH_ECONFIG: a key is missing or a value is of another type or beyond its limits; `f` names file, line, column and
 * path, what is expected, and what stands there unless the field is sensitive. LYMPH_ENOMEM. Unknown and deprecated
 * keys are warnings in `log`, which may be NULL. */
lymph_status config_decode(const config_node *n, const lymph_record *record, arena *a, void *out, logger *log,
                           failure *f);

#endif
