/* pprint and repr against Python's own: the values and what is expected come from cli_pprint.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pprint.h"

#define SCRIPT "/usr/bin/python3 tests/unit/cli_pprint.py"
#define LEAST  1000 /* values that must come */

/* ---- what JSON cannot say ---- */

static lymph_value convert(lymph_ctx *ctx, lymph_value v);

static const uint8_t *from_hex(lymph_ctx *ctx, const char *hex, uint32_t *size)
{
    *size = (uint32_t)strlen(hex) / 2;
    uint8_t *data = lymph_alloc(ctx, *size + 1);
    for (uint32_t i = 0; i < *size; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        data[i] = (uint8_t)byte;
    }
    return data;
}

static lymph_value map_of(lymph_ctx *ctx, lymph_value pairs)
{
    lymph_entry *entries = lymph_alloc_array(ctx, pairs.size, sizeof *entries);
    for (uint32_t i = 0; i < pairs.size; i++)
        entries[i] =
            (lymph_entry){convert(ctx, pairs.as.items[i].as.items[0]), convert(ctx, pairs.as.items[i].as.items[1])};
    return lymph_map(entries, pairs.size);
}

static lymph_value convert_map(lymph_ctx *ctx, lymph_value v)
{
    const char *key = v.size == 1 ? lymph_text(v.as.entries[0].key) : "";
    lymph_value content = v.size ? v.as.entries[0].value : lymph_nil();
    uint32_t size;
    if (strcmp(key, "$bytes") == 0) {
        const uint8_t *data = from_hex(ctx, lymph_text(content), &size);
        return lymph_bytes_value(data, size);
    }
    if (strcmp(key, "$ext") == 0) {
        const uint8_t *data = from_hex(ctx, lymph_text(content.as.items[1]), &size);
        return (lymph_value){
            .kind = LYMPH_VALUE_EXT, .ext = (int8_t)content.as.items[0].as.integer, .size = size, .as.bytes = data};
    }
    if (strcmp(key, "$float") == 0)
        return lymph_float(strtod(lymph_text(content), NULL));
    if (strcmp(key, "$uint") == 0)
        return lymph_uint(strtoull(lymph_text(content), NULL, 10));
    if (strcmp(key, "$map") == 0)
        return map_of(ctx, content);
    lymph_entry *entries = lymph_alloc_array(ctx, v.size, sizeof *entries);
    for (uint32_t i = 0; i < v.size; i++)
        entries[i] = (lymph_entry){v.as.entries[i].key, convert(ctx, v.as.entries[i].value)};
    v.as.entries = entries;
    return v;
}

static lymph_value convert(lymph_ctx *ctx, lymph_value v)
{
    if (v.kind == LYMPH_VALUE_MAP)
        return convert_map(ctx, v);
    if (v.kind == LYMPH_VALUE_LIST || v.kind == LYMPH_VALUE_SET) {
        lymph_value *items = lymph_alloc_array(ctx, v.size, sizeof *items);
        for (uint32_t i = 0; i < v.size; i++)
            items[i] = convert(ctx, v.as.items[i]);
        v.as.items = items;
    }
    return v;
}

/* ---- the comparison ---- */

static bool next_value(lymph_ctx *ctx, FILE *lines, lymph_value *out)
{
    static char *line;
    static size_t room;
    ssize_t size = getline(&line, &room, lines);
    if (size < 0) {
        free(line);
        line = NULL;
        return false;
    }
    assert_int_equal(lymph_json_parse(ctx, line, (size_t)size, out), LYMPH_OK);
    return true;
}

static void test_as_python(void **state)
{
    (void)state;
    lymph_ctx *ctx = lymph_open(NULL);
    FILE *lines = popen(SCRIPT, "r");
    lymph_value value, pretty, line;
    int count = 0;
    assert_non_null(lines);
    for (; next_value(ctx, lines, &value); count++) {
        assert_true(next_value(ctx, lines, &pretty) && next_value(ctx, lines, &line));
        value = convert(ctx, value);
        assert_string_equal(pprint(ctx, &value), lymph_text(pretty));
        if (line.kind != LYMPH_VALUE_NIL)
            assert_string_equal(pprint_line(ctx, &value), lymph_text(line));
        lymph_ctx_reset(ctx);
    }
    assert_int_equal(pclose(lines), 0);
    assert_true(count >= LEAST);
    lymph_close(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_python)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
