/* config.c: what a file says, where it says it, and which files are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"

typedef struct fixture {
    config *c;
    failure f;
} fixture;

static fixture x;
static char folder[] = "/tmp/lymph-config-XXXXXX", before[4096];

static int set_up(void **state)
{
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    x = (fixture){0};
    unsetenv("LYMPH_CONFIG");
    unsetenv("LYMPH_NODE_CONFIG");
    unsetenv("LYMPH_VARS");
    return getcwd(before, sizeof before) && mkdtemp(folder) && !chdir(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *f)
{
    return remove(path);
}

static int tear_down(void **state)
{
    config_free(x.c);
    return chdir(before) || nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *file, const char *text)
{
    FILE *stream = fopen(file, "w");
    assert_non_null(stream);
    fputs(text, stream);
    fclose(stream);
}

static const config_node *root_of(const char *text)
{
    config_free(x.c);
    x.c = NULL;
    if (config_load_text(text, strlen(text), "x.yml", &x.c, &x.f))
        fail_msg("%s", x.f.message);
    return config_root(x.c);
}

static const config_node *loaded(const char *file, const char *vars)
{
    config_free(x.c);
    x.c = NULL;
    if (config_load(file, vars, &x.c, &x.f))
        fail_msg("%s", x.f.message);
    return config_root(x.c);
}

static void assert_broken(const char *text, const char *message)
{
    config *c = NULL;
    assert_int_equal(config_load_text(text, strlen(text), "x.yml", &c, &x.f), LYMPH_ECONFIG);
    assert_null(c);
    if (strncmp(x.f.message, message, strlen(message)) != 0)
        fail_msg("'%s' does not begin with '%s'", x.f.message, message);
}

static const char *text_at(const config_node *n, const char *path)
{
    const char *text = NULL;
    if (config_text(n, path, &text, &x.f))
        fail_msg("%s", x.f.message);
    return text;
}

/* ---- one file ---- */

static void test_texts(void **state)
{
    const config_node *n = root_of("a: {b: text, null: ~, empty: , quoted: '~', m: {x: 1}}\n");
    const char *text = "kept";
    assert_string_equal(text_at(n, "a.b"), "text");
    assert_string_equal(text_at(n, "a.quoted"), "~");
    static const char *const none[] = {"a.null", "a.empty", "a.missing", "missing.b"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(config_text(n, none[i], &text, &x.f), LYMPH_OK);
    assert_int_equal(config_text(NULL, "a", &text, &x.f), LYMPH_OK);
    assert_string_equal(text, "kept");
    assert_int_equal(config_text(n, "a.m", &text, &x.f), LYMPH_ECONFIG);
    assert_string_equal(x.f.message, "x.yml:1:48: a.m: a text is expected, not a section");
    assert_int_equal(config_text(n, "a.b.c", &text, &x.f), LYMPH_ECONFIG);
    assert_string_equal(x.f.message, "x.yml:1:8: a.b: a section is expected, not 'text'");
}

static void test_bad_files(void **state)
{
    assert_broken("a: [1", "x.yml:2:1: ");
    assert_broken("- 1\n- 2\n", "x.yml:1:1: a map is expected");
    assert_broken("just a text", "x.yml:1:1: a map is expected");
    assert_broken("a: 1\nb: {x: 1, x: 2}\n", "x.yml:2:11: the key 'x' is there twice");
    assert_broken("[1, 2]: 3\n", "x.yml:1:1: a key must be a text");
    assert_broken("a: \"\\0\"\n", "x.yml:1:4: a NUL in a text");
    assert_broken("a: *nobody\n", "x.yml:1:4: ");
    assert_broken("a: 1\nb: \xff\n", "x.yml:2:4: ");
    assert_broken("a: !thing x\n", "x.yml:1:4: a tag that means nothing here: !thing");
    assert_broken("a: 1\n---\nb: 2\n", "x.yml:2:1: a second document: there must be one");
    assert_broken("a: &a [*a]\n", "x.yml:1:8: no whole value before this is called &a");
    assert_null(root_of("")->first);
    assert_null(root_of("# nothing\n")->first);
}

static void test_depth_and_width_end_while_they_are_read(void **state)
{
    static char text[1 << 20];
    /* What follows the depth is no YAML at all: it is not looked at. */
    strcpy(text, "a: ");
    memset(text + 3, '[', 300);
    strcpy(text + 303, "\n\t}}}}: %%\n");
    assert_broken(text, "x.yml:1:68: nested too deep, or too large");
    char *at = text;
    for (int i = 0; i < 70; i++)
        at += sprintf(at, "%*sa:\n", i, "");
    assert_broken(text, "x.yml:66:66: nested too deep, or too large");
    at = text;
    for (int i = 0; i < 30000; i++)
        at += sprintf(at, "k%d:\n", i);
    strcpy(at, "]\n");
    assert_broken(text, "x.yml:20000:"); /* the root is a node, too */
    at = text + sprintf(text, "a: &a {b: {c: {d: 1}}}\nb: ");
    for (int i = 0; i < 62; i++)
        at += sprintf(at, "[");
    strcpy(at, "*a");
    assert_broken(text, "x.yml:"); /* deep by what the alias holds */
    assert_non_null(strstr(x.f.message, "nested too deep"));
}

static void test_bytes_and_lines(void **state)
{
    assert_string_equal(text_at(root_of("\xef\xbb\xbf"
                                        "a: x\r\nb: y\r\n"),
                                "b"),
                        "y");
    assert_string_equal(text_at(root_of("a: |\r\n  one\r\n  two\r\n"), "a"), "one\ntwo\n");
    assert_string_equal(text_at(root_of("a: \"\xc3\xa4\"\n"), "a"), "\xc3\xa4");
    assert_broken("a: 1\r\nb: \xe4\r\n", "x.yml:2:5: ");
    assert_broken("a: \x01\n", "x.yml:1:4: control characters are not allowed");
    assert_broken("\t\n\ta: 1\n", "x.yml:");
    assert_null(root_of("\xef\xbb\xbf")->first);
    assert_null(root_of("---\n...\n")->first);
    assert_null(root_of("null\n")->first);
}

static void test_tags(void **state)
{
    const config_node *n = root_of("a: !!str 5\nb: !!int 5\nc: !!map {d: !!seq [!!null '']}\ne: ! ~\n");
    assert_true(config_get(n, "a")->quoted);
    assert_false(config_get(n, "b")->quoted);
    assert_null(config_get(n, "c.d")->first->text);
    assert_string_equal(text_at(n, "e"), "~");
    assert_broken("a: !!python/object:os.system x\n",
                  "x.yml:1:4: a tag that means nothing here: tag:yaml.org,2002:python");
    assert_broken("a: !!map [1]\n", "x.yml:1:4: a tag that means nothing here");
    assert_broken("a: !mine {b: 1}\n", "x.yml:1:4: a tag that means nothing here: !mine");
}

static void test_sections(void **state)
{
    const config_node *n = root_of("a: {b: {c: 1}, d: ~}\ne:\nf: x\ng: [1]\n"), *found;
    assert_int_equal(config_section(n, "a.b", &found, &x.f), LYMPH_OK);
    assert_ptr_equal(found, config_get(n, "a.b"));
    static const char *const none[] = {"a.d", "a.x", "e", "e.b.c", "x.y"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_int_equal(config_section(n, none[i], &found, &x.f), LYMPH_OK);
        assert_null(found);
    }
    assert_int_equal(config_section(n, "a.b.c", &found, &x.f), LYMPH_ECONFIG);
    assert_string_equal(x.f.message, "x.yml:1:12: a.b.c: a section is expected, not '1'");
    assert_int_equal(config_section(n, "f.b.c", &found, &x.f), LYMPH_ECONFIG);
    assert_string_equal(x.f.message, "x.yml:3:4: f: a section is expected, not 'x'");
    assert_int_equal(config_section(n, "g", &found, &x.f), LYMPH_ECONFIG);
    assert_string_equal(x.f.message, "x.yml:4:4: g: a section is expected, not a list");
}

static void test_anchors_and_merge_keys(void **state)
{
    const config_node *n =
        root_of("base: &base {class: x, port: 1}\nother: &other {port: 2, ip: y}\n"
                "a: *base\nb:\n  <<: *base\n  port: 9\nc:\n  port: 9\n  <<: [*other, *base]\nd: {'<<': text}\n");
    assert_string_equal(text_at(n, "a.class"), "x");
    assert_string_equal(text_at(n, "b.class"), "x");
    assert_string_equal(text_at(n, "b.port"), "9");
    assert_string_equal(text_at(n, "c.ip"), "y");
    assert_string_equal(text_at(n, "c.class"), "x");
    assert_string_equal(text_at(n, "c.port"), "9");
    assert_string_equal(text_at(n, "d.<<"), "text");
    assert_broken("a: {<<: 1}\n", "x.yml:1:9: <<: a map is expected");
}

static void test_aliases_cannot_grow_without_end(void **state)
{
    static char text[200000];
    char *at = text + sprintf(text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++)
        at += sprintf(at, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1,
                      i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    assert_broken(text, "x.yml:5:15: nested too deep, or too large with its aliases");

    at = text + sprintf(text, "a: &a \"");
    memset(at, 'x', 100000);
    at += 100000;
    at += sprintf(at, "\"\nb: [*a");
    for (int i = 0; i < 1000; i++)
        at += sprintf(at, ",*a");
    strcpy(at, "]\n");
    assert_broken(text, "x.yml:2:503: nested too deep, or too large");

    at = text + sprintf(text, "a: ");
    for (int i = 0; i < 70; i++)
        at += sprintf(at, "[");
    assert_broken(text, "x.yml:");
}

static void test_variables(void **state)
{
    setenv("LYMPH_TEST_HOST", "h", 1);
    setenv("LYMPH_TEST_EMPTY", "", 1);
    const config_node *n = root_of(
        "a: $(env.LYMPH_TEST_HOST):1,$(env.LYMPH_TEST_HOST):2\nb: $(env.LYMPH_TEST_EMPTY)x\nc: 5$ (env.x) $(x) $\n"
        "d: $(env.LYMPH_TEST_EMPTY)\ne: \"$(env.LYMPH_TEST_HOST)\"\n");
    assert_string_equal(text_at(n, "a"), "h:1,h:2");
    assert_string_equal(text_at(n, "b"), "x");
    assert_string_equal(text_at(n, "c"), "5$ (env.x) $(x) $");
    assert_string_equal(text_at(n, "d"), "");
    assert_string_equal(text_at(n, "e"), "h");
    assert_broken("a:\n  - x$(env.LYMPH_TEST_NOT_SET)y\n", "x.yml:2:5: $(env.LYMPH_TEST_NOT_SET) is not defined");
    assert_broken("a: $(var.x)\n", "x.yml:1:4: $(var.x) is not defined");
    assert_broken("a: $(dep.x)\n", "x.yml:1:4: $(dep.x) is not defined");
}

static void test_variables_cannot_grow_without_end(void **state)
{
    static char large[60001], text[200000];
    memset(large, 'x', sizeof large - 1);
    setenv("LYMPH_TEST_LARGE", large, 1);
    char *at = text + sprintf(text, "a: ");
    for (int i = 0; i < 5000; i++)
        at += sprintf(at, "$(env.LYMPH_TEST_LARGE)");
    assert_broken(text, "x.yml:1:4: nested too deep, or too large");
    unsetenv("LYMPH_TEST_LARGE");
}

/* ---- which files ---- */

static void test_no_file_at_all(void **state)
{
    assert_null(loaded(NULL, NULL)->first);
    assert_string_equal(config_folder(x.c), ".");
}

static void test_the_search(void **state)
{
    put(".lymph.yml", "from: default\n");
    put("env.yml", "from: environment\n");
    put("given.yml", "from: given\n");
    assert_string_equal(text_at(loaded(NULL, NULL), "from"), "default");
    setenv("LYMPH_CONFIG", "env.yml", 1);
    assert_string_equal(text_at(loaded(NULL, NULL), "from"), "environment");
    char path[100];
    snprintf(path, sizeof path, "%s/given.yml", folder);
    assert_string_equal(text_at(loaded(path, NULL), "from"), "given");
    assert_string_equal(config_folder(x.c), folder);
    config *c = NULL;
    assert_int_equal(config_load("missing.yml", NULL, &c, &x.f), LYMPH_ECONFIG);
    assert_string_equal(x.f.message, "cannot read the configuration missing.yml: No such file or directory");
    assert_int_equal(config_load(folder, NULL, &c, &x.f), LYMPH_ECONFIG);
    assert_non_null(strstr(x.f.message, "Is a directory"));
}

static void test_the_node_gives_its_sections_only(void **state)
{
    put("node.yml", "container: {ip: 1.2.3.4, port: 1, registry: {class: a, hosts: h}}\nplugins: {p: 1}\ninterfaces: "
                    "{A: {class: x}}\nsockets: {s: 1}\n");
    put("own.yml", "container: {port: 2, registry: {class: b}}\ninterfaces: {B: {class: y}}\n");
    setenv("LYMPH_NODE_CONFIG", "node.yml", 1);
    const config_node *n = loaded("own.yml", NULL);
    assert_string_equal(text_at(n, "container.ip"), "1.2.3.4");
    assert_string_equal(text_at(n, "container.port"), "2");
    assert_string_equal(text_at(n, "container.registry.class"), "b");
    assert_null(text_at(n, "container.registry.hosts")); /* keys of a section are replaced, not merged deeper */
    assert_string_equal(text_at(n, "plugins.p"), "1");
    assert_string_equal(text_at(n, "interfaces.B.class"), "y");
    assert_null(config_get(n, "interfaces.A"));
    assert_null(config_get(n, "sockets"));
}

static void test_the_file_of_variables(void **state)
{
    put("vars.yml", "host: localhost\ndeep: {er: x}\na.b: flat\nlist: [1]\nself: $(var.host)\n");
    put("c.yml", "a: $(var.host)\nb: $(var.deep.er)\nc: $(var.a.b)\nd: $(var.self)\n");
    const config_node *n = loaded("c.yml", "vars.yml");
    assert_string_equal(text_at(n, "a"), "localhost");
    assert_string_equal(text_at(n, "b"), "x");
    assert_string_equal(text_at(n, "c"), "flat");
    assert_string_equal(text_at(n, "d"), "$(var.host)");
    setenv("LYMPH_VARS", "vars.yml", 1);
    assert_string_equal(text_at(loaded("c.yml", NULL), "a"), "localhost");
    put("c.yml", "a: $(var.list)\n");
    config *c = NULL;
    assert_int_equal(config_load("c.yml", NULL, &c, &x.f), LYMPH_ECONFIG);
    assert_string_equal(x.f.message, "c.yml:1:4: $(var.list) is not defined");
}

static void test_old_names_of_sections(void **state)
{
    put("c.yml", "registry: {class: r}\nevent_system: {class: e}\n");
    const config_node *n = loaded("c.yml", NULL);
    assert_string_equal(text_at(n, "container.registry.class"), "r");
    assert_string_equal(text_at(n, "container.events.class"), "e");
    put("c.yml", "container:\nregistry: {class: r}\n"); /* a section that is null hides nothing */
    assert_string_equal(text_at(loaded("c.yml", NULL), "container.registry.class"), "r");
    put("node.yml", "container: {registry: {class: n}}\n");
    put("c.yml", "container:\n");
    setenv("LYMPH_NODE_CONFIG", "node.yml", 1);
    assert_string_equal(text_at(loaded("c.yml", NULL), "container.registry.class"), "n");
    unsetenv("LYMPH_NODE_CONFIG");
    put("c.yml", "registry: {class: old}\ncontainer: {registry: {class: new}}\n");
    assert_string_equal(text_at(loaded("c.yml", NULL), "container.registry.class"), "new");
}

static void test_a_file_that_is_too_large(void **state)
{
    FILE *stream = fopen("c.yml", "w");
    for (int i = 0; i < 70000; i++)
        fputs("# a comment line\n", stream);
    fclose(stream);
    config *c = NULL;
    assert_int_equal(config_load("c.yml", NULL, &c, &x.f), LYMPH_ECONFIG);
    assert_string_equal(x.f.message, "the configuration c.yml is larger than 1 MiB");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_texts),
        TEST(test_bad_files),
        TEST(test_depth_and_width_end_while_they_are_read),
        TEST(test_bytes_and_lines),
        TEST(test_tags),
        TEST(test_sections),
        TEST(test_anchors_and_merge_keys),
        TEST(test_aliases_cannot_grow_without_end),
        TEST(test_variables),
        TEST(test_variables_cannot_grow_without_end),
        TEST(test_no_file_at_all),
        TEST(test_the_search),
        TEST(test_the_node_gives_its_sections_only),
        TEST(test_the_file_of_variables),
        TEST(test_old_names_of_sections),
        TEST(test_a_file_that_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
