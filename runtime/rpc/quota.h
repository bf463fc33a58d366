/* quota.h: bytes that are queued to one peer. ZeroMQ's own limit counts messages, whatever their size.
 *
 * Frames are made and counted on the loop's thread, and given back on ZeroMQ's when they are written. */
#ifndef RPC_QUOTA_H
#define RPC_QUOTA_H

#include <stddef.h>
#include <zmq.h>

#include <lymph/status.h>

#include "core/slice.h"

typedef struct quota quota;

quota *quota_new(void);       /* NULL: memory is out */
void quota_release(quota *q); /* frames that are still queued keep it; NULL is fine */
size_t quota_used(const quota *q);

/* Makes a frame of a copy of `bytes`. Small ones are not counted: their number is limited. LYMPH_EUNREACHABLE: it would
 * be more than `limit` (a frame alone is always taken); LYMPH_ENOMEM. */
lymph_status quota_frame(quota *q, size_t limit, slice bytes, zmq_msg_t *out);

#endif
