/* call.h: the functions that generated code calls. In a handler they park the coroutine, in a plain program they
 * drive the loop until they are done; from a callback of the user's own on the loop they return LYMPH_ESTATE. In a
 * plain program each of them first lets happen what has come since the last one: a program that slept sees who came and
 * went. */
#ifndef LYMPH_API_CALL_H
#define LYMPH_API_CALL_H

#include <lymph/ctx.h>
#include <lymph/schema.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Calls `method` and fills `result` (storage of method->result->size bytes; NULL for void or to ignore it) on success.
 * `params` points to the value of each parameter, in the order of method->params, so that none is copied, however large
 * it is; NULL where the method has none. A method's `retry` makes that many further tries where nobody answered in time
 * or nobody could be asked; each has the whole time-out, and pauses within it where nobody could be asked.
 * Errors: the usual ones (ctx.h); LYMPH_EINVAL: a required pointer is NULL, bad UTF-8, an unrecognized enum (the
 * message names the path), an address or a version that is none; LYMPH_ELOOKUP, LYMPH_EUNREACHABLE, LYMPH_ETIMEDOUT,
 * LYMPH_ENACK, LYMPH_EREMOTE; LYMPH_EPROTO: the answer does not fit; LYMPH_ELIMIT: too large for a message, or too many
 * peers; LYMPH_EBACKEND: the registry; LYMPH_ESYSTEM: no socket. */
lymph_status lymph_call(lymph_ctx *ctx, const lymph_method *method, const void *const *params, void *result);

/* A call under way. Lies in the context's arena, also when it has ended: until the context ends, or the scope that was
 * open when it was made. A call that nobody awaits is ignored. */
typedef struct lymph_future lymph_future;

/* Sends the request and returns at once; only where a service, an instance or an address is called for the first time
 * it waits until it is found, or is known to refuse connections. Failures are kept and come out of lymph_await; NULL
 * only when memory is out (lymph_await(NULL, …) returns LYMPH_ENOMEM). `params`, as of lymph_call, is borrowed during
 * the call only. */
lymph_future *lymph_defer(lymph_ctx *ctx, const lymph_method *method, const void *const *params);

/* Waits for the answer; once per future, which ends with it. Errors: as lymph_call; LYMPH_ESTATE: awaited already. */
lymph_status lymph_await(lymph_future *future, void *result);

/* Sends an event of type event->name. A handler may only emit what its interface declares (else LYMPH_ESTATE).
 * Returns when the event system has taken it. Errors: the usual ones; LYMPH_EINVAL: what cannot be sent, as of
 * lymph_call, or delayed; LYMPH_ESTATE: not declared; LYMPH_ELIMIT: too large, or a queue that it goes to is full;
 * LYMPH_EBACKEND: the broker or the store has not taken it; LYMPH_ESYSTEM: no socket. */
lymph_status lymph_emit(lymph_ctx *ctx, const lymph_record *event, const void *value);

/* In a handler: answers with the error `value`; returns LYMPH_EREMOTE for the handler to return. The message is the
 * error's `message` field where it has one, else a text of its fields. Errors: LYMPH_EREMOTE is success; LYMPH_EINVAL:
 * the method does not declare it, or it cannot be sent; LYMPH_ELIMIT: too large; LYMPH_ENOMEM. */
lymph_status lymph_raise(lymph_ctx *ctx, const lymph_record *error, const void *value);

/* After a call that returned LYMPH_EREMOTE: the error, decoded, if it is of that type; else NULL. */
const void *lymph_caught(lymph_ctx *ctx, const lymph_record *error);

/* A deep copy of a value of `type` in the context's arena; NULL when memory is out. */
void *lymph_copy(lymph_ctx *ctx, const lymph_record *record, const void *value);

/* Behind X_to_json and X_from_json: JSON as people write it. A date, a decimal or a UUID is its text, bytes are base64,
 * a set is an array, keys of maps are texts; inside `any` the forms of lymph_json_print stay. Unknown keys are skipped,
 * missing ones take their defaults. `sensitive` fields are printed. What comes out lies in the context's arena.
 * Errors: LYMPH_EINVAL with line and column, or with the path of what does not fit ("Item.price: missing");
 * LYMPH_ENOMEM. */
lymph_status lymph_to_json(lymph_ctx *ctx, const lymph_record *record, const void *value, const char **out);
lymph_status lymph_from_json(lymph_ctx *ctx, const lymph_record *record, const char *text, void *out);

/* Enum helpers behind X_name() and X_from_name(): NULL / enumeration->unrecognized when there is none. */
const char *lymph_enum_name(const lymph_enum *enumeration, int32_t number);
int32_t lymph_enum_number(const lymph_enum *enumeration, const char *name);

/* Lets `seconds` pass for this coroutine (or this program) only. Errors: the usual ones, LYMPH_ECANCELED also when the
 * container stops meanwhile; LYMPH_EINVAL: less than zero, or no number. */
lymph_status lymph_sleep(lymph_ctx *ctx, double seconds);

#define LYMPH_READABLE 1u
#define LYMPH_WRITABLE 2u

/* Waits until the descriptor can be read or written (one of `events`, or both) without blocking, or has failed or been
 * hung up; meanwhile others run: so a handler uses a library that has a descriptor, such as a client of a database. It
 * stays the caller's, belongs into non-blocking mode, and must not be closed before this returns. Several coroutines
 * may wait for one. `timeout` in seconds; zero or less: only looks; 1e9 or more: without an end. Errors: the usual
 * ones; LYMPH_ETIMEDOUT; LYMPH_ECANCELED also when the container stops meanwhile; LYMPH_EINVAL: no descriptor, no event
 * or another one, a time-out that is no number; LYMPH_ESYSTEM. */
lymph_status lymph_wait_fd(lymph_ctx *ctx, int fd, unsigned events, double timeout);

#ifdef __cplusplus
}
#endif
#endif
