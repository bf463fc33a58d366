/* version.h: semantic versions as the original compares them. */
#ifndef REGISTRY_VERSION_H
#define REGISTRY_VERSION_H

#include <stdbool.h>

/* True if `text` is a full x.y.z[-pre][+build]. */
bool version_valid(const char *text);

/* <0, 0, >0 by precedence (semver 2.0 rule 11; build ignored). Both valid. */
int version_compare(const char *a, const char *b);

/* True if an instance of version `have` (NULL: unversioned, never compatible) serves a request for `want` ("1", "1.2",
 * "1.2.3"): >= want completed with zeros, < the next major. A pre-release of the next major is not compatible. */
bool version_compatible(const char *want, const char *have);

/* True if `want` is a version that can be asked for. */
bool version_requestable(const char *want);

#endif
