/* envelope.h: the envelope in which events travel: {"type", "headers", "body", "source"}, protocol.md section 4. */
#ifndef EVENTS_ENVELOPE_H
#define EVENTS_ENVELOPE_H

#include "codec/writer.h"
#include "core/slice.h"

/* An envelope taken apart; texts and body borrow the message. */
typedef struct envelope {
    slice type, trace_id, source; /* size 0: absent */
    slice headers;                /* msgpack of the headers map; size 0: absent */
    slice body;                   /* msgpack; size 0: absent */
} envelope;

/* NULL, or why the bytes are no envelope. Unknown keys are skipped; only `type` must be there. */
const char *envelope_read(const void *data, size_t size, envelope *out);

/* Everything up to the body, which the caller writes next, followed by envelope_end. */
void envelope_begin(writer *w, const char *type, const char *trace_id);
void envelope_end(writer *w, const char *source);

#endif
