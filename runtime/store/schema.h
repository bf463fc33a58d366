/* schema.h: the tables of a cluster's file. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#define SCHEMA_VERSION 2

/* A queue's messages lie together and in order: a message's id is its queue's id times QUEUE_SPAN plus a running
 * number. Counters spare every emit the counting. `cursor`: every message up to it is claimed; it is set back when one
 * of them is given back. `waiting`: a consumer has found nothing, and wants to be poked. `dropped`: since the queue was
 * empty. */
#define QUEUE_SPAN ((int64_t)1 << 40)

static const char schema_sql[] =
    "CREATE TABLE member(id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, lock INTEGER NOT NULL);"
    "CREATE TABLE service(name TEXT PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE instance(service TEXT, id TEXT, member INTEGER NOT NULL, json TEXT NOT NULL,"
    " PRIMARY KEY(service, id)) WITHOUT ROWID;"
    /* `number`: grows with every change of queues, bindings and consumers; `queues`: the last queue's id. */
    "CREATE TABLE version(id INTEGER PRIMARY KEY, number INTEGER NOT NULL, queues INTEGER NOT NULL);"
    "INSERT INTO version VALUES(1, 1, 0);"
    "CREATE TABLE queue(id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, owner INTEGER, messages INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, last INTEGER NOT NULL, cursor INTEGER NOT NULL, waiting INTEGER NOT NULL,"
    " dropped INTEGER NOT NULL);"
    "CREATE TABLE binding(queue INTEGER, pattern TEXT, PRIMARY KEY(queue, pattern)) WITHOUT ROWID;"
    "CREATE TABLE consumer(queue INTEGER, member INTEGER, PRIMARY KEY(queue, member)) WITHOUT ROWID;"
    "CREATE TABLE message(id INTEGER PRIMARY KEY, redelivered INTEGER NOT NULL, type TEXT NOT NULL, data BLOB NOT "
    "NULL);"
    "CREATE TABLE delayed(id INTEGER PRIMARY KEY, queue INTEGER NOT NULL, due INTEGER NOT NULL, type TEXT NOT NULL,"
    " data BLOB NOT NULL);"
    "CREATE INDEX delayed_due ON delayed(queue, due);"
    "CREATE TABLE claim(message INTEGER PRIMARY KEY, member INTEGER NOT NULL);";

#endif
