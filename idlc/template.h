/* template.h: texts with holes, and the data that fills them.
 *
 *     {{name}}              the text of that name
 *     {{#name}}…{{/name}}   once for each item of a list, with the item's names; or once if it is a text that is not
 * empty
 *     {{^name}}…{{/name}}   if it is an empty list or text
 *     {{! … }}              nothing
 *
 * A name is looked up in the innermost item first. A line that holds only a section tag leaves no line behind. No logic
 * beyond that: what needs thought is done by the emitters. */
#ifndef IDLC_TEMPLATE_H
#define IDLC_TEMPLATE_H

#include <stdbool.h>

#include "buffer.h"
#include "diag.h"
#include "list.h"
#include "source.h"
#include "table.h"

/* Names and what they stand for: texts and lists of further ones. Lives in its arena. */
typedef struct data {
    arena *arena;
    table names; /* data_entry */
} data;

data *data_new(arena *a);
void data_text(data *d, const char *name, const char *text);
void data_flag(data *d, const char *name, bool yes);
list *data_list(data *d, const char *name); /* to which data_add adds */
data *data_add(data *d, list *l);           /* a new item */

/* Renders a template. False after an error in it (an unknown name, a section that does not end), which is reported. */
bool template_render(const source *text, const data *d, diag *diag, buffer *out);

#endif
