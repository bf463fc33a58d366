/* order.h: which types and records a unit uses, in an order in which C can define them. */
#ifndef IDLC_ORDER_H
#define IDLC_ORDER_H

#include "model.h"

/* All types that are neither scalars nor named ones that the unit's records and methods use, those that others need
 * first. A type appears once, also where sets and lists are the same in C. */
list order_types(arena *a, const model_unit *u); /* model_type */

/* All records of a unit in an order in which what is held by value comes first. */
list order_records(arena *a, const model_unit *u); /* model_record */

#endif
