/* sleep.h: the end of lymph_sleep when the container stops. */
#ifndef CONTEXT_SLEEP_H
#define CONTEXT_SLEEP_H

#include "context/host.h"

void sleepers_cancel(host *h); /* every lymph_sleep ends with LYMPH_ECANCELED */

#endif
