/* text.h: texts that come from others (peers, files, names), made fit for a terminal or a log. What is not shown raw:
 * what utf8_is_shown (text/utf8.h) says, and bytes that are no UTF-8. */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Writes `from` and a NUL, with \xNN or \uNNNN for what is not shown raw; a tab stays. What does not fit into `room`
 * bytes (at least 1) is left out, never half an escape or half a character. Returns what was written without the NUL.
 */
size_t text_escape(char *to, size_t room, const char *from, size_t size);

/* Whether a name (of a service, an event type, a pattern) is shown as it is: well-formed UTF-8 without any of these. */
bool text_clean(const char *text, size_t size);

#endif
