#include "order.h"

#include "cnames.h"

/* ---- types ---- */

typedef struct collection {
    arena *arena;
    table seen; /* by descriptor */
    list types;
} collection;

static void collect(collection *c, const model_type *t)
{
    if (t->kind <= KIND_STRUCT)
        return;
    if (t->key)
        collect(c, t->key);
    collect(c, t->element);
    if (!table_put(c->arena, &c->seen, cname_descriptor(c->arena, t), (void *)t))
        list_add(c->arena, &c->types, (void *)t);
}

static void collect_fields(collection *c, const model_record *r)
{
    for (size_t i = 0; i < r->fields.count; i++)
        collect(c, ((const model_field *)r->fields.items[i])->type);
}

list order_types(arena *a, const model_unit *u)
{
    collection c = {.arena = a};
    for (size_t i = 0; i < u->records.count; i++)
        collect_fields(&c, u->records.items[i]);
    for (size_t i = 0; i < u->interfaces.count; i++) {
        const model_interface *f = u->interfaces.items[i];
        for (size_t j = 0; j < f->handlers.count; j++) {
            const model_handler *h = f->handlers.items[j];
            collect_fields(&c, h->params);
            if (h->result)
                collect(&c, h->result);
        }
    }
    return c.types;
}

/* ---- order ---- */

typedef struct placement {
    arena *arena;
    const model_unit *unit;
    table seen; /* by the name in C */
    list placed;
} placement;

/* The check has seen to it that no struct holds itself and that the nesting is bounded. */
static void place(placement *p, const model_record *r)
{
    if (r->unit != p->unit) /* in an included header */
        return;
    if (table_put(p->arena, &p->seen, cname_record(p->arena, r), (void *)r))
        return;
    for (size_t i = 0; i < r->fields.count; i++) {
        const model_type *t = ((const model_field *)r->fields.items[i])->type;
        if (t->kind == KIND_STRUCT)
            place(p, t->record);
    }
    list_add(p->arena, &p->placed, (void *)r);
}

list order_records(arena *a, const model_unit *u)
{
    placement p = {.arena = a, .unit = u};
    for (size_t i = 0; i < u->records.count; i++)
        place(&p, u->records.items[i]);
    return p.placed;
}
