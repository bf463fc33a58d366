/* run.h: the end of a container's life. */
#ifndef CONTAINER_RUN_H
#define CONTAINER_RUN_H

#include "container/container.h"

/* From any phase to STOPPED, through those between; waits, bounded. Nothing happens if it has stopped. */
void container_shutdown(container *c);

#endif
