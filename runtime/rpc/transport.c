#include "rpc/transport.h"

lymph_status transport_open(const transport_backend *backend, loop *l, const transport_options *options, logger *log,
                            transport **out, failure *f)
{
    return backend->open(l, options, log, out, f);
}

void transport_close(transport *t)
{
    if (t)
        t->backend->close(t);
}

const char *transport_endpoint(const transport *t)
{
    return t->endpoint;
}

connection *transport_find(const transport *t, const char *endpoint, size_t size)
{
    return (connection *)table_find(&t->connections, endpoint, size);
}

lymph_status transport_connect(transport *t, const char *endpoint, size_t size, connection **out)
{
    if ((*out = transport_find(t, endpoint, size)))
        return LYMPH_OK;
    return endpoint_valid(endpoint, size) ? t->backend->connect(t, endpoint, size, out) : LYMPH_EINVAL;
}

lymph_status transport_send(transport *t, connection *to, slice id, message_type type, slice subject, slice h,
                            slice body)
{
    return t->backend->send(t, to, id, type, subject, h, body);
}

size_t transport_connections(const transport *t)
{
    return t->connections.count;
}
