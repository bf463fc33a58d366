/* suggest.h: "did you mean …?" */
#ifndef IDLC_SUGGEST_H
#define IDLC_SUGGEST_H

#include <stddef.h>

/* The nearest of `count` names, if one is near enough to be meant; else NULL. */
const char *suggest(const char *name, const char *const *names, size_t count);

#endif
