#include "report.h"

#include <string.h>

const char *report_severity(severity s)
{
    static const char *const words[] = {"error", "warning", "note", "hint"};
    return words[s];
}

void report_collect(void *collection, const diagnostic *found)
{
    report_list *l = collection;
    diagnostic *kept = arena_alloc(l->arena, sizeof *kept);
    *kept = *found;
    kept->text = arena_strndup(l->arena, found->text, strlen(found->text));
    list_add(l->arena, &l->found, kept);
}
