/* cnames.h: the only maker of C identifiers and C types. Texts live in the arena. */
#ifndef IDLC_CNAMES_H
#define IDLC_CNAMES_H

#include "diag.h"
#include "model.h"

/* Names all fields, parameters and handlers of a unit (their c_name) and reports every two names that would be the same
 * in C and in the same scope, in the unit and all that it imports, and names that the runtime keeps for itself. Fills
 * u->c_names. Before anything is emitted. (cnames_check.c) */
void cnames_check(arena *a, diag *d, model_unit *u);

/* The members' part of it. Keywords and macros of C and C++ get a '_' behind them, and so do names that would hide what
 * the generated code needs: a member that is called as a type which its struct uses, a parameter that is called as
 * something at file scope. */
void cnames_set_members(arena *a, model_unit *u);

/* At file scope what the headers of the system declare and the libraries beneath liblymph export gets a '_', too. */
const char *cname_record(arena *a, const model_record *r);    /* Item, shop_Item; event: shop_order_placed */
const char *cname_record_fn(arena *a, const model_record *r); /* item, shop_item: functions begin with it */
const char *cname_enum(arena *a, const model_enum *e);
const char *cname_enum_fn(arena *a, const model_enum *e);
const char *cname_value(arena *a, const model_enum *e, const char *value); /* STATUS_PAID */
const char *cname_unrecognized(arena *a, const model_enum *e);
const char *cname_const(arena *a, const model_const *c);
const char *cname_interface(arena *a, const model_interface *i);            /* greeting: what the others begin with */
const char *cname_table(arena *a, const model_interface *i);                /* Greeting: the table of handlers */
const char *cname_interface_descriptor(arena *a, const model_interface *i); /* Greeting_descriptor */
const char *cname_method(arena *a, const model_interface *i, const model_handler *h); /* greeting_greet */
const char *cname_preset(arena *a, const char *owner, const model_field *f);          /* item_quantity_preset */
const char *cname_defaults(arena *a, const model_record *r);                          /* ITEM_DEFAULTS */
const char *cname_defaults_object(arena *a, const model_record *r);                   /* item_defaults */
const char *cname_default(arena *a, const char *method, const model_field *f);        /* SHOP_FIND_DEPTH_DEFAULT */
const char *cname_guard(arena *a, const model_unit *u); /* GREETING_LYMPH_5F0C32A1_H (cnames_guard.c) */

/* Part of the names of container types: "string", "Item", "string_Item_map". */
const char *cname_stem(arena *a, const model_type *t);

/* The C type of a value in a struct: "int32_t", "const char *", "Item", "Item_list", "const Item *". */
const char *cname_type(arena *a, const model_type *t);
const char *cname_entry(arena *a, const model_type *map); /* type of a map's entries */

/* A name with an ending: "Item" and "_record"; a '_' that is there already is not doubled, as C++ keeps such names for
 * itself. */
const char *cname_with(arena *a, const char *name, const char *ending);

/* All endings that names get, each list with a NULL behind it: what is emitted is what was checked. */
extern const char *const cname_record_ends[];       /* of cname_record */
extern const char *const cname_struct_ends[];       /* the same, of structs only */
extern const char *const cname_record_fn_ends[];    /* of cname_record_fn */
extern const char *const cname_error_fn_ends[];     /* the same, of errors only */
extern const char *const cname_event_fn_ends[];     /* the same, of events only */
extern const char *const cname_enum_ends[];         /* of cname_enum */
extern const char *const cname_enum_fn_ends[];      /* of cname_enum_fn */
extern const char *const cname_method_ends[];       /* of cname_method */
extern const char *const cname_subscription_ends[]; /* of cname_method of an `on` */
extern const char *const cname_route_ends[];        /* of cname_method of an `http` */
extern const char *const cname_interface_ends[];    /* of cname_interface */

/* True for names that belong to the runtime: lymph_ and LYMPH_. */
bool cname_is_runtime(const char *name);

/* What endings can be put behind: without a '_' at its end. */
const char *cname_begin(arena *a, const char *name);

/* A declaration: type and name with a blank between where it belongs. */
const char *cname_declare(arena *a, const char *type, const char *name);

/* True for containers whose C type the runtime's headers define: lymph_string_list and so on. */
bool cname_is_predefined(const model_type *t);

/* The name of the constant that describes a type: "lymph_type_int32", "Item_type", "list_of_Item_type". */
const char *cname_descriptor(arena *a, const model_type *t);

#endif
