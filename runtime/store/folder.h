/* folder.h: where a cluster's files lie. */
#ifndef STORE_FOLDER_H
#define STORE_FOLDER_H

#include <limits.h>

#include "config/config.h"
#include "core/failure.h"
#include "core/log.h"

/* The cluster's folder, made if needed, private to the user: $XDG_RUNTIME_DIR/lymph/CLUSTER, else lymph-UID/CLUSTER in
 * the system's temporary directory, or what the key `path` says. Unknown keys are warnings in the log. LYMPH_ECONFIG,
 * LYMPH_EBACKEND (not ours, not writable). */
lymph_status folder_open(const config_node *section, logger *log, char out[PATH_MAX], failure *f);

/* Makes such a folder again that somebody has removed. LYMPH_EBACKEND. */
lymph_status folder_again(const char *folder, failure *f);

#endif
