/* lymph.h: everything that a service or a client includes.
 *
 * Read in this order: version.h, status.h (results), ctx.h (the context: memory, errors, options), call.h (what
 * generated proxies call), container.h (serving interfaces), client.h (dynamic calls and discovery), convert.h
 * (UUIDs and times to and from what C has).
 * schema.h describes the constant tables that lymphc writes; users need not read it. */
#ifndef LYMPH_API_LYMPH_H
#define LYMPH_API_LYMPH_H

#include <lymph/version.h>
#include <lymph/status.h>
#include <lymph/types.h>
#include <lymph/convert.h>
#include <lymph/value.h>
#include <lymph/schema.h>
#include <lymph/ctx.h>
#include <lymph/call.h>
#include <lymph/container.h>
#include <lymph/client.h>

#endif
