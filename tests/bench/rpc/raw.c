/* raw.c: blocking ROUTER-ROUTER exchange of the protocol's frames: id, type, subject, headers, body, as libzmq alone
 * does it. */
#include "raw.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "bench.h"

/* {"version": nil, "trace_id": 32 digits} and {"text": "hello, world"}: what the whole stack sends. */
static const char headers[] = "\x82\xa7version\xc0\xa8trace_id\xd9\x20"
                              "0123456789abcdef0123456789abcdef";
static const char request_body[] = "\x81\xa4text\xachello, world";
static const char reply_body[] = "\xachello, world";

static void check(int ok, const char *what)
{
    if (!ok)
        bench_die(what, zmq_strerror(zmq_errno()));
}

typedef struct pair {
    void *context, *receiver, *sender;
} pair;

static pair open_pair(const char *own)
{
    pair p = {.context = zmq_ctx_new()};
    p.receiver = zmq_socket(p.context, ZMQ_ROUTER);
    p.sender = zmq_socket(p.context, ZMQ_ROUTER);
    int queue = 20000, yes = 1, no = 0;
    zmq_setsockopt(p.receiver, ZMQ_RCVHWM, &queue, sizeof queue);
    zmq_setsockopt(p.sender, ZMQ_SNDHWM, &queue, sizeof queue);
    zmq_setsockopt(p.sender, ZMQ_ROUTER_MANDATORY, &yes, sizeof yes);
    zmq_setsockopt(p.sender, ZMQ_LINGER, &no, sizeof no);
    zmq_setsockopt(p.receiver, ZMQ_ROUTING_ID, own, strlen(own));
    zmq_setsockopt(p.sender, ZMQ_ROUTING_ID, own, strlen(own));
    check(zmq_bind(p.receiver, own) == 0, own);
    return p;
}

static void connect_to(pair *p, const char *peer)
{
    zmq_setsockopt(p->sender, ZMQ_CONNECT_ROUTING_ID, peer, strlen(peer));
    check(zmq_connect(p->sender, peer) == 0, peer);
}

static void send_message(pair *p, const char *to, const char *id, const char *type, const void *subject,
                         size_t subject_size, const void *body, size_t body_size)
{
    zmq_send(p->sender, to, strlen(to), ZMQ_SNDMORE);
    zmq_send(p->sender, id, 32, ZMQ_SNDMORE);
    zmq_send(p->sender, type, 3, ZMQ_SNDMORE);
    zmq_send(p->sender, subject, subject_size, ZMQ_SNDMORE);
    zmq_send(p->sender, headers, sizeof headers - 1, ZMQ_SNDMORE);
    check(zmq_send(p->sender, body, body_size, 0) >= 0, "send");
}

static void receive(pair *p, zmq_msg_t frames[6])
{
    for (int i = 0; i < 6; i++)
        check(zmq_msg_recv(&frames[i], p->receiver, 0) >= 0, "receive");
}

void raw_serve(const char *endpoint)
{
    pair p = open_pair(endpoint);
    zmq_msg_t frames[6];
    char known[256] = "", source[256];
    for (int i = 0; i < 6; i++)
        zmq_msg_init(&frames[i]);
    for (;;) {
        receive(&p, frames);
        size_t size = zmq_msg_size(&frames[0]);
        memcpy(source, zmq_msg_data(&frames[0]), size);
        source[size] = '\0';
        if (strcmp(source, known) != 0) {
            connect_to(&p, source);
            strcpy(known, source);
        }
        send_message(&p, source, "fedcba9876543210fedcba9876543210", "REP", zmq_msg_data(&frames[1]),
                     zmq_msg_size(&frames[1]), reply_body, sizeof reply_body - 1);
    }
}

double raw_call(const char *own, const char *endpoint, int window, int count)
{
    pair p = open_pair(own);
    connect_to(&p, endpoint);
    int patience_ms = 10000; /* the server may have died */
    zmq_setsockopt(p.receiver, ZMQ_RCVTIMEO, &patience_ms, sizeof patience_ms);
    zmq_msg_t frames[6];
    char id[33];
    for (int i = 0; i < 6; i++)
        zmq_msg_init(&frames[i]);
    int64_t begin_ns = 0;
    int warm = window; /* the connection and the first answers are not counted */
    for (int sent = 0, answered = 0; answered < count + warm; answered++) {
        for (; sent < count + warm && sent - answered < window; sent++) {
            snprintf(id, sizeof id, "%032d", sent);
            send_message(&p, endpoint, id, "REQ", "Echo.echo", 9, request_body, sizeof request_body - 1);
        }
        receive(&p, frames);
        if (answered == warm - 1)
            begin_ns = bench_now_ns();
    }
    double seconds = (double)(bench_now_ns() - begin_ns) / 1e9;
    for (int i = 0; i < 6; i++)
        zmq_msg_close(&frames[i]);
    zmq_close(p.sender);
    zmq_close(p.receiver);
    zmq_ctx_term(p.context);
    return seconds;
}
