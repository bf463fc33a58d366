#include <lymph/testing.h>
#include "greeting.lymph.h"

static void set_up(lymph_ctx *ctx)
{
    lymph_install(ctx, &Greeting_descriptor, &Greeting, NULL, NULL);
}

static void test_greet(lymph_ctx *ctx)
{
    const char *greeting;
    LYMPH_CHECK_OK(ctx, greeting_greet(ctx, "Flynne", &greeting));
    LYMPH_CHECK_TEXT(greeting, "Hi, Flynne!");
    LYMPH_CHECK_TEXT(LYMPH_EMITTED(ctx, greeted, 0)->name, "Flynne");
}

int main(void)
{
    static const lymph_test tests[] = {{"greet", test_greet}};
    return lymph_test_run(tests, 1, set_up);
}
