/* registration.h: what an instance publishes of itself. */
#ifndef CONTAINER_REGISTRATION_H
#define CONTAINER_REGISTRATION_H

#include "container/container.h"

/* The same for HTTP: what is registered as http/NAME/ID. */
const char *registration_http_json(const container *c, arena *a, const installed *i, identity id);

/* The JSON that an interface is registered with, and its id. In the arena; NULL when memory is out. */
const char *registration_json(const container *c, arena *a, const installed *i, identity id);

#endif
