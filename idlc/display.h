/* display.h: text on a terminal: how wide it is, and that it does nothing there but stand. */
#ifndef IDLC_DISPLAY_H
#define IDLC_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* True for characters that can be shown as they are. */
bool display_is_plain(uint32_t code);

/* Prints a text of any origin. What is not printable, cannot be seen or turns the direction of writing is shown as
 * <U+202E>, a byte that is no UTF-8 as <FF>. A tab is one of these unless `tabs`. */
void display(FILE *out, const char *text, size_t size, bool tabs);

/* Prints the blanks that are as wide as a text that display printed with its tabs. */
void display_indent(FILE *out, const char *text, size_t size);

/* Columns that a text takes; a tab counts as one. */
size_t display_width(const char *text, size_t size);

#endif
