/* container.h: serving interfaces. A container is one service instance: it is opened with lymph_open, given
 * interfaces, and run. `lymph instance` does just this with what the configuration names. */
#ifndef LYMPH_API_CONTAINER_H
#define LYMPH_API_CONTAINER_H

#include <lymph/ctx.h>
#include <lymph/schema.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Adds an interface, before lymph_run. `handlers` is the generated table (`&Greeting`); both stay the caller's and
 * must outlive the container. `name` and `version` replace the descriptor's; NULL keeps them.
 * Errors: the usual ones; LYMPH_EINVAL: installed already, not a name or a version, or made by another lymphc;
 * LYMPH_ESTATE: runs already. */
lymph_status lymph_install(lymph_ctx *root, const lymph_interface_desc *interface, const void *handlers,
                           const char *name, const char *version);

/* Installs what the configuration's `interfaces` section names: `class: greeting:Greeting` is the table `Greeting` in
 * the module greeting.so, searched along LYMPH_PATH, then in the configuration file's folder.
 * Errors: as lymph_install; LYMPH_ECONFIG with the file, line and what was looked for, also when the symbol is there
 * but is no table of handlers of the interface. */
lymph_status lymph_load(lymph_ctx *root);

/* Installs one interface by its class text, "greeting:Greeting", as it would stand in the configuration. Errors: as
 * lymph_load. */
lymph_status lymph_load_class(lymph_ctx *root, const char *class_text);

/* Starts (binds, runs on_start, subscribes, registers), serves until lymph_stop or a signal, then unregisters, drains
 * for at most container.drain_timeout seconds, and stops. Errors: as lymph_start; LYMPH_ESTATE: called from a handler
 * or a hook, or once more. */
lymph_status lymph_run(lymph_ctx *root);

/* Starts without serving: the loop runs whenever the program makes a call or waits (lymph_sleep). Errors: the usual
 * ones; what an on_start returned; LYMPH_ESTATE: started already; LYMPH_EBACKEND: registry, broker or store;
 * LYMPH_ESYSTEM: the port is taken. */
lymph_status lymph_start(lymph_ctx *root);

/* Asks a running container to stop; lymph_run then returns. From handlers and signal-free code on the loop. */
void lymph_stop(lymph_ctx *ctx);

/* Runs `function` in a coroutine of its own with a context that ends when it returns; options and trace id are those of
 * `ctx`. It has run up to its first wait when this returns. Errors: the usual ones; LYMPH_ELIMIT: too many run already.
 */
lymph_status lymph_spawn(lymph_ctx *ctx, void (*function)(lymph_ctx *ctx, void *arg), void *arg);

/* This instance's endpoint ("tcp://127.0.0.1:40001") and identity; NULL before it is bound. */
const char *lymph_endpoint(const lymph_ctx *ctx);
const char *lymph_identity(const lymph_ctx *ctx);

#ifdef __cplusplus
}
#endif
#endif
