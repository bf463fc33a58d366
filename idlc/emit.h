/* emit.h: from the model to the data that the templates are filled with; one emitter per output. */
#ifndef IDLC_EMIT_H
#define IDLC_EMIT_H

#include "model.h"
#include "template.h"

/* X.lymph.h. `beside`: headers are written beside their files, so folders in imports are those of the headers. */
data *emit_header(arena *a, const model_unit *u, bool beside);

data *emit_source(arena *a, const model_unit *u);   /* X.lymph.c */
data *emit_skeleton(arena *a, const model_unit *u); /* X.c */

/* ---- between the emitters (emit_common.c) ---- */

data *emit_file(arena *a, const model_unit *u); /* `file`, `version`, `abi`: of every output */

/* A comment of C, indented, with its newline; "" for no text. */
const char *emit_comment(arena *a, const char *indent, const char *text);

/* A string literal of C with its quotes. */
const char *emit_string(arena *a, const char *text);

/* The same of documentation, cut where it is too long for some C compilers. */
const char *emit_doc(arena *a, const char *text);

/* "RESULT NAME(A, B)", broken into lines of at most 100 columns. */
const char *emit_prototype(arena *a, const char *result, const char *name, const list *parameters);

/* A handler's parameters as C declarations, `ctx` first, and last its result where it has one: "const char **result".
 */
list emit_parameters(arena *a, const model_handler *h, bool result);

/* True for values that functions take by pointer. */
bool emit_by_pointer(const model_type *t);

/* The proxies of an rpc: `name`, `future_id` and so on, and the prototypes `call`, `defer` and `await`. */
void emit_proxy(arena *a, data *d, const model_interface *f, const model_handler *h);

/* What the templates call a record and an interface: `name`, `is_struct`…; `table`, `descriptor`; and their ids. */
void emit_record(arena *a, data *d, const model_record *r);
void emit_interface(arena *a, data *d, const model_interface *f);

/* The C names that endings make of `begin`, each called as its ending: "copy_id", "record_id". */
void emit_ids(arena *a, data *d, const char *begin, const char *const *ends);

/* A default as a C initializer. */
const char *emit_preset(arena *a, const model_type *t, const model_preset *p);

/* A record's members as {decl, comment}. */
void emit_members(arena *a, data *d, const char *name, const model_record *r);

#endif
