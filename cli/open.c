/* open.c: from the command line to the library. */
#include "cli.h"

lymph_ctx *open_lymph(const arguments *a, lymph_options *more)
{
    lymph_options none = {0}, *o = more ? more : &none;
    o->config = option_value(a, "config");
    o->vars = option_value(a, "vars");
    o->log_file = option_value(a, "logfile");
    if (option_given(a, "loglevel") || !o->log_level)
        o->log_level = option_value(a, "loglevel");
    o->ip = option_value(a, "ip");
    o->guess_ip = option_given(a, "guess-external-ip");
    lymph_ctx *ctx = lymph_open(o);
    if (!ctx) {
        fail_with(EXIT_FAILED, "out of memory");
    } else if (lymph_error_status(ctx)) {
        fail_with(EXIT_FAILED, "%s", lymph_error_message(ctx));
        lymph_close(ctx);
        ctx = NULL;
    }
    return ctx;
}

bool parse_json(lymph_ctx *ctx, const char *what, const char *text, size_t size, lymph_value *out)
{
    if (!lymph_json_parse(ctx, text, size, out))
        return true;
    fail_with(EXIT_USAGE,
              "%s: %s; names and texts stand in double quotes, the whole in single quotes: '{\"name\": \"Flynne\"}'",
              what, lymph_error_message(ctx));
    return false;
}
