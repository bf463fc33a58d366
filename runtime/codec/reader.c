#include "codec/reader.h"

#include <string.h>

void reader_init(reader *r, const void *bytes, size_t size)
{
    *r = (reader){.at = bytes,
                  .end = (const uint8_t *)bytes + size,
                  .memory = READER_MEMORY(size),
                  .elements = READER_MAX_ELEMENTS};
}

bool reader_at_end(const reader *r)
{
    return r->at == r->end;
}

static bool fail(reader *r, const char *why)
{
    r->error = why;
    return false;
}

static inline size_t left(const reader *r)
{
    return (size_t)(r->end - r->at);
}

/* An integer of `size` bytes, most significant first. */
static inline bool number(reader *r, unsigned size, uint64_t *out)
{
    if (left(r) < size)
        return fail(r, "the bytes end early");
    uint64_t n = 0;
    for (unsigned i = 0; i < size; i++)
        n = n << 8 | r->at[i];
    r->at += size;
    *out = n;
    return true;
}

static bool data(reader *r, token *t, token_kind kind, uint64_t size)
{
    if (left(r) < size)
        return fail(r, "the bytes end early");
    t->kind = kind;
    t->data = r->at;
    t->size = (uint32_t)size;
    r->at += size;
    return true;
}

/* Every element takes at least one byte, and all of a message share one budget. */
static bool count(reader *r, token *t, token_kind kind, uint64_t n)
{
    uint64_t values = kind == TOKEN_MAP ? 2 * n : n;
    if (values > left(r))
        return fail(r, "a count is larger than the bytes that are left");
    if (values > r->elements)
        return fail(r, "the message holds too many values");
    r->elements -= (uint32_t)values;
    t->kind = kind;
    t->as.count = (uint32_t)n;
    return true;
}

static bool sized(reader *r, token *t, token_kind kind, unsigned width)
{
    uint64_t size;
    return number(r, width, &size) && data(r, t, kind, size);
}

static bool counted(reader *r, token *t, token_kind kind, unsigned width)
{
    uint64_t n;
    return number(r, width, &n) && count(r, t, kind, n);
}

static bool ext(reader *r, token *t, uint64_t size)
{
    uint64_t type;
    if (!number(r, 1, &type))
        return false;
    t->ext = (int8_t)(uint8_t)type;
    return data(r, t, TOKEN_EXT, size);
}

static bool sized_ext(reader *r, token *t, unsigned width)
{
    uint64_t size;
    return number(r, width, &size) && ext(r, t, size);
}

static bool unsigned_number(reader *r, token *t, unsigned width)
{
    uint64_t n;
    if (!number(r, width, &n))
        return false;
    t->kind = n > INT64_MAX ? TOKEN_UINT : TOKEN_INT;
    if (n > INT64_MAX)
        t->as.unsigned_integer = n;
    else
        t->as.integer = (int64_t)n;
    return true;
}

static bool signed_number(reader *r, token *t, unsigned width)
{
    uint64_t n;
    if (!number(r, width, &n))
        return false;
    unsigned shift = 64 - 8 * width;
    t->kind = TOKEN_INT;
    t->as.integer = (int64_t)(n << shift) >> shift;
    return true;
}

static bool floating(reader *r, token *t, unsigned width)
{
    uint64_t n;
    if (!number(r, width, &n))
        return false;
    t->kind = TOKEN_FLOAT;
    if (width == 4) {
        uint32_t bits = (uint32_t)n;
        float f;
        memcpy(&f, &bits, sizeof f);
        t->as.number = f;
    } else {
        memcpy(&t->as.number, &n, sizeof n);
    }
    return true;
}

bool reader_next(reader *r, token *t)
{
    if (r->at == r->end)
        return fail(r, "the bytes end early");
    uint8_t head = *r->at++;
    if (head < 0x80) {
        t->kind = TOKEN_INT;
        t->as.integer = head;
        return true;
    }
    if (head < 0x90)
        return count(r, t, TOKEN_MAP, head & 0x0f);
    if (head < 0xa0)
        return count(r, t, TOKEN_ARRAY, head & 0x0f);
    if (head < 0xc0)
        return data(r, t, TOKEN_STR, head & 0x1f);
    if (head >= 0xe0) {
        t->kind = TOKEN_INT;
        t->as.integer = (int8_t)head;
        return true;
    }
    switch (head) {
    case 0xc0:
        t->kind = TOKEN_NIL;
        return true;
    case 0xc2:
    case 0xc3:
        t->kind = TOKEN_BOOL;
        t->as.boolean = head & 1;
        return true;
    case 0xc4:
    case 0xc5:
    case 0xc6:
        return sized(r, t, TOKEN_BIN, 1u << (head - 0xc4));
    case 0xc7:
    case 0xc8:
    case 0xc9:
        return sized_ext(r, t, 1u << (head - 0xc7));
    case 0xca:
    case 0xcb:
        return floating(r, t, head == 0xca ? 4 : 8);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
        return unsigned_number(r, t, 1u << (head - 0xcc));
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
        return signed_number(r, t, 1u << (head - 0xd0));
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
        return ext(r, t, 1u << (head - 0xd4));
    case 0xd9:
    case 0xda:
    case 0xdb:
        return sized(r, t, TOKEN_STR, 1u << (head - 0xd9));
    case 0xdc:
    case 0xdd:
        return counted(r, t, TOKEN_ARRAY, head == 0xdc ? 2 : 4);
    case 0xde:
    case 0xdf:
        return counted(r, t, TOKEN_MAP, head == 0xde ? 2 : 4);
    default:
        return fail(r, "a reserved byte (0xc1)");
    }
}

bool reader_skip(reader *r)
{
    uint64_t waiting[READER_MAX_DEPTH]; /* values still to come at each level */
    int depth = 0;
    for (;;) {
        token t;
        if (!reader_next(r, &t))
            return false;
        uint64_t inner = t.kind == TOKEN_ARRAY ? t.as.count : t.kind == TOKEN_MAP ? 2 * (uint64_t)t.as.count : 0;
        if (inner) {
            if (depth == READER_MAX_DEPTH)
                return fail(r, "the values are nested too deep");
            waiting[depth++] = inner;
            continue;
        }
        while (depth && --waiting[depth - 1] == 0)
            depth--;
        if (!depth)
            return true;
    }
}

/* True if the next 8 * `words` bytes are all ASCII; with `nul` false also only if none of them is 0. */
static inline bool ascii(const uint8_t *at, int words, bool nul)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t any = 0;
    for (int i = 0; i < words; i++) {
        uint64_t word;
        memcpy(&word, at + 8 * i, sizeof word);
        any |= nul ? word : word | (word - ones);
    }
    return !(any & tops);
}

bool utf8_valid(const void *text, size_t size, bool allow_nul)
{
    const uint8_t *at = text, *end = at + size;
    while (at < end) {
        if (end - at >= 32 && ascii(at, 4, allow_nul)) {
            at += 32;
            continue;
        }
        if (end - at >= 8 && ascii(at, 1, allow_nul)) {
            at += 8;
            continue;
        }
        uint8_t c = *at++;
        if (c < 0x80) {
            if (!c && !allow_nul)
                return false;
            continue;
        }
        int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        if (c < 0xc2 || c > 0xf4 || end - at < more)
            return false;
        uint8_t low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80, high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
        if (*at < low || *at > high)
            return false;
        while (--more > 0)
            if ((*++at & 0xc0) != 0x80)
                return false;
        at++;
    }
    return true;
}
