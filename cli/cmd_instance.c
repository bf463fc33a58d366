#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "cli.h"

static lymph_status load(lymph_ctx *ctx, const arguments *a)
{
    lymph_status st = lymph_load(ctx);
    for (int i = 0; i < a->option_count && !st; i++)
        if (strcmp(a->options[i].spec->name, "interface") == 0)
            st = lymph_load_class(ctx, a->options[i].value);
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
    lymph_options o = {.isolated = option_given(a, "isolated"),
                       .signals = true,
                       .log_level = option_given(a, "debug") ? "DEBUG" : NULL};
    long port = 0;
    if (!option_integer(a, "port", 1, 65535, &port))
        return EXIT_USAGE;
    o.port = (uint16_t)port;
    signal(SIGPIPE, SIG_IGN);              /* a handler's closed connection is no reason to end the service */
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* what handlers print is seen at once, also in a file */
    lymph_ctx *ctx = open_lymph(a, &o);
    if (!ctx)
        return EXIT_FAILED;
    raise_descriptor_limit();
    lymph_status st = load(ctx, a);
    if (!st)
        st = lymph_run(ctx);
    if (st)
        fail_with(EXIT_FAILED, "%s", lymph_error_message(ctx));
    lymph_close(ctx);
    return st ? EXIT_FAILED : EXIT_OK;
}

static const option_spec option_specs[] = {
    {"interface", 0, "module:Name", NULL,
     "Serve this interface, beside those of the configuration. May be given again."},
    {"isolated", 'i', NULL, NULL, "Serve, but do not register."},
    {"port", 'p', "port", NULL, "Use this port for requests. [default: container.port, else a free one]"},
    {"debug", 0, NULL, NULL, "Log everything: --loglevel=DEBUG."},
    {0},
};

const command cmd_instance = {
    .name = "instance",
    .summary = "Runs one instance of a service",
    .usage = "instance [options]",
    .text = "Serves what the configuration's `interfaces` section names, until SIGTERM or SIGINT; then it\n"
            "unregisters and finishes what is under way (a second signal ends it at once).\n"
            "\n"
            "The class `greeting:Greeting` is the table Greeting in the module greeting.so, which is searched\n"
            "along LYMPH_PATH and then in the folder of the configuration file.\n",
    .options = option_specs,
    .examples = "  $ lymph instance --config=conf/greeting.yml\n"
                "  $ LYMPH_PATH=build lymph instance --interface=greeting:Greeting --loglevel=INFO\n",
    .run = run,
};
