/* builtin.h: the interface `lymph` that every instance serves. */
#ifndef CONTAINER_BUILTIN_H
#define CONTAINER_BUILTIN_H

#include "server/interfaces.h"

lymph_status builtin_install(interfaces *all, failure *f);

#endif
