/* unique.h: random names. */
#ifndef CORE_UNIQUE_H
#define CORE_UNIQUE_H

#include <stdint.h>

#define UNIQUE_HEX 32

/* 32 lower-case hex digits of a version 4 UUID (RFC 4122), and a NUL: message and trace ids. Any thread. */
void unique_hex(char out[UNIQUE_HEX + 1]);

/* The same with dashes (36 characters and a NUL): names of broadcast queues. */
void unique_uuid(char out[37]);

/* Any number: where a choice among equals begins. */
uint32_t unique_number(void);

#endif
