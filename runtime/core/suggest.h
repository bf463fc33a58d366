/* suggest.h: "did you mean …?" */
#ifndef CORE_SUGGEST_H
#define CORE_SUGGEST_H

/* The one of `known` (NULL-terminated) that is nearest to `text`, at most a third of its letters away; NULL if none is. */
const char *suggest(const char *text, const char *const *known);

#endif
