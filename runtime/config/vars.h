/* vars.h: $(env.X) and $(var.x) in texts. */
#ifndef CONFIG_VARS_H
#define CONFIG_VARS_H

#include "config/config.h"

/* Replaces the variables in the text of the scalar `n`. LYMPH_ECONFIG: one is not defined, or the configuration becomes
 * too large. */
lymph_status vars_replace(config *c, config_node *n, failure *f);

#endif
