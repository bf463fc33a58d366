#include "container/web.h"

#include <string.h>

#include "config.lymph.h"
#include "config/decode.h"
#include "core/clock.h"

/* The section NAME or NAME@VERSION; NULL if there is none, as of an interface that the program installed. */
static const config_node *section_of(const container *c, const installed *i)
{
    const config_node *all = config_get(config_root(c->config), "interfaces");
    for (const config_node *n = all ? all->first : NULL; n; n = n->next) {
        size_t size = strlen(i->name);
        if (!n->key || strncmp(n->key, i->name, size) != 0 || n->kind != CONFIG_MAP)
            continue;
        if (n->key[size] == '@' ? i->version && strcmp(n->key + size + 1, i->version) == 0 : !n->key[size])
            return n;
    }
    return NULL;
}

static void take(http_settings *out, const config_Interface *section, const config_File *whole)
{
    const config_Healthcheck *health = section->healthcheck ? section->healthcheck : &whole->healthcheck;
    const config_Tracing *tracing = section->tracing ? section->tracing : &whole->tracing;
    *out = (http_settings){
        .port = section->port ? *section->port : 0,
        .body_max = section->max_body,
        .connections_max = section->max_connections,
        .request_us = (int64_t)(section->request_timeout * 1e6),
        .health = health->enabled ? health->endpoint : NULL,
        .request_header = tracing->request_header,
        .response_header = tracing->response_header,
    };
}

lymph_status web_start(container *c, installed *i, failure *f)
{
    if (!i->acting.desc->route_count)
        return LYMPH_OK;
    config_Interface section;
    config_File whole;
    http_settings wanted;
    http_server *s = NULL;
    const config_node *n = section_of(c, i);
    /* Warned of unknown keys when they were read first. */
    lymph_status st = config_decode(config_root(c->config), &config_File_record, &c->root_base.memory, &whole, NULL, f);
    section = config_interface_defaults;
    if (!st && n)
        st = config_decode(n, &config_Interface_record, &c->root_base.memory, &section, NULL, f);
    if (st)
        return st;
    take(&wanted, &section, &whole);
    st = http_open(&c->activities, i, c->settings.ip, &wanted, &s, f);
    if (st)
        return st;
    s->next = c->http;
    c->http = s;
    log_line(c->host.log, LYMPH_INFO, "lymph.web.interfaces", NULL, "%s serves HTTP on %s port %u", i->name,
             c->settings.ip, s->port);
    return LYMPH_OK;
}

void web_stop(container *c)
{
    for (http_server *s = c->http; s; s = s->next)
        http_stop(s);
}

void web_flush(container *c, int64_t deadline_us)
{
    for (http_server *s = c->http; s; s = s->next) {
        while (!connections_written(&s->connections) && clock_now_us() < deadline_us) {
            waiter w = WAITER_INIT;
            (void)loop_wait(c->host.loop, &w, clock_now_us() + 1000);
        }
    }
}

void web_close(container *c)
{
    while (c->http) {
        http_server *s = c->http;
        c->http = s->next;
        http_close(s);
    }
}

uint16_t web_port(const container *c, const installed *i)
{
    for (const http_server *s = c->http; s; s = s->next)
        if (s->interface == i)
            return s->port;
    return 0;
}
