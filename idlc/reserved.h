/* reserved.h: names that a C or C++ program cannot give to something of its own. The lists are the files in reserved/.
 */
#ifndef IDLC_RESERVED_H
#define IDLC_RESERVED_H

#include <stdbool.h>
#include <stddef.h>

/* Keywords, macros of the headers of C and POSIX, and integer types that generated code uses: no name at all. */
bool reserved_word(const char *name);

/* These; what the headers declare and the libraries beneath liblymph export; and names that hide at file scope what
 * generated code needs. A function that an executable exports takes the place of a library's function of that name,
 * also for the library's own calls: an `event_add` of ours would be called by libevent. Members and parameters may be
 * called so. */
bool reserved_global(const char *name);

/* One file of reserved/, sorted by strcmp. */
typedef struct reserved_list {
    const char *const *names;
    size_t count;
} reserved_list;

extern const reserved_list reserved_keywords, reserved_macros, reserved_globals, reserved_own;

#endif
