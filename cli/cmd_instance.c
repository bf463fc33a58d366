#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cli.h"

static const option_spec options[] = {
    {"--isolated", "-i", NULL, "Serve, but do not register."},
    {"--port", "-p", "port", "Use this port for requests. [default: a free one]"},
    {"--ip", NULL, "address", "Use this address for all sockets."},
    {"--guess-external-ip", "-g", NULL, "Use this machine's outward address for all sockets."},
    {"--interface", NULL, "module:Name", "Serve this interface, beside those of the configuration; may be given again."},
    {NULL, NULL, NULL, NULL},
};

static lymph_status load(lymph_ctx *ctx, const arguments *a, int *count)
{
    lymph_status st = lymph_load(ctx);
    for (int i = 0; i < a->option_count && !st; i++) {
        if (strcmp(a->options[i].name, "--interface") == 0) {
            st = lymph_load_class(ctx, a->options[i].value);
            ++*count;
        }
    }
    return st;
}

/* Each peer takes two descriptors; the soft limit is often only 1024. */
static void raise_descriptor_limit(void)
{
    struct rlimit l;
    if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < l.rlim_max) {
        l.rlim_cur = l.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &l);
    }
}

static int run(const arguments *a)
{
    lymph_options o = {.isolated = option(a, "--isolated") != NULL, .signals = true};
    const char *port = option(a, "--port");
    if (port) {
        char *end;
        long n = strtol(port, &end, 10);
        if (*end || end == port || n < 1 || n > 65535)
            return fail_with(EXIT_WRONG_USAGE, "--port needs a number of 1 to 65535, not '%s'", port);
        o.port = (uint16_t)n;
    }
    lymph_ctx *ctx = open_lymph(a, &o);
    if (!ctx)
        return EXIT_FAILED;
    setvbuf(stdout, NULL, _IOLBF, 0); /* what a handler prints is seen at once, in files too */
    raise_descriptor_limit();
    int given = 0;
    lymph_status st = load(ctx, a, &given);
    if (!st)
        st = lymph_run(ctx);
    if (st)
        fail_with(EXIT_FAILED, "%s", lymph_error_message(ctx));
    lymph_close(ctx);
    return st ? EXIT_FAILED : EXIT_OK;
}

const command cmd_instance = {
    .name = "instance",
    .summary = "Runs one instance of a service",
    .usage = "instance [--config=<file>] [--interface=<module:Name>]... [options]",
    .text = "Serves what the configuration's `interfaces` section names, until SIGTERM or SIGINT; then it\n"
            "unregisters and finishes what is under way. A second signal ends it at once.\n"
            "\n"
            "The class `greeting:Greeting` is the table Greeting in the module greeting.so, which is searched\n"
            "along LYMPH_PATH and then in the folder of the configuration file.\n",
    .options = options,
    .run = run,
};
