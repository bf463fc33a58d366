/* message.h: one message of the RPC protocol as received: 5 frames, and the name of the connection that they came on.
 */
#ifndef RPC_MESSAGE_H
#define RPC_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/writer.h"
#include "core/slice.h"

typedef enum message_type { MESSAGE_REQ, MESSAGE_REP, MESSAGE_ACK, MESSAGE_NACK, MESSAGE_ERROR } message_type;

enum { FRAME_ID, FRAME_TYPE, FRAME_SUBJECT, FRAME_HEADERS, FRAME_BODY, FRAME_COUNT };

#define MESSAGE_ID_MAX    255 /* bytes of an id or a subject that are accepted */
#define MESSAGE_TRACE_MAX 255 /* bytes of a trace id */

typedef struct message {
    slice frames[FRAME_COUNT];
    void *memory; /* from malloc: where the frames lie. NULL: in what is good only while the message is received */
    message_type type;
    slice source; /* what the peer calls itself: its endpoint; borrowed from its connection */
    slice id, subject;
} message;

/* The headers that we read; others are skipped. `at` NULL: absent or nil. */
typedef struct request_headers {
    slice version, trace_id;
} request_headers;

/* Looks at received frames and fills type, id and subject. NULL, or why the message is no message ("id is not
 * UTF-8"). */
const char *message_parse(message *m);

/* Reads the headers frame. An empty frame is an empty map. NULL, or why not ("headers are not a map"). Texts borrow the
 * frame. */
const char *message_headers(const message *m, request_headers *h);

/* Lets headers and body outlive the receiving. Returns the memory that they lie in then, the caller's to free; NULL:
 * out of memory. */
void *message_keep(message *m);

const char *message_type_name(message_type type);

/* What goes in front of a body: {"version": V, "trace_id": T}, V nil when `version` is NULL. */
void write_headers(writer *w, const char *version, const char *trace_id, size_t trace_id_size);

/* {"trace_id": T}: for a NACK before a method was found. */
void write_trace_header(writer *w, const char *trace_id, size_t trace_id_size);

#endif
