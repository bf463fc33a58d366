/* print.h: a tree as text in its one canonical form, comments included. Printing what was read from it gives the same
 * text again. */
#ifndef IDLC_PRINT_H
#define IDLC_PRINT_H

#include "ast.h"
#include "buffer.h"

void print(const ast *tree, buffer *out);

#endif
