/* names.c: names that a terminal or a log cannot show as they are (control characters, bytes that are no UTF-8, marks
 * of direction) are refused where they would go out, of services, methods, event types, patterns and versions alike. */
#include "service.h"

static const char *const unclean[] = {
    "\x1b[2J",      /* a control character */
    "a\nb",         /* would forge a line */
    "a\x7f",        /* DEL */
    "a\xc2\x9b",    /* C1: the one-character CSI */
    "a\xff",        /* no UTF-8 */
    "\xc0\xaf",     /* a longer form than needed */
    "\xed\xa0\x80", /* half of a surrogate pair */
    "a\xe2\x80\xae" /* right-to-left override */,
    "\xe2\x81\xa6" /* left-to-right isolate */,
    "a\xe2\x80\x8f" /* right-to-left mark */,
};

static const char *const clean[] = {"Gr\xc3\xb6\xc3\x9f"
                                    "e",
                                    "\xe6\x97\xa5\xe6\x9c\xac", "a b", "\xf0\x9f\x98\x80", "a_1-b"};

enum { UNCLEAN = sizeof unclean / sizeof *unclean, CLEAN = sizeof clean / sizeof *clean };

static const lymph_interface_desc desc = {.abi = LYMPH_ABI, .name = "Plain"};
static const char table[8];

static int set_up(void **state)
{
    *state = lymph_open(&(lymph_options){.log_level = "CRITICAL"});
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    lymph_close(*state);
    return 0;
}

static void assert_refused(lymph_ctx *ctx, lymph_status st, const char *what)
{
    if (st != LYMPH_EINVAL)
        fail_msg("%s: %s: %s", what, lymph_status_name(st), lymph_error_message(ctx));
}

static const char *join(const char *before, const char *name, const char *behind)
{
    static char text[300];
    snprintf(text, sizeof text, "%s%s%s", before, name, behind);
    return text;
}

static lymph_status ignore_event(lymph_ctx *ctx, const lymph_event *event, void *arg)
{
    return LYMPH_OK;
}

static void test_services_that_are_called(void **state)
{
    lymph_ctx *ctx = *state;
    lymph_instance_list found;
    for (size_t i = 0; i < UNCLEAN; i++) {
        const char *name = unclean[i];
        assert_refused(ctx, lymph_request(ctx, join("", name, ".get"), lymph_map(NULL, 0), NULL), "a service");
        assert_refused(ctx, lymph_request(ctx, join("Shop.", name, ""), lymph_map(NULL, 0), NULL), "a method");
        assert_refused(ctx, lymph_request(lymph_with(ctx, .address = name), "Shop.get", lymph_map(NULL, 0), NULL),
                       "an address");
        assert_refused(ctx, lymph_lookup(ctx, name, &found), "a look-up");
    }
    for (size_t i = 0; i < CLEAN; i++) {
        assert_int_equal(lymph_request(ctx, join("", clean[i], ".get"), lymph_map(NULL, 0), NULL), LYMPH_ELOOKUP);
        assert_int_equal(lymph_lookup(ctx, clean[i], &found), LYMPH_ELOOKUP);
    }
}

static void test_services_that_are_offered(void **state)
{
    lymph_ctx *ctx = *state;
    for (size_t i = 0; i < UNCLEAN; i++) {
        assert_refused(ctx, lymph_install(ctx, &desc, table, unclean[i], NULL), "a service");
        assert_refused(ctx, lymph_install(ctx, &desc, table, "Shop", unclean[i]), "a version");
    }
    for (size_t i = 0; i < CLEAN; i++)
        assert_ok(ctx, lymph_install(ctx, &desc, table, clean[i], NULL));
    assert_ok(ctx, lymph_start(ctx));
    for (size_t i = 0; i < CLEAN; i++) {
        lymph_instance_list found;
        assert_ok(ctx, lymph_lookup(ctx, clean[i], &found));
        assert_int_equal(found.count, 1);
    }
}

static void test_event_types(void **state)
{
    lymph_ctx *ctx = *state;
    for (size_t i = 0; i < UNCLEAN; i++) {
        const char *patterns[] = {"fine", join("", unclean[i], ".#")};
        const lymph_record event = {.name = unclean[i]};
        assert_refused(ctx, lymph_emit_value(ctx, unclean[i], lymph_map(NULL, 0)), "an event");
        assert_refused(ctx, lymph_emit(ctx, &event, NULL), "a typed event");
        assert_refused(ctx, lymph_subscribe(ctx, patterns, 2, ignore_event, NULL), "a pattern");
    }
    for (size_t i = 0; i < CLEAN; i++) {
        const char *patterns[] = {clean[i]};
        assert_ok(ctx, lymph_emit_value(ctx, clean[i], lymph_map(NULL, 0)));
        assert_ok(ctx, lymph_subscribe(ctx, patterns, 1, ignore_event, NULL));
    }
}

int main(void)
{
    cluster_make();
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_services_that_are_called),
        TEST(test_services_that_are_offered),
        TEST(test_event_types),
    };
    return cmocka_run_group_tests(tests, NULL, cluster_remove);
}
