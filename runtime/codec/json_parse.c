/* json_parse.c: JSON (RFC 8259) to values. Our own rather than jansson's: that one recurses for 2048 levels, for which
 * a coroutine has no stack, reads no integer above INT64_MAX, and tells a lack of memory as a mistake in the text. */
#include <math.h>
#include <string.h>

#include "codec/base64.h"
#include "codec/codec.h"
#include "codec/distinct.h"
#include "codec/forms.h"
#include "core/number.h"
#include "core/table.h"

typedef struct parser {
    const char *begin, *at, *end;
    arena *a;
    failure *f;
} parser;

static lymph_status read_value(parser *p, lymph_value *out, int depth);

static lymph_status wrong(const parser *p, const char *at, const char *why)
{
    unsigned line = 1, column = 1;
    for (const char *c = p->begin; c < at; c++) {
        column = *c == '\n' ? 1 : column + 1;
        line += *c == '\n';
    }
    return failure_set(p->f, LYMPH_EINVAL, "JSON: line %u, column %u: %s", line, column, why);
}

static lymph_status no_memory(failure *f)
{
    return failure_set(f, LYMPH_ENOMEM, "out of memory");
}

/* The next character behind white space; 0 at the end. */
static char peek(parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r'))
        p->at++;
    return p->at < p->end ? *p->at : '\0';
}

/* ---- texts ---- */

static bool read_hex(const char *at, const char *end, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef", *d = NULL;
        if (at + i < end && at[i])
            d = strchr(digits, at[i] >= 'A' && at[i] <= 'F' ? at[i] + 32 : at[i]);
        if (!d)
            return false;
        *out = *out << 4 | (uint32_t)(d - digits);
    }
    return true;
}

static char *put_utf8(char *to, uint32_t c)
{
    static const uint8_t heads[] = {0, 0xc0, 0xe0, 0xf0};
    int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    *to++ = (char)(heads[more] | c >> 6 * more);
    while (more-- > 0)
        *to++ = (char)(0x80 | (c >> 6 * more & 0x3f));
    return to;
}

/* What stands behind a backslash at *from. False: nothing that JSON has. */
static bool read_escape(const char **from, const char *end, char **to)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *at = *from;
    uint32_t c, low;
    if (*at != 'u') {
        const char *letter = *at ? strchr(letters, *at) : NULL;
        if (!letter)
            return false;
        *(*to)++ = meanings[letter - letters];
        *from = at + 1;
        return true;
    }
    if (!read_hex(at + 1, end, &c))
        return false;
    at += 5;
    if (c >= 0xd800 && c < 0xe000) {
        if (c >= 0xdc00 || end - at < 2 || at[0] != '\\' || at[1] != 'u' || !read_hex(at + 2, end, &low) ||
            low < 0xdc00 || low >= 0xe000)
            return false;
        c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
        at += 6;
    }
    *to = put_utf8(*to, c);
    *from = at;
    return true;
}

static lymph_status read_string(parser *p, lymph_value *out)
{
    const char *from = p->at + 1, *close = from;
    while (close < p->end && *close != '"')
        close += *close == '\\' && close + 1 < p->end ? 2 : 1;
    if (close == p->end)
        return wrong(p, p->at, "the text has no end");
    char *text = arena_alloc(p->a, (size_t)(close - from) + 1), *to = text;
    if (!text)
        return no_memory(p->f);
    while (from < close) {
        if ((unsigned char)*from < 0x20)
            return wrong(p, from, "a control character in a text");
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        const char *escape = from++;
        if (!read_escape(&from, close, &to))
            return wrong(p, escape, "no valid escape");
    }
    *to = '\0';
    *out = (lymph_value){.kind = LYMPH_VALUE_STRING, .size = (uint32_t)(to - text), .as.text = text};
    if (!utf8_valid(text, out->size, true))
        return wrong(p, p->at, "the text is not UTF-8");
    p->at = close + 1;
    return LYMPH_OK;
}

/* ---- numbers ---- */

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

static lymph_status read_float(parser *p, const char *end, lymph_value *out)
{
    char *text = arena_strndup(p->a, p->at, (size_t)(end - p->at));
    if (!text)
        return no_memory(p->f);
    *out = lymph_float(number_parse(text, NULL));
    return isfinite(out->as.number) ? LYMPH_OK : wrong(p, p->at, "the number is too large");
}

static lymph_status read_integer(parser *p, const char *digits, const char *end, lymph_value *out)
{
    uint64_t n = 0, limit = digits > p->at ? (uint64_t)INT64_MAX + 1 : UINT64_MAX;
    for (const char *c = digits; c < end; c++) {
        unsigned digit = (unsigned)(*c - '0');
        if (n > (limit - digit) / 10)
            return wrong(p, p->at, "the integer has more than 64 bits");
        n = n * 10 + digit;
    }
    *out = digits > p->at ? lymph_int((int64_t)(0 - n)) : lymph_uint(n);
    return LYMPH_OK;
}

static lymph_status read_number(parser *p, lymph_value *out)
{
    const char *digits = p->at + (*p->at == '-'), *end = skip_digits(digits, p->end), *whole = end;
    if (end == digits || (*digits == '0' && end - digits > 1))
        return wrong(p, p->at, "no valid number");
    if (end < p->end && *end == '.') {
        const char *fraction = end + 1;
        end = skip_digits(fraction, p->end);
        if (end == fraction)
            return wrong(p, p->at, "no valid number");
    }
    if (end < p->end && (*end == 'e' || *end == 'E')) {
        const char *exponent = end + 1;
        if (exponent < p->end && (*exponent == '+' || *exponent == '-'))
            exponent++;
        end = skip_digits(exponent, p->end);
        if (end == exponent)
            return wrong(p, p->at, "no valid number");
    }
    lymph_status st = end == whole ? read_integer(p, digits, end, out) : read_float(p, end, out);
    p->at = end;
    return st;
}

/* ---- arrays and objects ---- */

/* Room for one more of `count` items of `size` bytes; the arena keeps the smaller arrays that it outgrows. */
static bool grow(arena *a, void **items, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    uint32_t more = *capacity ? 2 * *capacity : 4;
    void *larger = more > *capacity ? arena_zalloc_array(a, more, size) : NULL;
    if (!larger)
        return false;
    if (count)
        memcpy(larger, *items, count * size);
    *items = larger;
    *capacity = more;
    return true;
}

/* Moves over `c` if it comes next. */
static bool next_is(parser *p, char c)
{
    if (peek(p) != c)
        return false;
    p->at++;
    return true;
}

static lymph_status read_array(parser *p, lymph_value *out, int depth)
{
    void *items = NULL;
    uint32_t count = 0, capacity = 0;
    p->at++;
    if (!next_is(p, ']')) {
        do {
            if (!grow(p->a, &items, count, &capacity, sizeof(lymph_value)))
                return no_memory(p->f);
            lymph_status st = read_value(p, (lymph_value *)items + count++, depth);
            if (st)
                return st;
        } while (next_is(p, ','));
        if (!next_is(p, ']'))
            return wrong(p, p->at, "',' or ']' is expected");
    }
    *out = lymph_list(items, count);
    return LYMPH_OK;
}

/* ---- what stands for other types ---- */

/* {"__type__": "bytes", "_": base64} */
static lymph_status recognize_bytes(arena *a, const lymph_value *content, lymph_value *out, failure *f)
{
    uint8_t *octets = arena_alloc(a, BASE64_OCTETS(content->size) + 1);
    size_t size;
    if (!octets)
        return no_memory(f);
    if (content->kind != LYMPH_VALUE_STRING || !base64_decode(content->as.text, content->size, octets, &size))
        return failure_set(f, LYMPH_EINVAL, "JSON: \"_\" is not valid base64");
    *out = lymph_bytes_value(octets, (uint32_t)size);
    return LYMPH_OK;
}

/* {"__type__": NAME, "_": content} becomes a value of that type; of an unknown name it stays a map. */
static lymph_status recognize(arena *a, lymph_value *map, failure *f)
{
    const lymph_value *type = lymph_get(*map, "__type__"), *content = type ? lymph_get(*map, "_") : NULL;
    if (!content || map->size != 2 || type->kind != LYMPH_VALUE_STRING)
        return LYMPH_OK;
    if (strcmp(type->as.text, "bytes") == 0)
        return recognize_bytes(a, content, map, f);
    int kind = form_kind(type->as.text, type->size);
    if (kind == LYMPH_VALUE_NIL)
        return LYMPH_OK;
    bool good = kind == LYMPH_VALUE_SET
                    ? content->kind == LYMPH_VALUE_LIST
                    : content->kind == LYMPH_VALUE_STRING && form_valid(kind, content->as.text, content->size);
    if (!good)
        return failure_set(f, LYMPH_EINVAL, "JSON: \"_\" is not a valid %s", form_name(kind));
    size_t members = content->size;
    if (kind == LYMPH_VALUE_SET && /* what is there twice stays once, as in Python */
        distinct_keep(NULL, (void *)content->as.items, sizeof *content->as.items, &members, f))
        return LYMPH_ENOMEM;
    *map = *content;
    map->kind = (uint8_t)kind;
    map->size = (uint32_t)members;
    return LYMPH_OK;
}

/* Where the entry of a key is. */
typedef struct key_place {
    table_node node;
    uint32_t index;
} key_place;

/* Reads `"key": value`. The value of a key that was there already replaces the earlier one, as in Python. */
static lymph_status read_entry(parser *p, table *keys, lymph_entry *entries, uint32_t *count, int depth)
{
    lymph_value key;
    if (peek(p) != '"')
        return wrong(p, p->at, "a key in quotes is expected");
    lymph_status st = read_string(p, &key);
    if (st)
        return st;
    if (!next_is(p, ':'))
        return wrong(p, p->at, "':' is expected");
    key_place *place = (key_place *)table_find(keys, key.as.text, key.size);
    if (!place) {
        place = arena_alloc(p->a, sizeof *place);
        if (!place || !table_put(keys, &place->node, key.as.text, key.size))
            return no_memory(p->f);
        place->index = (*count)++;
        entries[place->index].key = key;
    }
    return read_value(p, &entries[place->index].value, depth);
}

static lymph_status read_object(parser *p, lymph_value *out, int depth)
{
    void *entries = NULL;
    uint32_t count = 0, capacity = 0;
    table keys = {0};
    lymph_status st = LYMPH_OK;
    p->at++;
    if (!next_is(p, '}')) {
        do
            st = grow(p->a, &entries, count, &capacity, sizeof(lymph_entry))
                     ? read_entry(p, &keys, entries, &count, depth)
                     : no_memory(p->f);
        while (!st && next_is(p, ','));
        if (!st && !next_is(p, '}'))
            st = wrong(p, p->at, "',' or '}' is expected");
    }
    table_done(&keys);
    if (st)
        return st;
    *out = lymph_map(entries, count);
    return recognize(p->a, out, p->f);
}

/* ---- any value ---- */

static lymph_status read_word(parser *p, const char *word, lymph_value value, lymph_value *out)
{
    size_t size = strlen(word);
    if ((size_t)(p->end - p->at) < size || memcmp(p->at, word, size) != 0)
        return wrong(p, p->at, "a value is expected");
    p->at += size;
    *out = value;
    return LYMPH_OK;
}

static lymph_status read_value(parser *p, lymph_value *out, int depth)
{
    switch (peek(p)) {
    case '{':
    case '[':
        if (depth == READER_MAX_DEPTH)
            return failure_set(p->f, LYMPH_ELIMIT, "JSON: nested deeper than %d levels", READER_MAX_DEPTH);
        return *p->at == '{' ? read_object(p, out, depth + 1) : read_array(p, out, depth + 1);
    case '"':
        return read_string(p, out);
    case 't':
        return read_word(p, "true", lymph_bool(true), out);
    case 'f':
        return read_word(p, "false", lymph_bool(false), out);
    case 'n':
        return read_word(p, "null", lymph_nil(), out);
    default:
        if (p->at < p->end && (*p->at == '-' || (*p->at >= '0' && *p->at <= '9')))
            return read_number(p, out);
        return wrong(p, p->at, p->at == p->end ? "the text ends early" : "a value is expected");
    }
}

lymph_status json_parse(arena *a, const char *text, size_t size, lymph_value *out, failure *f)
{
    parser p = {.begin = text, .at = text, .end = text + size, .a = a, .f = f};
    lymph_status st = read_value(&p, out, 0);
    if (!st) {
        peek(&p);
        if (p.at != p.end)
            st = wrong(&p, p.at, "the text goes on behind its value");
    }
    return st;
}
