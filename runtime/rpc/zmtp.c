#include "rpc/zmtp.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FLAG_MORE    1
#define FLAG_LONG    2
#define FLAG_COMMAND 4
#define FLAGS_KNOWN  7

#define GREETING_SIZE  64
#define SIGNATURE_SIZE 10
#define HELLO_SIZE     11 /* signature and major version: a peer of another version wants another rest */
#define MECHANISM_AT   12
#define MECHANISM_SIZE 20

#define MESSAGE_MAX (WRITER_MAX + (64u << 10)) /* a body of WRITER_MAX, its id, type, subject and headers */
#define GROW_FIRST  (16u << 10)
#define ROOM_MIN    (16u << 10) /* less than this is read with what follows it */
#define PING_MAX    16          /* bytes of a PING's context */

const char zmtp_hello[] = "\xff\0\0\0\0\0\0\0\1\x7f\3";
const size_t zmtp_hello_size = HELLO_SIZE;

void zmtp_init(zmtp *z, const char *own_name, zmtp_budget *budget)
{
    memset(z, 0, offsetof(zmtp, name));
    z->own_name = own_name;
    z->own_name_size = strlen(own_name);
    z->budget = budget;
}

static void drop_memory(zmtp *z)
{
    free(z->memory);
    z->budget->used -= z->capacity;
    z->memory = NULL;
    z->size = z->capacity = 0;
}

void zmtp_done(zmtp *z)
{
    drop_memory(z);
}

/* ---- what we say ---- */

static zmtp_event answer(zmtp_found *found, size_t size)
{
    found->answer = found->buffer;
    found->answer_size = size;
    return ZMTP_ANSWER;
}

static zmtp_event bad(zmtp_found *found, const char *why)
{
    found->wrong = why;
    return ZMTP_BAD;
}

static char *property(char *at, const char *name, const char *value, size_t size)
{
    size_t name_size = strlen(name);
    *at++ = (char)name_size;
    memcpy(at, name, name_size);
    at += name_size;
    memcpy(at, (char[]){0, 0, (char)(size >> 8), (char)size}, 4);
    memcpy(at + 4, value, size);
    return at + 4 + size;
}

/* A command of up to 255 bytes has its size in one byte, a longer one in eight. */
static zmtp_event answer_command(zmtp_found *found, const char *body, size_t size)
{
    char *to = found->buffer;
    if (size <= 255) {
        *to++ = FLAG_COMMAND;
    } else {
        memcpy(to, "\6\0\0\0\0\0\0", 7);
        to += 7;
        *to++ = (char)(size >> 8);
    }
    *to++ = (char)size;
    memcpy(to, body, size);
    return answer(found, (size_t)(to - found->buffer) + size);
}

static zmtp_event say_ready(const zmtp *z, zmtp_found *found)
{
    char body[ZMTP_ANSWER_MAX - 9] = "\5READY", *end = body + 6;
    end = property(end, "Socket-Type", "ROUTER", 6);
    end = property(end, "Identity", z->own_name, z->own_name_size);
    return answer_command(found, body, (size_t)(end - body));
}

/* ---- the greeting ---- */

static void take(slice *in, size_t size)
{
    in->at += size;
    in->size -= size;
}

/* Collects bytes in `command` until it has `wanted` of them. */
static bool collect(zmtp *z, slice *in, size_t wanted)
{
    size_t more = wanted - z->command_size;
    if (more > in->size)
        more = in->size;
    memcpy(z->command + z->command_size, in->at, more);
    z->command_size += more;
    take(in, more);
    return z->command_size == wanted;
}

static zmtp_event read_greeting(zmtp *z, slice *in, zmtp_found *found)
{
    bool hello = z->command_size < HELLO_SIZE;
    bool whole = collect(z, in, hello ? HELLO_SIZE : GREETING_SIZE);
    const char *got = z->command;
    if (z->command_size && (uint8_t)got[0] != 0xff)
        return bad(found, "it does not speak ZeroMQ's protocol");
    if (!whole)
        return ZMTP_MORE;
    if (hello) {
        if (!(got[SIGNATURE_SIZE - 1] & 1) || (uint8_t)got[SIGNATURE_SIZE] < 3)
            return bad(found, "it speaks ZeroMQ's protocol as it was before version 3 (libzmq 4)");
        memset(found->buffer, 0, GREETING_SIZE);
        found->buffer[0] = 1; /* the minor version */
        memcpy(found->buffer + MECHANISM_AT - HELLO_SIZE, "NULL", 4);
        return answer(found, GREETING_SIZE - HELLO_SIZE);
    }
    static const char null[MECHANISM_SIZE] = "NULL";
    if (memcmp(got + MECHANISM_AT, null, sizeof null) != 0)
        return bad(found, "it wants to authenticate itself, and we have no way for that");
    z->stage = ZMTP_HANDSHAKE;
    z->command_size = 0;
    return say_ready(z, found);
}

/* ---- commands ---- */

static bool command_is(const zmtp *z, const char *name, size_t size)
{
    return z->command_size > size && (size_t)z->command[0] == size && memcmp(z->command + 1, name, size) == 0;
}

static bool same(slice s, const char *text)
{
    return s.size == strlen(text) && strncasecmp(s.at, text, s.size) == 0;
}

static bool take_property(slice *in, slice *name, slice *value)
{
    size_t size = in->size ? (uint8_t)in->at[0] : 0;
    if (in->size < 1 + size + 4)
        return false;
    *name = (slice){in->at + 1, size};
    take(in, 1 + size);
    const uint8_t *n = (const uint8_t *)in->at;
    size = (size_t)n[0] << 24 | (size_t)n[1] << 16 | (size_t)n[2] << 8 | n[3];
    take(in, 4);
    if (in->size < size)
        return false;
    *value = (slice){in->at, size};
    take(in, size);
    return true;
}

/* Those whose messages come as ours are sent. */
static bool may_talk(slice type)
{
    return same(type, "ROUTER") || same(type, "DEALER") || same(type, "REQ");
}

static zmtp_event read_ready(zmtp *z, zmtp_found *found)
{
    if (command_is(z, "ERROR", 5))
        return bad(found, "it refused our greeting");
    if (!command_is(z, "READY", 5))
        return bad(found, "its handshake is malformed");
    slice in = {z->command + 6, z->command_size - 6}, name, value;
    bool typed = false;
    while (in.size) {
        if (!take_property(&in, &name, &value))
            return bad(found, "its handshake is malformed");
        if (same(name, "Socket-Type")) {
            if (!may_talk(value))
                return bad(found, "its socket is of a type that does not talk to ours");
            typed = true;
        } else if (same(name, "Identity")) {
            if (value.size > ZMTP_NAME_MAX)
                return bad(found, "its name is longer than 255 bytes");
            memcpy(z->name, value.at, value.size);
            z->name_size = value.size;
        }
    }
    if (!typed)
        return bad(found, "it does not say what type its socket is of");
    z->stage = ZMTP_TRAFFIC;
    return ZMTP_MORE;
}

/* A heartbeat of ZeroMQ's own, which is answered with what it carries behind its time to live. */
static zmtp_event read_command(zmtp *z, zmtp_found *found)
{
    if (z->stage == ZMTP_HANDSHAKE)
        return read_ready(z, found);
    if (!command_is(z, "PING", 4) || z->command_size < 7)
        return ZMTP_MORE; /* nothing that concerns us */
    size_t context = z->command_size - 7;
    if (context > PING_MAX)
        return bad(found, "its heartbeat is malformed");
    char body[5 + PING_MAX] = "\4PONG";
    memcpy(body + 5, z->command + 7, context);
    return answer_command(found, body, 5 + context);
}

/* ---- frames ---- */

static uint64_t frame_size(const uint8_t *header)
{
    if (!(header[0] & FLAG_LONG))
        return header[1];
    uint64_t size = 0;
    for (int i = 1; i <= 8; i++)
        size = size << 8 | header[i];
    return size;
}

/* The first bytes of the next frame. NULL, or what is wrong with them. */
static const char *begin_frame(zmtp *z)
{
    z->flags = z->header[0];
    z->left = frame_size(z->header);
    if (z->flags & ~FLAGS_KNOWN || (z->flags & FLAG_COMMAND && z->flags & FLAG_MORE))
        return "a frame of it is malformed";
    if (z->flags & FLAG_COMMAND) {
        z->command_size = 0;
        if (z->left > ZMTP_COMMAND_MAX)
            return "a command of it is too long";
    } else {
        if (z->stage != ZMTP_TRAFFIC)
            return "its handshake is malformed";
        z->taken += z->header_size;
        if (z->left > MESSAGE_MAX || z->taken + z->left > MESSAGE_MAX)
            return "a message of it is too large";
        z->taken += z->left;
    }
    if (!(z->flags & FLAG_COMMAND) && z->frames < FRAME_COUNT)
        z->frame[z->frames] = (struct zmtp_frame){z->size, (size_t)z->left};
    z->begun = true;
    z->header_size = 0;
    return NULL;
}

static bool read_header(zmtp *z, slice *in)
{
    for (;;) {
        size_t wanted = z->header_size && z->header[0] & FLAG_LONG ? 9 : 2;
        if (z->header_size == wanted)
            return true;
        if (!in->size)
            return false;
        z->header[z->header_size++] = (uint8_t)*in->at;
        take(in, 1);
    }
}

/* Room for `more` bytes, in steps that follow what has come, not what was announced. */
static zmtp_event grow(zmtp *z, size_t more, zmtp_found *found)
{
    if (z->size + more <= z->capacity)
        return ZMTP_MORE;
    size_t capacity = z->capacity ? z->capacity * 2 : GROW_FIRST, most = z->size + (size_t)z->left;
    if (z->flags & FLAG_MORE)
        most += GROW_FIRST;
    if (capacity > most)
        capacity = most;
    if (capacity < z->size + more)
        capacity = z->size + more;
    if (capacity - z->capacity > z->budget->max - z->budget->used)
        return ZMTP_FULL;
    char *memory = realloc(z->memory, capacity);
    if (!memory)
        return bad(found, "there is no memory for its message");
    z->budget->used += capacity - z->capacity;
    z->memory = memory;
    z->capacity = capacity;
    return ZMTP_MORE;
}

static zmtp_event read_body(zmtp *z, slice *in, zmtp_found *found)
{
    size_t size = z->left < in->size ? (size_t)z->left : in->size;
    if (z->flags & FLAG_COMMAND) {
        memcpy(z->command + z->command_size, in->at, size);
        z->command_size += size;
    } else if (z->frames < FRAME_COUNT && size) {
        zmtp_event e = grow(z, size, found);
        if (e != ZMTP_MORE)
            return e;
        memcpy(z->memory + z->size, in->at, size);
        z->size += size;
    }
    z->left -= size;
    take(in, size);
    return ZMTP_MORE;
}

/* The memory goes with the message. */
static zmtp_event deliver(zmtp *z, message *m, zmtp_found *found)
{
    const char *base = z->memory ? z->memory : "";
    for (int i = 0; i < FRAME_COUNT && i < z->frames; i++)
        m->frames[i] = (slice){base + z->frame[i].begin, z->frame[i].size};
    m->memory = z->memory;
    found->frames = z->frames;
    z->budget->used -= z->capacity;
    z->memory = NULL;
    z->size = z->capacity = 0;
    z->frames = 0;
    z->taken = 0;
    return ZMTP_MESSAGE;
}

static zmtp_event end_frame(zmtp *z, message *m, zmtp_found *found)
{
    z->begun = false;
    if (z->flags & FLAG_COMMAND)
        return read_command(z, found);
    z->frames++;
    return z->flags & FLAG_MORE ? ZMTP_MORE : deliver(z, m, found);
}

/* One frame, or what has come of it. `ended`: it has, and there may be another. */
static zmtp_event read_frame(zmtp *z, slice *in, message *m, zmtp_found *found, bool *ended)
{
    *ended = false;
    if (!z->begun) {
        if (!read_header(z, in))
            return ZMTP_MORE;
        const char *wrong = begin_frame(z);
        if (wrong)
            return bad(found, wrong);
    }
    zmtp_event e = read_body(z, in, found);
    if (e != ZMTP_MORE || z->left)
        return e;
    *ended = true;
    return end_frame(z, m, found);
}

/* Most messages come whole: their frames can stay where they are. Anything else is left to read_frame. */
static bool whole_message(slice *in, message *m, zmtp_found *found)
{
    const char *at = in->at, *end = in->at + in->size;
    for (int frames = 0;;) {
        if (end - at < 2 || at[0] & ~(FLAG_MORE | FLAG_LONG) || (at[0] & FLAG_LONG && end - at < 9))
            return false;
        bool more = at[0] & FLAG_MORE;
        uint64_t size = frame_size((const uint8_t *)at);
        at += at[0] & FLAG_LONG ? 9 : 2;
        if (size > (size_t)(end - at))
            return false;
        if (frames < FRAME_COUNT)
            m->frames[frames] = (slice){at, (size_t)size};
        frames++;
        at += size;
        if (more)
            continue;
        m->memory = NULL;
        found->frames = frames;
        take(in, (size_t)(at - in->at));
        return true;
    }
}

zmtp_event zmtp_next(zmtp *z, slice *in, message *m, zmtp_found *found)
{
    if (z->stage == ZMTP_GREETING)
        return read_greeting(z, in, found);
    zmtp_event e;
    bool ended;
    do {
        bool between = z->stage == ZMTP_TRAFFIC && !z->begun && !z->header_size && !z->frames;
        if (between && whole_message(in, m, found))
            return ZMTP_MESSAGE;
        e = read_frame(z, in, m, found, &ended);
    } while (e == ZMTP_MORE && ended);
    return e;
}

size_t zmtp_room(zmtp *z, char **at)
{
    if (!z->begun || z->flags & FLAG_COMMAND || z->frames >= FRAME_COUNT || z->left < ROOM_MIN)
        return 0;
    zmtp_found unused;
    if (z->size == z->capacity && grow(z, 1, &unused) != ZMTP_MORE)
        return 0; /* zmtp_next tells why */
    size_t room = z->capacity - z->size;
    *at = z->memory + z->size;
    return room < z->left ? room : (size_t)z->left;
}

void zmtp_put(zmtp *z, size_t size)
{
    z->size += size;
    z->left -= size;
}
