/* registry.c: the cache above the backends of discovery, on a backend that does as it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/clock.h"
#include "registry/registry.h"

#define WAIT_US 15000000

/* What the backend is told to do, and what it was asked. */
typedef struct fake {
    registry *registry;
    waiter gate; /* a look-up waits here while `held` */
    bool held, stopped;
    lymph_status watch, add;
    bool known;
    registration entries[4];
    size_t count;
    int watches, adds, removes, closes;
    int remove_fails; /* so many more times, with */
    lymph_status remove;
} fake;

typedef struct place {
    loop *loop;
    logger *log;
    registry *registry;
} place;

static fake backend;

static lymph_status fake_open(registry *r, const config_node *section, void **state, failure *f)
{
    backend.registry = r;
    *state = &backend;
    return LYMPH_OK;
}

static lymph_status fake_add(void *state, const char *name, const char *id, const char *json, failure *f)
{
    backend.adds++;
    return backend.add ? failure_set(f, backend.add, "no room") : LYMPH_OK;
}

static lymph_status fake_remove(void *state, const char *name, const char *id, failure *f)
{
    backend.removes++;
    return backend.remove_fails-- > 0 ? failure_set(f, backend.remove, "busy") : LYMPH_OK;
}

static lymph_status fake_watch(void *state, const char *name, failure *f)
{
    backend.watches++;
    if (backend.held)
        (void)loop_wait(registry_loop(backend.registry), &backend.gate, WAIT_FOREVER);
    if (backend.stopped)
        return failure_set(f, LYMPH_ECANCELED, "stopped");
    if (backend.watch)
        return failure_set(f, backend.watch, "the fake says no");
    registry_publish(backend.registry, name, backend.known, backend.entries, backend.count);
    return LYMPH_OK;
}

static const char *fake_trouble(void *state)
{
    return "nobody at home";
}

static const char *fake_place(const void *state, arena *a)
{
    return arena_printf(a, "nowhere");
}

static void fake_stop(void *state)
{
    backend.stopped = true;
    loop_wake(registry_loop(backend.registry), &backend.gate);
}

static void fake_close(void *state)
{
    backend.closes++;
}

static const registry_backend fake_backend = {
    .name = "fake",
    .open = fake_open,
    .add = fake_add,
    .remove = fake_remove,
    .watch = fake_watch,
    .place = fake_place,
    .trouble = fake_trouble,
    .stop = fake_stop,
    .close = fake_close,
};

static int set_up(void **state)
{
    static place p;
    failure f = {0};
    backend = (fake){.known = true};
    p = (place){.loop = loop_new(0)};
    if (log_open(NULL, "CRITICAL", &p.log, &f) || registry_open_on(&fake_backend, p.loop, NULL, p.log, &p.registry, &f))
        return -1;
    *state = &p;
    return 0;
}

static int tear_down(void **state)
{
    place *p = *state;
    registry_close(p->registry);
    assert_int_equal(backend.closes, 1);
    assert_int_equal(loop_fibers(p->loop), 0);
    loop_free(p->loop);
    log_close(p->log);
    return 0;
}

static void entry(const char *id, const char *json)
{
    backend.entries[backend.count++] = (registration){id, json, strlen(json)};
}

static void step(place *p)
{
    waiter w = WAITER_INIT;
    (void)loop_wait(p->loop, &w, clock_now_us() + 5000);
}

static lymph_status look(place *p, service **s, failure *f)
{
    *f = (failure){0};
    return registry_lookup(p->registry, "Shop", WAIT_FOREVER, s, f);
}

static void kept_and_sorted(void **state)
{
    place *p = *state;
    failure f;
    service *s = NULL;
    entry("b", "{\"endpoint\": \"tcp://127.0.0.1:2\", \"version\": \"1.0.0\"}");
    entry("a", "{\"endpoint\": \"tcp://127.0.0.1:1\", \"identity\": \"me\"}");
    entry("c", "{\"endpoint\": \"nowhere\"}");
    entry("d", "[");
    assert_int_equal(look(p, &s, &f), LYMPH_OK);
    assert_int_equal(s->count, 2); /* the two bad ones are left out */
    assert_string_equal(s->instances[0]->id, "a");
    assert_string_equal(s->instances[0]->identity, "me");
    assert_string_equal(s->instances[1]->version, "1.0.0");
    assert_int_equal(look(p, &s, &f), LYMPH_OK);
    assert_int_equal(backend.watches, 1); /* asked once, kept up to date from then on */
    unsigned generation = s->generation;
    registry_publish(p->registry, "Shop", true, backend.entries, 2);
    assert_int_equal(s->generation, generation); /* told again what it knows */
    registry_publish(p->registry, "Shop", true, backend.entries, 1);
    assert_int_equal(s->generation, generation + 1);
    assert_int_equal(s->count, 1);
    registry_publish(p->registry, "Other", true, backend.entries, 1); /* nobody asked */
}

static void unknown_is_asked_again(void **state)
{
    place *p = *state;
    failure f;
    service *s = NULL;
    backend.known = false;
    assert_int_equal(look(p, &s, &f), LYMPH_ELOOKUP);
    assert_int_equal(look(p, &s, &f), LYMPH_ELOOKUP);
    assert_int_equal(backend.watches, 2);
    assert_null(s);
    backend.known = true;
    assert_int_equal(look(p, &s, &f), LYMPH_OK);
}

static void failure_is_told_and_not_kept(void **state)
{
    place *p = *state;
    failure f;
    service *s = NULL;
    backend.watch = LYMPH_EBACKEND;
    assert_int_equal(look(p, &s, &f), LYMPH_EBACKEND);
    assert_string_equal(f.message, "the fake says no");
    backend.watch = LYMPH_OK;
    assert_int_equal(look(p, &s, &f), LYMPH_OK);
}

typedef struct looking {
    place *place;
    lymph_status status;
    bool done;
} looking;

static void look_in_fiber(void *arg)
{
    looking *l = arg;
    failure f;
    service *s;
    l->status = look(l->place, &s, &f);
    l->done = true;
}

static void one_question_for_all(void **state)
{
    place *p = *state;
    looking l[3];
    backend.held = true;
    for (int i = 0; i < 3; i++) {
        l[i] = (looking){.place = p};
        assert_int_equal(loop_spawn(p->loop, look_in_fiber, &l[i]), LYMPH_OK);
    }
    assert_int_equal(backend.watches, 1);
    backend.held = false;
    loop_wake(p->loop, &backend.gate);
    int64_t deadline = clock_now_us() + WAIT_US;
    while (loop_fibers(p->loop) && clock_now_us() < deadline)
        step(p);
    for (int i = 0; i < 3; i++)
        assert_true(l[i].done && l[i].status == LYMPH_OK);
}

static void no_longer_than_the_caller_has(void **state)
{
    place *p = *state;
    failure f = {0};
    service *s = NULL;
    backend.held = true;
    assert_int_equal(registry_lookup(p->registry, "Shop", clock_now_us() + 10000, &s, &f), LYMPH_ETIMEDOUT);
    assert_string_equal(f.message, "Shop cannot be looked up in time: nobody at home");
    backend.held = false;
    loop_wake(p->loop, &backend.gate); /* what was asked goes on */
    assert_int_equal(look(p, &s, &f), LYMPH_OK);
    assert_int_equal(backend.watches, 1);
}

static void stopped_while_looking(void **state)
{
    place *p = *state;
    looking l = {.place = p};
    backend.held = true;
    assert_int_equal(loop_spawn(p->loop, look_in_fiber, &l), LYMPH_OK);
    registry_stop(p->registry);
    int64_t deadline = clock_now_us() + WAIT_US;
    while (!l.done && clock_now_us() < deadline)
        step(p);
    assert_true(l.done);
    assert_int_equal(l.status, LYMPH_ECANCELED);
}

/* What fails after a new session is tried again until it holds. */
static void added_again_until_it_holds(void **state)
{
    place *p = *state;
    failure f = {0};
    service *s;
    assert_int_equal(registry_add(p->registry, "Shop", "a", "{}", &f), LYMPH_OK);
    assert_int_equal(registry_add(p->registry, "Shop", "b", "{}", &f), LYMPH_OK);
    assert_int_equal(look(p, &s, &f), LYMPH_OK);
    backend.add = LYMPH_EBACKEND;
    backend.adds = backend.watches = 0;
    registry_refresh(p->registry);
    int64_t deadline = clock_now_us() + WAIT_US;
    while (backend.adds < 3 && clock_now_us() < deadline)
        step(p);
    assert_true(backend.adds >= 3); /* the first one each time */
    assert_int_equal(backend.watches, 0);
    backend.add = LYMPH_OK;
    while (!backend.watches && clock_now_us() < deadline)
        step(p);
    assert_int_equal(backend.watches, 1);
}

static void lost_is_added_again(void **state)
{
    place *p = *state;
    failure f = {0};
    assert_int_equal(registry_add(p->registry, "Shop", "a", "{}", &f), LYMPH_OK);
    registry_lost(p->registry);
    assert_int_equal(backend.adds, 2); /* at once */
    registry_lost(p->registry);
    assert_int_equal(backend.adds, 2); /* not twice in a second */
    int64_t deadline = clock_now_us() + WAIT_US;
    while (backend.adds < 3 && clock_now_us() < deadline)
        step(p);
    assert_int_equal(backend.adds, 3);
    assert_int_equal(registry_remove_all(p->registry, clock_now_us() + WAIT_US, &f), LYMPH_OK);
    assert_int_equal(backend.removes, 1);
    registry_refresh(p->registry);
    assert_int_equal(backend.adds, 3); /* what was removed stays away */
}

static void removed_until_it_holds(void **state)
{
    place *p = *state;
    failure f = {0};
    static const char *const ids[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++)
        assert_int_equal(registry_add(p->registry, "Shop", ids[i], "{}", &f), LYMPH_OK);
    backend.remove = LYMPH_EBACKEND;
    backend.remove_fails = 2;
    assert_int_equal(registry_remove_all(p->registry, clock_now_us() + WAIT_US, &f), LYMPH_OK);
    assert_int_equal(backend.removes, 2 + 3);
    assert_int_equal(registry_remove_all(p->registry, clock_now_us() + WAIT_US, &f), LYMPH_OK);
    assert_int_equal(backend.removes, 2 + 3); /* nothing is left */
}

static void removed_in_vain(void **state)
{
    place *p = *state;
    failure f = {0};
    assert_int_equal(registry_add(p->registry, "Shop", "a", "{}", &f), LYMPH_OK);
    backend.remove = LYMPH_EBACKEND;
    backend.remove_fails = 1000000;
    assert_int_equal(registry_remove_all(p->registry, clock_now_us() + 500000, &f), LYMPH_EBACKEND);
    assert_string_equal(f.message, "busy");
    assert_true(backend.removes >= 2);
    backend.removes = 0;
    backend.remove = LYMPH_EUNREACHABLE; /* to ask again is no use */
    assert_int_equal(registry_remove_all(p->registry, clock_now_us() + WAIT_US, &f), LYMPH_EUNREACHABLE);
    assert_int_equal(backend.removes, 1);
    registry_stop(p->registry); /* nor is it now */
    backend.remove = LYMPH_EBACKEND;
    assert_int_equal(registry_remove_all(p->registry, clock_now_us() + WAIT_US, &f), LYMPH_EBACKEND);
    assert_int_equal(backend.removes, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kept_and_sorted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_is_asked_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failure_is_told_and_not_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_question_for_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_longer_than_the_caller_has, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stopped_while_looking, set_up, tear_down),
        cmocka_unit_test_setup_teardown(added_again_until_it_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lost_is_added_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(removed_until_it_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(removed_in_vain, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
