/* symbol.h: what a symbol of a module is, asked before anything believes its name. */
#ifndef CONTAINER_SYMBOL_H
#define CONTAINER_SYMBOL_H

#include <stddef.h>

#include <lymph/schema.h>

/* How large the data object is that begins at `at`; 0 if there begins none: a function, or no symbol. */
size_t symbol_size(const void *at);

/* Whether the object at `handlers`, of `size` bytes, can be the table of the interface: it reaches as far as the
 * descriptor will look, and what stands there are functions or NULL. */
bool symbol_fits(const void *handlers, size_t size, const lymph_interface_desc *desc);

#endif
