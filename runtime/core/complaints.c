#include "core/complaints.h"

#include <string.h>

static complaint *find(complaints *c, const char *kind, slice who)
{
    for (unsigned i = 0; i < c->count; i++) {
        complaint *at = &c->all[i];
        if (at->kind == kind && at->who_size == who.size && memcmp(at->who, who.at, who.size) == 0)
            return at;
    }
    complaint *others = &c->all[COMPLAINTS_MAX];
    if (c->count == COMPLAINTS_MAX)
        return others;
    complaint *new = &c->all[c->count++];
    *new = (complaint){.kind = kind, .who_size = (unsigned)who.size};
    memcpy(new->who, who.at, who.size);
    return new;
}

bool complaints_admit(complaints *c, const char *kind, slice who, lymph_level level, const char *name, int64_t now_us)
{
    if (who.size > COMPLAINTS_WHO)
        who.size = COMPLAINTS_WHO;
    complaint *at = find(c, kind, who);
    if (!at->lines)
        at->since_us = now_us;
    at->name = name;
    at->level = level;
    if (at->lines < COMPLAINTS_LINES) {
        at->lines++;
        return true;
    }
    at->more++;
    return false;
}

static bool over(const complaint *at, int64_t now_us, bool all)
{
    return at->lines && (all || now_us - at->since_us >= COMPLAINTS_SECONDS * INT64_C(1000000));
}

bool complaints_take(complaints *c, int64_t now_us, bool all, complaint *out)
{
    complaint *others = &c->all[COMPLAINTS_MAX];
    for (unsigned i = 0; i < c->count; i++) {
        if (!over(&c->all[i], now_us, all))
            continue;
        *out = c->all[i];
        c->all[i] = c->all[--c->count];
        return true;
    }
    if (!over(others, now_us, all))
        return false;
    *out = *others;
    *others = (complaint){0};
    return true;
}
