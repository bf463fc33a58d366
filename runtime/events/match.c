/* match.c: AMQP topic patterns. */
#include <string.h>

#include "events/events.h"

static size_t word(const char *at)
{
    return strcspn(at, ".");
}

static const char *behind(const char *at, size_t size)
{
    return at[size] == '.' ? at + size + 1 : NULL; /* NULL: no further word */
}

/* Goes back to the last '#' only, as glob matchers do: linear in the key for each of the pattern's words. */
bool events_match(const char *pattern, const char *routing_key)
{
    const char *p = pattern, *k = routing_key, *hash = NULL, *retry = NULL;
    while (k) {
        size_t key_size = word(k), size = p ? word(p) : 0;
        if (p && size == 1 && *p == '#') {
            hash = p = behind(p, 1);
            retry = k;
            if (!hash)
                return true;
            continue;
        }
        if (p && ((size == 1 && *p == '*') || (size == key_size && memcmp(p, k, size) == 0))) {
            p = behind(p, size);
            k = behind(k, key_size);
            continue;
        }
        if (!hash)
            return false;
        retry = behind(retry, word(retry));
        p = hash;
        k = retry;
        if (!k)
            return false;
    }
    while (p && word(p) == 1 && *p == '#')
        p = behind(p, 1);
    return !p;
}
