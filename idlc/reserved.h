/* reserved.h: names that a C or C++ program cannot give to something of its own. */
#ifndef IDLC_RESERVED_H
#define IDLC_RESERVED_H

#include <stdbool.h>

/* Keywords of C and C++, macros and integer types of the headers that programs include: no name at all. */
bool reserved_word(const char *name);

/* These, and functions and types of the C library and of POSIX: no name at file scope, where a program that includes
 * their header would see two declarations. Members and parameters may be called so. */
bool reserved_global(const char *name);

#endif
