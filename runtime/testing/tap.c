/* tap.c: tests on their own, told in TAP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lymph/testing.h>

#include "context/host.h"
#include "context/ctx.h"

/* The test that runs. */
static struct {
    lymph_ctx *ctx; /* NULL: none */
    bool failed;
    jmp_buf end;
} current;

void lymph_test_fail(const char *file, int line, const char *format, ...)
{
    va_list args;
    char text[4096];
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(current.ctx ? stdout : stderr, "# %s:%d: %s\n", file, line, text);
    if (!current.ctx)
        abort();
    current.failed = true;
    if (!loop_in_fiber(current.ctx->host->loop))
        longjmp(current.end, 1);
}

void lymph_test_check_ok(const char *file, int line, lymph_ctx *ctx, lymph_status status, const char *what)
{
    if (status)
        lymph_test_fail(file, line, "%s: %s: %s", what, lymph_status_name(status), lymph_error_message(ctx));
}

void lymph_test_check_status(const char *file, int line, lymph_status actual, lymph_status expected, const char *what)
{
    if (actual != expected)
        lymph_test_fail(file, line, "%s: %s, not %s", what, lymph_status_name(actual), lymph_status_name(expected));
}

void lymph_test_check_number(const char *file, int line, long long actual, long long expected, const char *what)
{
    if (actual != expected)
        lymph_test_fail(file, line, "%s: %lld, not %lld", what, actual, expected);
}

void lymph_test_check_text(const char *file, int line, const char *actual, const char *expected, const char *what)
{
    if (!actual || !expected ? actual != expected : strcmp(actual, expected) != 0)
        lymph_test_fail(file, line, "%s: %s%s%s, not %s%s%s", what, actual ? "\"" : "", actual ? actual : "NULL",
                        actual ? "\"" : "", expected ? "\"" : "", expected ? expected : "NULL", expected ? "\"" : "");
}

static bool run_one(const lymph_test *test, void (*set_up)(lymph_ctx *ctx))
{
    current.ctx = lymph_test_open(NULL);
    current.failed = !current.ctx;
    if (!current.ctx)
        printf("# out of memory\n");
    if (current.ctx && !setjmp(current.end)) {
        if (set_up)
            set_up(current.ctx);
        LYMPH_CHECK_OK(current.ctx, lymph_start(current.ctx));
        test->run(current.ctx);
    }
    lymph_ctx *ctx = current.ctx;
    if (lymph_test_close(ctx))
        current.failed = true; /* it has been said why */
    current.ctx = NULL;
    return !current.failed;
}

int lymph_test_run(const lymph_test *tests, size_t count, void (*set_up)(lymph_ctx *ctx))
{
    const char *only = getenv("LYMPH_TEST");
    size_t ran = 0;
    bool failed = false;
    for (size_t i = 0; i < count; i++) {
        if (only && !strstr(tests[i].name, only))
            continue;
        bool well = run_one(&tests[i], set_up);
        printf("%s %zu - %s\n", well ? "ok" : "not ok", ++ran, tests[i].name);
        fflush(stdout);
        failed |= !well;
    }
    printf("1..%zu\n", ran);
    return failed;
}
