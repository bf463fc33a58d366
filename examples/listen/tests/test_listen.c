#include <lymph/testing.h>
#include "listen.lymph.h"

static void set_up(lymph_ctx *ctx)
{
    lymph_install(ctx, &Listen_descriptor, &Listen, NULL, NULL);
}

static void test_on_greeted(lymph_ctx *ctx)
{
    LYMPH_CHECK_OK(ctx, greeted_emit(ctx, &(greeted){.name = "Flynne"}));
    LYMPH_CHECK_OK(ctx, lymph_test_settle(ctx));
}

int main(void)
{
    static const lymph_test tests[] = {{"on_greeted", test_on_greeted}};
    return lymph_test_run(tests, 1, set_up);
}
