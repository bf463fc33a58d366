/* errors.c: each error that a comment of the public headers names is made to happen. tests/docs/test_errors.py holds
 * the tables below against the headers, line by line. */
#include <math.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "errors.lymph.h"
#include "service.h"

enum { TOO_LARGE = 65 << 20 };

static struct {
    lymph_ctx *ctx;     /* serves Errors, and calls itself */
    lymph_ctx *broken;  /* no registry, no events */
    lymph_ctx *taken;   /* its port is another's */
    lymph_ctx *crowded; /* at most three activities */
    lymph_status (*inside)(lymph_ctx *ctx);
    char *large;
} x;

/* ---- the service ---- */

static lymph_status echo(lymph_ctx *ctx, const char *text, const char **result)
{
    (void)ctx;
    *result = text;
    return LYMPH_OK;
}

static lymph_status refuse(lymph_ctx *ctx, const char *why)
{
    return refused_raise(ctx, &(Refused){.why = why});
}

static lymph_status inside(lymph_ctx *ctx, int32_t *result)
{
    *result = x.inside(ctx);
    return LYMPH_OK;
}

static const errors_interface Table = {.echo = echo, .refuse = refuse, .inside = inside};

/* What `function` returns in a handler. */
static lymph_status in_handler(lymph_status (*function)(lymph_ctx *ctx))
{
    int32_t status = 0;
    x.inside = function;
    lymph_status st = errors_inside(x.ctx, &status);
    return st ? st : status;
}

/* ---- every function once, with nothing wrong but its context ---- */

static const char *text;
static lymph_value value;

static lymph_status call(lymph_ctx *ctx)
{
    return errors_echo(ctx, "a", &text);
}

static lymph_status await(lymph_ctx *ctx)
{
    return errors_echo_await(errors_echo_defer(ctx, "a"), &text);
}

static lymph_status request(lymph_ctx *ctx)
{
    const lymph_entry params[] = {{lymph_string("text"), lymph_string("a")}};
    return lymph_request(ctx, "Errors.echo", lymph_map(params, 1), &value);
}

static lymph_status emit(lymph_ctx *ctx)
{
    return errors_happened_emit(ctx, &(errors_happened){.text = "a"});
}

static lymph_status emit_value(lymph_ctx *ctx)
{
    return lymph_emit_value(ctx, "errors.other", lymph_nil());
}

static lymph_status hear(lymph_ctx *ctx, const lymph_event *event, void *arg)
{
    return LYMPH_OK;
}

static lymph_status subscribe(lymph_ctx *ctx)
{
    return lymph_subscribe(ctx, (const char *const[]){"a.b"}, 1, hear, NULL);
}

static lymph_status services(lymph_ctx *ctx)
{
    lymph_string_list names;
    return lymph_services(ctx, &names);
}

static lymph_status lookup(lymph_ctx *ctx)
{
    lymph_instance_list instances;
    return lymph_lookup(ctx, "Errors", &instances);
}

static lymph_status cluster(lymph_ctx *ctx)
{
    return lymph_cluster(ctx, &text);
}

static lymph_status install(lymph_ctx *ctx)
{
    return lymph_install(ctx, &Errors_descriptor, &Table, NULL, NULL);
}

static lymph_status load_class(lymph_ctx *ctx)
{
    return lymph_load_class(ctx, "nothing:Nothing");
}

static void do_nothing(lymph_ctx *ctx, void *arg)
{
}

static lymph_status spawn(lymph_ctx *ctx)
{
    return lymph_spawn(ctx, do_nothing, NULL);
}

static lymph_status sleep_for(lymph_ctx *ctx)
{
    return lymph_sleep(ctx, 0);
}

/* It can always be written, and never be read. */
static int descriptor(void)
{
    static int fd = -1;
    return fd >= 0 ? fd : (fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
}

static lymph_status wait_fd(lymph_ctx *ctx)
{
    return lymph_wait_fd(ctx, descriptor(), LYMPH_WRITABLE, 1);
}

static lymph_status raise_refused(lymph_ctx *ctx)
{
    return refused_raise(ctx, &(Refused){.why = "a"});
}

static lymph_status to_json(lymph_ctx *ctx)
{
    return refused_to_json(ctx, &(Refused){.why = "a"}, &text);
}

static lymph_status from_json(lymph_ctx *ctx)
{
    Refused r;
    return refused_from_json(ctx, "{\"why\": \"a\"}", &r);
}

static lymph_status json_parse(lymph_ctx *ctx)
{
    return lymph_json_parse(ctx, "1", 1, &value);
}

static lymph_status json_print(lymph_ctx *ctx)
{
    return lymph_json_print(ctx, lymph_int(1), 0, &text);
}

/* Those that name the usual errors, with those that only memory can keep from their work behind them. */
static const struct {
    const char *function;
    lymph_status (*run)(lymph_ctx *ctx);
    bool usual;
} functions[] = {
    {"lymph_call", call, true},
    {"lymph_await", await, true},
    {"lymph_request", request, true},
    {"lymph_emit", emit, true},
    {"lymph_emit_value", emit_value, true},
    {"lymph_subscribe", subscribe, true},
    {"lymph_services", services, true},
    {"lymph_lookup", lookup, true},
    {"lymph_cluster", cluster, true},
    {"lymph_install", install, true},
    {"lymph_load", lymph_load, true},
    {"lymph_load_class", load_class, true},
    {"lymph_start", lymph_start, true},
    {"lymph_run", lymph_run, true},
    {"lymph_spawn", spawn, true},
    {"lymph_sleep", sleep_for, true},
    {"lymph_wait_fd", wait_fd, true},
    {"lymph_raise", raise_refused, false},
    {"lymph_to_json", to_json, false},
    {"lymph_from_json", from_json, false},
    {"lymph_json_parse", json_parse, false},
    {"lymph_json_print", json_print, false},
};

enum { FUNCTIONS = sizeof functions / sizeof *functions };

static void expect_from_all(lymph_ctx *ctx, lymph_status wanted, bool all)
{
    for (size_t i = 0; i < FUNCTIONS; i++) {
        if (!all && !functions[i].usual)
            continue;
        lymph_status got = functions[i].run(ctx);
        if (got != wanted)
            fail_msg("%s: %s instead of %s: %s", functions[i].function, lymph_status_name(got),
                     lymph_status_name(wanted), lymph_error_message(ctx));
        assert_true(*lymph_error_message(ctx));
    }
}

static void test_without_a_context(void **state)
{
    expect_from_all(NULL, LYMPH_ENOMEM, true);
}

static void test_what_lymph_open_failed_with(void **state)
{
    static const struct {
        lymph_options options;
        lymph_status status;
    } cases[] = {
        {{.log_level = "CRITICAL", .config = "/nowhere/at/all.yml"}, LYMPH_ECONFIG},
        {{.log_level = "NONSENSE"}, LYMPH_EINVAL},
        {{.log_file = "/nowhere/at/all.log"}, LYMPH_ESYSTEM},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lymph_ctx *ctx = lymph_open(&cases[i].options);
        assert_int_equal(lymph_error_status(ctx), cases[i].status);
        expect_from_all(ctx, cases[i].status, false);
        lymph_close(ctx);
    }
}

static void test_an_option_that_is_not_known(void **state)
{
    struct {
        lymph_call_options known;
        const char *newer;
    } more = {LYMPH_CALL_OPTIONS, "x"};
    expect_from_all(lymph_ctx_with_sized(x.ctx, &more.known, sizeof more), LYMPH_EINVAL, false);
}

static void test_in_a_forked_child(void **state)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        for (int i = 0; i < FUNCTIONS; i++)
            if (functions[i].usual && functions[i].run(x.ctx) != LYMPH_ESTATE)
                _exit(i + 1);
        _exit(0);
    }
    int how;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true(WIFEXITED(how));
    if (WEXITSTATUS(how))
        fail_msg("%s: not LYMPH_ESTATE", functions[WEXITSTATUS(how) - 1].function);
}

static void test_after_the_stop(void **state)
{
    lymph_ctx *ctx = lymph_open(&(lymph_options){.log_level = "CRITICAL"});
    assert_ok(ctx, lymph_start(ctx));
    lymph_stop(ctx);
    assert_ok(ctx, lymph_run(ctx));
    expect_from_all(ctx, LYMPH_ECANCELED, false);
    lymph_close(ctx);
}

/* ---- what the functions name themselves ---- */

#define MAKES(name, expression)                                                                                        \
    static lymph_status name(void)                                                                                     \
    {                                                                                                                  \
        return expression;                                                                                             \
    }

static lymph_status call_await(lymph_ctx *ctx, const char *what)
{
    return errors_echo_await(errors_echo_defer(ctx, what), &text);
}

/* `name` "": without parameters. */
static lymph_status ask_with(lymph_ctx *ctx, const char *subject, const char *name, const char *what)
{
    const lymph_entry params[] = {{lymph_string(name), lymph_string(what)}};
    return lymph_request(ctx, subject, lymph_map(params, *name ? 1 : 0), &value);
}

static lymph_status ask(lymph_ctx *ctx, const char *subject, const char *name)
{
    return ask_with(ctx, subject, name, "a");
}

/* The same method with another result in its description. */
static const lymph_field number_fields[] = {{.name = "text", .type = &lymph_type_string}};
static const lymph_record number_params = {.name = "Errors.echo", .fields = number_fields, .field_count = 1};
static const lymph_method number = {
    .name = "echo", .subject = "Errors.echo", .doc = "", .params = &number_params, .result = &lymph_type_int32};

static const void *number_argument(void)
{
    static const char *argument = "a";
    return &argument;
}

MAKES(call_einval, errors_echo(x.ctx, NULL, &text))
MAKES(call_elookup, errors_echo(lymph_with(x.ctx, .address = "Nobody"), "a", &text))
MAKES(call_eunreachable, errors_echo(lymph_with(x.ctx, .address = "tcp://127.0.0.1:1"), "a", &text))
MAKES(call_etimedout, errors_echo(lymph_with(x.ctx, .timeout = 0), "a", &text))
MAKES(call_enack, errors_left_out(x.ctx))
MAKES(call_eremote, errors_refuse(x.ctx, "a"))
MAKES(call_eproto, lymph_call(x.ctx, &number, (const void *const[]){number_argument()}, &(int32_t){0}))
MAKES(call_elimit, errors_echo(x.ctx, x.large, &text))
MAKES(call_ebackend, errors_echo(x.broken, "a", &text))
MAKES(call_esystem, errors_echo(x.taken, "a", &text))

MAKES(await_einval, call_await(x.ctx, NULL))
MAKES(await_elookup, call_await(lymph_with(x.ctx, .address = "Nobody"), "a"))
MAKES(await_eunreachable, call_await(lymph_with(x.ctx, .address = "tcp://127.0.0.1:1"), "a"))
MAKES(await_etimedout, call_await(lymph_with(x.ctx, .timeout = 0), "a"))
MAKES(await_enack, errors_left_out_await(errors_left_out_defer(x.ctx)))
MAKES(await_eremote, errors_refuse_await(errors_refuse_defer(x.ctx, "a")))
MAKES(await_eproto, lymph_await(lymph_defer(x.ctx, &number, (const void *const[]){number_argument()}), &(int32_t){0}))
MAKES(await_elimit, call_await(x.ctx, x.large))
MAKES(await_ebackend, call_await(x.broken, "a"))
MAKES(await_esystem, call_await(x.taken, "a"))

static lymph_status await_estate(void)
{
    errors_echo_future *future = errors_echo_defer(x.ctx, "a");
    lymph_status st = errors_echo_await(future, &text);
    return st ? st : errors_echo_await(future, &text);
}

MAKES(request_einval, ask(x.ctx, "Errors", ""))
MAKES(request_elookup, ask(x.ctx, "Nobody.echo", ""))
MAKES(request_eunreachable, ask(lymph_with(x.ctx, .address = "tcp://127.0.0.1:1"), "Errors.echo", ""))
MAKES(request_etimedout, ask(lymph_with(x.ctx, .timeout = 0), "Errors.echo", ""))
MAKES(request_enack, ask(x.ctx, "Errors.nothing", ""))
MAKES(request_eremote, ask(x.ctx, "Errors.refuse", "why"))
MAKES(request_elimit, ask_with(x.ctx, "Errors.echo", "text", x.large))
MAKES(request_ebackend, ask(x.broken, "Errors.echo", ""))
MAKES(request_esystem, ask(x.taken, "Errors.echo", ""))

static lymph_status emit_the_undeclared(lymph_ctx *ctx)
{
    return errors_undeclared_emit(ctx, &(errors_undeclared){0});
}

MAKES(emit_einval, errors_happened_emit(x.ctx, &(errors_happened){.text = NULL}))
MAKES(emit_estate, in_handler(emit_the_undeclared))
MAKES(emit_elimit, errors_happened_emit(x.ctx, &(errors_happened){.text = x.large}))
MAKES(emit_ebackend, emit(x.broken))
MAKES(emit_esystem, emit(x.taken))

MAKES(emit_value_einval, lymph_emit_value(x.ctx, "a\x1b", lymph_nil()))
MAKES(emit_value_elimit, lymph_emit_value(x.ctx, "a", lymph_string(x.large)))
MAKES(emit_value_ebackend, emit_value(x.broken))
MAKES(emit_value_esystem, emit_value(x.taken))

static lymph_status raise_the_undeclared(lymph_ctx *ctx)
{
    return undeclared_raise(ctx, &(Undeclared){0});
}

static lymph_status raise_the_large(lymph_ctx *ctx)
{
    return refused_raise(ctx, &(Refused){.why = x.large});
}

/* poll(2) refuses to look at more descriptors than a process may have. */
static lymph_status wait_without_limits(void)
{
    struct rlimit old, none;
    int fd = descriptor();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    none = (struct rlimit){0, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    lymph_status st = lymph_wait_fd(x.ctx, fd, LYMPH_READABLE, 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    return st;
}

MAKES(raise_eremote, in_handler(raise_refused))
MAKES(raise_einval, in_handler(raise_the_undeclared))
MAKES(raise_elimit, in_handler(raise_the_large))

MAKES(to_json_einval, refused_to_json(x.ctx, &(Refused){.why = NULL}, &text))
MAKES(from_json_einval, refused_from_json(x.ctx, "{", &(Refused){0}))
MAKES(sleep_einval, lymph_sleep(x.ctx, NAN))
MAKES(wait_fd_einval, lymph_wait_fd(x.ctx, -1, LYMPH_READABLE, 1))
MAKES(wait_fd_etimedout, lymph_wait_fd(x.ctx, descriptor(), LYMPH_READABLE, 0))
MAKES(wait_fd_esystem, wait_without_limits())
MAKES(subscribe_einval, lymph_subscribe(x.ctx, (const char *const[]){"\x1b"}, 1, hear, NULL))
MAKES(subscribe_ebackend, subscribe(x.broken))
MAKES(services_ebackend, services(x.broken))
MAKES(lookup_elookup, lymph_lookup(x.ctx, "Nobody", &(lymph_instance_list){0}))
MAKES(lookup_einval, lymph_lookup(x.ctx, "a\nb", &(lymph_instance_list){0}))
MAKES(lookup_ebackend, lookup(x.broken))
MAKES(install_einval, lymph_install(x.crowded, &Errors_descriptor, &Table, "a/b", NULL))
MAKES(install_estate, install(x.ctx))
MAKES(load_econfig, lymph_load(x.broken))
MAKES(load_estate, lymph_load(x.ctx))
MAKES(load_class_econfig, load_class(x.crowded))
MAKES(load_class_estate, load_class(x.ctx))
MAKES(run_estate, in_handler(lymph_run))
MAKES(start_estate, lymph_start(x.ctx))

/* A container that could not start is stopped: each of these has one of its own. */
static lymph_status of_a_new_one(lymph_status (*function)(lymph_ctx *ctx), const char *config, uint16_t port)
{
    lymph_ctx *ctx = lymph_open(&(lymph_options){.log_level = "CRITICAL", .config = config, .port = port});
    lymph_status st = function(ctx);
    lymph_close(ctx);
    return st;
}

static const char *broken_file(void)
{
    return cluster_file("broken.yml", "container:\n"
                                      "  registry: {class: local, path: /dev/null/nowhere}\n"
                                      "  events: {class: local, path: /dev/null/nowhere}\n"
                                      "interfaces:\n"
                                      "  Nothing: {class: nothing:Nothing}\n");
}

static uint16_t port_of(const lymph_ctx *ctx)
{
    return (uint16_t)atoi(strrchr(lymph_endpoint(ctx), ':') + 1);
}

MAKES(run_ebackend, of_a_new_one(lymph_run, broken_file(), 0))
MAKES(run_esystem, of_a_new_one(lymph_run, NULL, port_of(x.ctx)))
MAKES(start_ebackend, of_a_new_one(lymph_start, broken_file(), 0))
MAKES(start_esystem, of_a_new_one(lymph_start, NULL, port_of(x.ctx)))

static void wait_for_long(lymph_ctx *ctx, void *arg)
{
    (void)lymph_sleep(ctx, 1000);
}

static lymph_status spawn_elimit(void)
{
    lymph_status st = LYMPH_OK;
    for (int i = 0; i < 4 && !st; i++)
        st = lymph_spawn(x.crowded, wait_for_long, NULL);
    return st;
}

static lymph_status parse(const char *json)
{
    return lymph_json_parse(x.ctx, json, strlen(json), &value);
}

static lymph_status parse_nested(void)
{
    char json[200] = "";
    memset(json, '[', 100);
    return parse(json);
}

static lymph_status print_nested(void)
{
    lymph_value lists[100] = {lymph_nil()};
    for (int i = 1; i < 100; i++)
        lists[i] = lymph_list(&lists[i - 1], 1);
    return lymph_json_print(x.ctx, lists[99], 0, &text);
}

MAKES(json_parse_einval, parse("[1,"))
MAKES(json_parse_elimit, parse_nested())
MAKES(json_print_einval, lymph_json_print(x.ctx, lymph_float(NAN), 0, &text))
MAKES(json_print_elimit, print_nested())
MAKES(value_datetime_einval, lymph_value_datetime(lymph_nil(), &(lymph_datetime){0}))
MAKES(value_date_einval, lymph_value_date(lymph_nil(), &(lymph_date){0}))
MAKES(value_time_einval, lymph_value_time(lymph_nil(), &(lymph_time){0}))
MAKES(value_uuid_einval, lymph_value_uuid(lymph_nil(), &(lymph_uuid){{0}}))

static const struct {
    const char *function;
    lymph_status status;
    lymph_status (*make)(void);
} named[] = {
    {"lymph_call", LYMPH_EINVAL, call_einval},
    {"lymph_call", LYMPH_ELOOKUP, call_elookup},
    {"lymph_call", LYMPH_EUNREACHABLE, call_eunreachable},
    {"lymph_call", LYMPH_ETIMEDOUT, call_etimedout},
    {"lymph_call", LYMPH_ENACK, call_enack},
    {"lymph_call", LYMPH_EREMOTE, call_eremote},
    {"lymph_call", LYMPH_EPROTO, call_eproto},
    {"lymph_call", LYMPH_ELIMIT, call_elimit},
    {"lymph_call", LYMPH_EBACKEND, call_ebackend},
    {"lymph_call", LYMPH_ESYSTEM, call_esystem},
    {"lymph_await", LYMPH_EINVAL, await_einval},
    {"lymph_await", LYMPH_ELOOKUP, await_elookup},
    {"lymph_await", LYMPH_EUNREACHABLE, await_eunreachable},
    {"lymph_await", LYMPH_ETIMEDOUT, await_etimedout},
    {"lymph_await", LYMPH_ENACK, await_enack},
    {"lymph_await", LYMPH_EREMOTE, await_eremote},
    {"lymph_await", LYMPH_EPROTO, await_eproto},
    {"lymph_await", LYMPH_ELIMIT, await_elimit},
    {"lymph_await", LYMPH_EBACKEND, await_ebackend},
    {"lymph_await", LYMPH_ESYSTEM, await_esystem},
    {"lymph_await", LYMPH_ESTATE, await_estate},
    {"lymph_request", LYMPH_EINVAL, request_einval},
    {"lymph_request", LYMPH_ELOOKUP, request_elookup},
    {"lymph_request", LYMPH_EUNREACHABLE, request_eunreachable},
    {"lymph_request", LYMPH_ETIMEDOUT, request_etimedout},
    {"lymph_request", LYMPH_ENACK, request_enack},
    {"lymph_request", LYMPH_EREMOTE, request_eremote},
    {"lymph_request", LYMPH_ELIMIT, request_elimit},
    {"lymph_request", LYMPH_EBACKEND, request_ebackend},
    {"lymph_request", LYMPH_ESYSTEM, request_esystem},
    {"lymph_emit", LYMPH_EINVAL, emit_einval},
    {"lymph_emit", LYMPH_ESTATE, emit_estate},
    {"lymph_emit", LYMPH_ELIMIT, emit_elimit},
    {"lymph_emit", LYMPH_EBACKEND, emit_ebackend},
    {"lymph_emit", LYMPH_ESYSTEM, emit_esystem},
    {"lymph_emit_value", LYMPH_EINVAL, emit_value_einval},
    {"lymph_emit_value", LYMPH_ELIMIT, emit_value_elimit},
    {"lymph_emit_value", LYMPH_EBACKEND, emit_value_ebackend},
    {"lymph_emit_value", LYMPH_ESYSTEM, emit_value_esystem},
    {"lymph_raise", LYMPH_EREMOTE, raise_eremote},
    {"lymph_raise", LYMPH_EINVAL, raise_einval},
    {"lymph_raise", LYMPH_ELIMIT, raise_elimit},
    {"lymph_to_json", LYMPH_EINVAL, to_json_einval},
    {"lymph_from_json", LYMPH_EINVAL, from_json_einval},
    {"lymph_sleep", LYMPH_EINVAL, sleep_einval},
    {"lymph_wait_fd", LYMPH_EINVAL, wait_fd_einval},
    {"lymph_wait_fd", LYMPH_ETIMEDOUT, wait_fd_etimedout},
    {"lymph_wait_fd", LYMPH_ESYSTEM, wait_fd_esystem},
    {"lymph_subscribe", LYMPH_EINVAL, subscribe_einval},
    {"lymph_subscribe", LYMPH_EBACKEND, subscribe_ebackend},
    {"lymph_services", LYMPH_EBACKEND, services_ebackend},
    {"lymph_lookup", LYMPH_ELOOKUP, lookup_elookup},
    {"lymph_lookup", LYMPH_EINVAL, lookup_einval},
    {"lymph_lookup", LYMPH_EBACKEND, lookup_ebackend},
    {"lymph_install", LYMPH_EINVAL, install_einval},
    {"lymph_install", LYMPH_ESTATE, install_estate},
    {"lymph_load", LYMPH_ECONFIG, load_econfig},
    {"lymph_load", LYMPH_ESTATE, load_estate},
    {"lymph_load_class", LYMPH_ECONFIG, load_class_econfig},
    {"lymph_load_class", LYMPH_ESTATE, load_class_estate},
    {"lymph_start", LYMPH_ESTATE, start_estate},
    {"lymph_start", LYMPH_EBACKEND, start_ebackend},
    {"lymph_start", LYMPH_ESYSTEM, start_esystem},
    {"lymph_run", LYMPH_ESTATE, run_estate},
    {"lymph_run", LYMPH_EBACKEND, run_ebackend},
    {"lymph_run", LYMPH_ESYSTEM, run_esystem},
    {"lymph_spawn", LYMPH_ELIMIT, spawn_elimit},
    {"lymph_json_parse", LYMPH_EINVAL, json_parse_einval},
    {"lymph_json_parse", LYMPH_ELIMIT, json_parse_elimit},
    {"lymph_json_print", LYMPH_EINVAL, json_print_einval},
    {"lymph_json_print", LYMPH_ELIMIT, json_print_elimit},
    {"lymph_value_datetime", LYMPH_EINVAL, value_datetime_einval},
    {"lymph_value_date", LYMPH_EINVAL, value_date_einval},
    {"lymph_value_time", LYMPH_EINVAL, value_time_einval},
    {"lymph_value_uuid", LYMPH_EINVAL, value_uuid_einval},
};

static void test_what_each_function_names(void **state)
{
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        lymph_status got = named[i].make();
        if (got != named[i].status)
            fail_msg("%s: %s instead of %s: %s / %s / %s", named[i].function, lymph_status_name(got),
                     lymph_status_name(named[i].status), lymph_error_message(x.ctx), lymph_error_message(x.broken),
                     lymph_error_message(x.taken));
        lymph_ctx_reset(x.ctx);
    }
}

/* ---- */

static int set_up(void **state)
{
    cluster_make();
    x.large = malloc(TOO_LARGE + 1);
    memset(x.large, 'x', TOO_LARGE);
    x.large[TOO_LARGE] = '\0';
    x.ctx = lymph_open(&(lymph_options){.log_level = "CRITICAL"});
    if (install(x.ctx) || lymph_start(x.ctx))
        return -1;
    x.broken = lymph_open(&(lymph_options){.log_level = "CRITICAL", .config = broken_file()});
    x.taken = lymph_open(&(lymph_options){.log_level = "CRITICAL", .port = port_of(x.ctx)});
    x.crowded = lymph_open(&(lymph_options){.log_level = "CRITICAL",
                                            .config = cluster_file("crowded.yml", "container: {max_tasks: 3}\n")});
    return 0;
}

static int tear_down(void **state)
{
    lymph_close(x.ctx);
    lymph_close(x.broken);
    lymph_close(x.taken);
    lymph_close(x.crowded);
    free(x.large);
    return cluster_remove(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_context),
        cmocka_unit_test(test_what_lymph_open_failed_with),
        cmocka_unit_test(test_an_option_that_is_not_known),
        cmocka_unit_test(test_in_a_forked_child),
        cmocka_unit_test(test_after_the_stop),
        cmocka_unit_test(test_what_each_function_names),
    };
    return cmocka_run_group_tests_name("errors", tests, set_up, tear_down);
}
