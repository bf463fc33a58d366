/* options.h: structs of options, of whatever size the headers had that a program was compiled with. They grow at their
 * end; in a member that is added later zero means: left out. */
#ifndef CORE_OPTIONS_H
#define CORE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Puts the `size` bytes that are given over *out, which has `known` bytes and holds what is meant by what is not given.
 * False: something is given that is not known here. */
#define OPTIONS_NEWER "an option is given that this version of lymph, %s, does not have"
bool options_take(void *out, size_t known, const void *given, size_t size);

#endif
