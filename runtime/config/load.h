/* load.h: from YAML to a tree. */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include "config/config.h"

/* Reads one document: a map, or NULL where there is nothing. `file` names it in messages. `replaces`: variables in its
 * texts are replaced. The nodes are the configuration's, and count against its limits. */
lymph_status load_text(config *c, const char *text, size_t size, const char *file, bool replaces, config_node **out,
                       failure *f);
lymph_status load_file(config *c, const char *file, bool replaces, config_node **out, failure *f);

#endif
