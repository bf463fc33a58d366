/* merge.h: one file over another, as the original does it. */
#ifndef CONFIG_MERGE_H
#define CONFIG_MERGE_H

#include "config/config.h"

/* Puts the sections of `file` (a map; NULL: nothing) into the configuration, those that are named in the
 * NULL-terminated `sections`, or all. Within a section, later keys replace earlier ones. The nodes become the
 * configuration's. */
void merge_sections(config *c, config_node *file, const char *const *sections);

/* The original's old names: the top-level section `old` is taken as container.KEY, unless that is there. */
lymph_status merge_old_name(config *c, const char *old, const char *key, failure *f);

#endif
