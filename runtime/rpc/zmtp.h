/* zmtp.h: what a ZeroMQ peer sends over one connection, read: its greeting, its READY, and messages frame by frame
 * (ZMTP 3.0 and 3.1, NULL mechanism: https://rfc.zeromq.org/spec/37/). It decides from bytes and makes bytes; the
 * sockets are the receiver's (receiver.h).
 *
 * libzmq, which connects and sends, is not used for receiving: its limits count messages and frames, so that a message
 * without an end takes all memory, and out of descriptors it turns round accept() at full speed.
 *
 * What a peer can make it hold is bounded: one message as a whole by MESSAGE_MAX, whatever its number of frames, and
 * the unfinished messages of all peers by a budget. Frames behind the last that a message has room for are counted, not
 * kept. */
#ifndef RPC_ZMTP_H
#define RPC_ZMTP_H

#include "rpc/message.h"

#define ZMTP_COMMAND_MAX 1023 /* bytes of a command that are read: READY has the peer's name, of up to 255 */
#define ZMTP_NAME_MAX    255
#define ZMTP_ANSWER_MAX  512

/* Bytes in unfinished messages, of all connections that share it. */
typedef struct zmtp_budget {
    size_t used, max;
} zmtp_budget;

typedef enum zmtp_stage { ZMTP_GREETING, ZMTP_HANDSHAKE, ZMTP_TRAFFIC } zmtp_stage;

typedef struct zmtp {
    zmtp_budget *budget;
    const char *own_name;
    size_t own_name_size;
    zmtp_stage stage;
    bool begun;         /* the current frame: its header has been read */
    uint8_t flags;      /* its */
    uint64_t left;      /* bytes of it that have not come */
    uint8_t header[9];  /* what has come of the next one's header, */
    size_t header_size; /* so many bytes */
    int frames;         /* of the current message, the current frame not counted */
    uint64_t taken;     /* its bytes on the wire, headers included */
    struct zmtp_frame {
        size_t begin, size; /* in `memory` */
    } frame[FRAME_COUNT];
    char *memory; /* of the current message, which did not come at once */
    size_t size, capacity;
    size_t command_size;
    size_t name_size; /* the peer's */
    char name[ZMTP_NAME_MAX + 1];
    char command[ZMTP_COMMAND_MAX + 1]; /* the greeting, then the current command */
} zmtp;

typedef enum zmtp_event {
    ZMTP_MORE,    /* all is taken; more bytes are needed */
    ZMTP_MESSAGE, /* one message is whole */
    ZMTP_ANSWER,  /* bytes must go to the peer */
    ZMTP_FULL,    /* the budget is used up: make room and call again, or give the connection up */
    ZMTP_BAD,     /* no such protocol, or beyond a limit: to be closed */
} zmtp_event;

/* What zmtp_next found. */
typedef struct zmtp_found {
    int frames;         /* ZMTP_MESSAGE: how many it had; `message` holds the first FRAME_COUNT of them */
    const char *answer; /* ZMTP_ANSWER; good until the next call */
    size_t answer_size;
    const char *wrong; /* ZMTP_BAD: "it does not speak ZeroMQ's protocol" */
    char buffer[ZMTP_ANSWER_MAX];
} zmtp_found;

/* `own_name`: how peers know us, of at most 255 bytes; borrowed. What is to be sent before anything comes is in
 * zmtp_hello. */
void zmtp_init(zmtp *z, const char *own_name, zmtp_budget *budget);
void zmtp_done(zmtp *z);

extern const char zmtp_hello[];
extern const size_t zmtp_hello_size;

/* Takes bytes off `in` up to the next event. A message's frames lie in m->memory, which is the caller's to free, or,
 * where that is NULL, in what `in` was. */
zmtp_event zmtp_next(zmtp *z, slice *in, message *m, zmtp_found *found);

/* In the middle of a large frame: where its next bytes should be put, so that they need not be copied. Returns how many
 * there is room for; 0: read elsewhere, and give it to zmtp_next. zmtp_put tells how many came; then zmtp_next goes on,
 * with nothing in `in`. */
size_t zmtp_room(zmtp *z, char **at);
void zmtp_put(zmtp *z, size_t size);

#endif
