/* sources.c: files, and the texts that an editor has in their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "sources.h"

static arena a;
static char folder[] = "/tmp/lymph-sources-XXXXXX";

static const char *path_of(const char *name)
{
    return arena_printf(&a, "%s/%s", folder, name);
}

static void assert_read(const sources *s, const char *name, const char *text)
{
    diag d = {report_text, stderr, 0};
    const source *found = sources_read(s, &a, path_of(name), &d, (span){0});
    assert_non_null(found);
    assert_string_equal(found->path, path_of(name));
    assert_string_equal(found->text, text);
    assert_int_equal(found->size, strlen(text));
}

static void assert_refused(const sources *s, const char *name, const char *text)
{
    report_list said = {.arena = &a};
    diag d = {report_collect, &said, 0};
    assert_null(sources_read(s, &a, path_of(name), &d, (span){0}));
    assert_int_equal(said.found.count, 1);
    assert_non_null(strstr(((const diagnostic *)said.found.items[0])->text, text));
}

static void test_files(void **state)
{
    const sources *s = &sources_files;
    assert_read(s, "file", "on disk");
    assert_read(s, "link", "on disk");
    assert_string_equal(s->find(s, &a, path_of("link")), s->find(s, &a, path_of("./file")));
    assert_null(s->find(s, &a, path_of("none")));
    assert_int_equal(errno, ENOENT);
    assert_refused(s, "none", "No such file or directory");
    assert_refused(s, ".", "Is a directory");
}

static void test_overlay(void **state)
{
    sources_overlay o;
    sources_overlay_init(&o);
    assert_read(&o.base, "file", "on disk");
    sources_overlay_add(&o, &a, path_of("./link"), "unsaved", 7); /* by whatever path it is opened */
    sources_overlay_add(&o, &a, path_of("new"), "not yet there", 13);
    sources_overlay_add(&o, &a, "/nowhere/new", "nor its folder", 14);
    assert_read(&o.base, "file", "unsaved");
    assert_read(&o.base, "link", "unsaved");
    assert_read(&o.base, "new", "not yet there");
    assert_read(&o.base, "./new", "not yet there");
    assert_non_null(o.base.find(&o.base, &a, "/nowhere/new"));
    assert_null(o.base.find(&o.base, &a, path_of("none")));
    assert_read(&sources_files, "file", "on disk");
}

static void test_texts_are_checked_wherever_they_come_from(void **state)
{
    sources_overlay o;
    sources_overlay_init(&o);
    char *large = arena_alloc(&a, SOURCE_MAX_SIZE + 2);
    memset(large, ' ', SOURCE_MAX_SIZE + 1);
    sources_overlay_add(&o, &a, path_of("nul"), "a\0b", 3);
    sources_overlay_add(&o, &a, path_of("latin"), "\xe4", 1);
    sources_overlay_add(&o, &a, path_of("large"), large, SOURCE_MAX_SIZE + 1);
    assert_refused(&o.base, "nul", "control character U+0000 in the text");
    assert_refused(&o.base, "latin", "invalid UTF-8 (byte 0xE4)");
    assert_refused(&o.base, "large", "is larger than 1048576 bytes");
}

static int make_files(void **state)
{
    if (!mkdtemp(folder))
        return -1;
    FILE *f = fopen(path_of("file"), "w");
    return f && fputs("on disk", f) >= 0 && fclose(f) == 0 && symlink("file", path_of("link")) == 0 ? 0 : -1;
}

static int done(void **state)
{
    unlink(path_of("file"));
    unlink(path_of("link"));
    rmdir(folder);
    arena_done(&a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_overlay),
        cmocka_unit_test(test_texts_are_checked_wherever_they_come_from),
    };
    return cmocka_run_group_tests_name("sources", tests, make_files, done);
}
