/* identity.h: the MD5 names under which instances and interfaces are registered; protocol.md section 3. */
#ifndef REGISTRY_IDENTITY_H
#define REGISTRY_IDENTITY_H

/* 32 hex digits and a NUL. */
typedef char identity[33];

/* MD5 of ('ENDPOINT',). */
void identity_of_endpoint(const char *endpoint, identity out);

/* MD5 of ('IDENTITY', 'NAME', None), …, Version('1.2.3')), or for the built-in interface …, '1.2.3'). `version` NULL:
 * None. */
void identity_of_interface(const char *process, const char *name, const char *version, int builtin, identity out);

#endif
