#include "registry/version.h"

#include <stddef.h>
#include <string.h>

/* The parts of a version; numbers stay text, so that none is too long. */
typedef struct version {
    const char *number[3];
    size_t number_size[3];
    const char *pre;
    size_t pre_size; /* 0: a release */
} version;

static size_t digits(const char *at)
{
    size_t n = strspn(at, "0123456789");
    return n > 1 && at[0] == '0' ? 0 : n; /* no leading zeros */
}

/* Identifiers of letters, digits and '-', with dots between. 0: there is none. */
static size_t identifiers(const char *at)
{
    size_t n = 0;
    for (;;) {
        size_t part = strspn(at + n, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-");
        if (!part)
            return 0;
        n += part;
        if (at[n] != '.')
            return n;
        n++;
    }
}

/* `least`: how many numbers must be there; missing ones are 0. */
static bool parse(const char *text, int least, version *out)
{
    const char *at = text;
    int i = 0;
    for (; i < 3; i++) {
        out->number_size[i] = digits(at);
        if (!out->number_size[i])
            return false;
        out->number[i] = at;
        at += out->number_size[i];
        if (*at != '.' || i == 2) {
            i++;
            break;
        }
        at++;
    }
    if (i < least)
        return false;
    for (; i < 3; i++) {
        out->number[i] = "0";
        out->number_size[i] = 1;
    }
    out->pre_size = 0;
    if (*at == '-') {
        out->pre = at + 1;
        out->pre_size = identifiers(out->pre);
        if (!out->pre_size)
            return false;
        at = out->pre + out->pre_size;
    }
    if (*at == '+') {
        size_t build = identifiers(at + 1);
        if (!build)
            return false;
        at += 1 + build;
    }
    return *at == '\0';
}

static int compare_numbers(const char *a, size_t a_size, const char *b, size_t b_size)
{
    if (a_size != b_size)
        return a_size < b_size ? -1 : 1;
    return memcmp(a, b, a_size);
}

static int compare_identifiers(const char *a, size_t a_size, const char *b, size_t b_size)
{
    bool numeric_a = strspn(a, "0123456789") >= a_size, numeric_b = strspn(b, "0123456789") >= b_size;
    if (numeric_a && numeric_b)
        return compare_numbers(a, a_size, b, b_size);
    if (numeric_a != numeric_b)
        return numeric_a ? -1 : 1;
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare_pre(const version *a, const version *b)
{
    if (!a->pre_size || !b->pre_size)
        return (b->pre_size > 0) - (a->pre_size > 0); /* a release comes after its pre-releases */
    const char *pa = a->pre, *pb = b->pre, *end_a = pa + a->pre_size, *end_b = pb + b->pre_size;
    while (pa < end_a && pb < end_b) {
        const char *dot_a = memchr(pa, '.', (size_t)(end_a - pa)), *dot_b = memchr(pb, '.', (size_t)(end_b - pb));
        const char *stop_a = dot_a ? dot_a : end_a, *stop_b = dot_b ? dot_b : end_b;
        int order = compare_identifiers(pa, (size_t)(stop_a - pa), pb, (size_t)(stop_b - pb));
        if (order)
            return order;
        pa = stop_a + (stop_a < end_a);
        pb = stop_b + (stop_b < end_b);
    }
    return (pa < end_a) - (pb < end_b);
}

static int compare(const version *a, const version *b)
{
    for (int i = 0; i < 3; i++) {
        int order = compare_numbers(a->number[i], a->number_size[i], b->number[i], b->number_size[i]);
        if (order)
            return order;
    }
    return compare_pre(a, b);
}

bool version_valid(const char *text)
{
    version v;
    return parse(text, 3, &v);
}

bool version_requestable(const char *want)
{
    version v;
    return parse(want, 1, &v);
}

int version_compare(const char *a, const char *b)
{
    version va, vb;
    return parse(a, 3, &va) && parse(b, 3, &vb) ? compare(&va, &vb) : strcmp(a, b);
}

bool version_compatible(const char *want, const char *have)
{
    version w, h;
    if (!have || !parse(want, 1, &w) || !parse(have, 3, &h))
        return false;
    return compare_numbers(w.number[0], w.number_size[0], h.number[0], h.number_size[0]) == 0 && compare(&h, &w) >= 0;
}
