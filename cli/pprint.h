/* pprint.h: values as Python prints them, which is what the original's tools show. */
#ifndef CLI_PPRINT_H
#define CLI_PPRINT_H

#include <lymph/lymph.h>

/* As pprint.pformat(value): keys sorted, lines of at most 80 columns. In the arena of `ctx`; NULL when memory is out.
 */
const char *pprint(lymph_ctx *ctx, const lymph_value *value);

/* As repr(value): one line, keys in their order. */
const char *pprint_line(lymph_ctx *ctx, const lymph_value *value);

#endif
