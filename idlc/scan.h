/* scan.h: the tokens that the parser gets. */
#ifndef IDLC_SCAN_H
#define IDLC_SCAN_H

#include "parse.h"
#include "parser.h"

/* The next token. Where a closing brace is missing it is told of and put in. After a syntax error, which sets
 * p->resuming, RESUME comes next, and then what follows the part that was not understood. */
int scan(YYSTYPE *value, YYLTYPE *at, yyscan_t scanner);

/* Whether the parser's last token lies in the braces of a declaration that goes on behind an error, member by member.
 */
bool scan_in_members(const parse *p);

#endif
