/* amqp_url.c: the addresses of RabbitMQ that kombu takes; expected values are kombu's (kombu.utils.url.parse_url). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "events/amqp_url.h"

static void expect_text(const char *in, const char *what, const char *is, const char *should)
{
    if ((is == NULL) != (should == NULL) || (is && strcmp(is, should) != 0))
        fail_msg("%s: the %s is '%s', not '%s'", in, what, is ? is : "(none)", should ? should : "(none)");
}

static void parsed(void **state)
{
    static const struct {
        const char *text, *host;
        int port;
        const char *user, *password, *vhost;
    } table[] = {
        {"rabbitmq", "rabbitmq", 0, NULL, NULL, NULL},
        {"rabbitmq:5673", "rabbitmq", 5673, NULL, NULL, NULL},
        {"::1", "::1", 0, NULL, NULL, NULL},
        {"[::1]", "::1", 0, NULL, NULL, NULL},
        {"[fe80::1]:5673", "fe80::1", 5673, NULL, NULL, NULL},
        {"", NULL, 0, NULL, NULL, NULL},
        {"amqp://", NULL, 0, NULL, NULL, NULL},
        {"amqp:///", NULL, 0, NULL, NULL, NULL},
        {"amqp://h", "h", 0, NULL, NULL, NULL},
        {"amqp://h/", "h", 0, NULL, NULL, NULL},
        {"amqp://h//", "h", 0, NULL, NULL, "/"},
        {"amqp://h/shop", "h", 0, NULL, NULL, "shop"},
        {"amqp://h//shop", "h", 0, NULL, NULL, "/shop"},
        {"amqp://h/%2Fshop", "h", 0, NULL, NULL, "/shop"},
        {"amqp://h/a/b", "h", 0, NULL, NULL, "a/b"},
        {"amqp://h:1/", "h", 1, NULL, NULL, NULL},
        {"amqp://h:/", "h", 0, NULL, NULL, NULL},
        {"amqp://u@h", "h", 0, "u", NULL, NULL},
        {"amqp://u:@h", "h", 0, "u", NULL, NULL},
        {"amqp://:p@h", "h", 0, NULL, "p", NULL},
        {"amqp://u:p@h:65535//v", "h", 65535, "u", "p", "/v"},
        {"pyamqp://u:p@h", "h", 0, "u", "p", NULL},
        {"amqp://u%40x:p%3A%2f%25@h", "h", 0, "u@x", "p:/%", NULL},
        {"amqp://u:a:b@h", "h", 0, "u", "a:b", NULL},
        {"amqp://u:a@b@h", "h", 0, "u", "a@b", NULL},
        {"amqp://u:%zz%4@h", "h", 0, "u", "%zz%4", NULL},
        {"amqp://u:p@[::1]:5673/v", "::1", 5673, "u", "p", "v"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *text = table[i].text;
        arena a;
        arena_init(&a);
        failure f = {0};
        amqp_url url;
        if (amqp_url_parse(&a, text, &url, &f))
            fail_msg("%s: %s", text, f.message);
        expect_text(text, "host", url.host, table[i].host);
        expect_text(text, "user", url.user, table[i].user);
        expect_text(text, "password", url.password, table[i].password);
        expect_text(text, "virtual host", url.vhost, table[i].vhost);
        assert_int_equal(url.port, table[i].port);
        arena_done(&a);
    }
}

/* None of the messages shows the password. */
static void refused(void **state)
{
    static const struct {
        const char *text, *message;
    } table[] = {
        {"amqps://u:secret@h", "TLS"},
        {"redis://u:secret@h", "redis:// is not supported; there is amqp://"},
        {"amqp://u:secret@h:0", "a port from 1 to 65535"},
        {"amqp://u:secret@h:65536", "a port from 1 to 65535"},
        {"amqp://u:secret@h:x", "a port from 1 to 65535"},
        {"amqp://u:secret@[::1]5672", "a port from 1 to 65535"},
        {"amqp://u:secret@h:99999999999999999999", "a port from 1 to 65535"},
        {"amqp://u:secret/more@h", "%2F"},
        {"amqp://u:secret#more@h", "behind '?' or '#'"},
        {"amqp://u:secret@h?heartbeat=secret", "behind '?' or '#'"},
        {"u:secret@h", "%40"},
        {"u:secret@h:5672", "amqp://USER"},
        {"amqp://u:secret%00@h", "NUL"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        arena a;
        arena_init(&a);
        failure f = {0};
        amqp_url url;
        if (amqp_url_parse(&a, table[i].text, &url, &f) != LYMPH_ECONFIG)
            fail_msg("%s is accepted", table[i].text);
        if (!strstr(f.message, table[i].message) || strstr(f.message, "secret"))
            fail_msg("%s: '%s' should hold '%s'", table[i].text, f.message, table[i].message);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parsed), cmocka_unit_test(refused)};
    return cmocka_run_group_tests_name("amqp_url", tests, NULL, NULL);
}
