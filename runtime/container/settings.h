/* settings.h: what lymph_open's options, the environment and the configuration say of a container. */
#ifndef CONTAINER_SETTINGS_H
#define CONTAINER_SETTINGS_H

#include "config/config.h"
#include "core/failure.h"
#include "core/log.h"
#include "rpc/connection.h"

typedef struct settings {
    char *ip;
    uint16_t port; /* 0: any */
    bool isolated, signals;
    size_t activities_max;
    size_t stack_size; /* 0: the loop's default */
    int64_t drain_us;  /* longest wait for what is under way when stopping */
    connection_limits limits;
    size_t queue_bytes; /* most that is queued to one peer */
} settings;

/* Fills `s`; unknown keys are warned of in the log. LYMPH_ECONFIG, LYMPH_EINVAL, LYMPH_ESYSTEM, LYMPH_ENOMEM;
 * settings_done either way. */
lymph_status settings_read(settings *s, const lymph_options *o, const config *c, logger *log, failure *f);
void settings_done(settings *s);

#endif
