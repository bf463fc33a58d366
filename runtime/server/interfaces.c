#include "server/interfaces.h"

#include <stdlib.h>
#include <string.h>

#include "codec/reader.h"
#include "core/text.h"
#include "registry/version.h"

bool handler_exists(const void *handlers, size_t offset)
{
    void (*function)(void);
    memcpy(&function, (const char *)handlers + offset, sizeof function);
    return function != NULL;
}

static bool name_valid(const char *name)
{
    size_t size = strlen(name);
    return size && size <= 200 && !strchr(name, '/') && !strchr(name, '@') && text_clean(name, size) &&
           strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void installed_free(interfaces *all, installed *i)
{
    if (!i)
        return;
    for (size_t m = 0; i->subjects && m < i->acting.desc->method_count; m++) {
        if (i->subjects[m].node.key)
            table_remove(&all->subjects, &i->subjects[m].node);
        free(i->subjects[m].text);
    }
    free(i->subjects);
    free(i->name);
    free(i->version);
    free(i);
}

void interfaces_done(interfaces *all)
{
    while (all->first) {
        installed *i = all->first;
        all->first = i->next;
        installed_free(all, i);
    }
    table_done(&all->subjects);
}

static lymph_status add_subjects(interfaces *all, installed *i)
{
    const lymph_interface_desc *d = i->acting.desc;
    i->subjects = calloc(d->method_count + 1, sizeof *i->subjects);
    if (!i->subjects)
        return LYMPH_ENOMEM;
    for (size_t m = 0; m < d->method_count; m++) {
        served_method *s = &i->subjects[m];
        size_t size = strlen(i->name) + 1 + strlen(d->methods[m].name);
        s->interface = i;
        s->method = &d->methods[m];
        s->text = malloc(size + 1);
        if (!s->text)
            return LYMPH_ENOMEM;
        strcpy(s->text, i->name);
        strcat(s->text, ".");
        strcat(s->text, d->methods[m].name);
        if (!table_put(&all->subjects, &s->node, s->text, size)) {
            s->node.key = NULL;
            return LYMPH_ENOMEM;
        }
    }
    return LYMPH_OK;
}

static bool same_version(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static lymph_status check(const interfaces *all, const lymph_interface_desc *desc, const char *name,
                          const char *version, failure *f)
{
    if (desc->abi != LYMPH_ABI)
        return failure_set(f, LYMPH_EINVAL,
                           "interface %s was generated for ABI %u of lymph, this is %d: run lymphc on its file again",
                           desc->name, desc->abi, LYMPH_ABI);
    if (!name_valid(name))
        return failure_set(f, LYMPH_EINVAL, "'%s' cannot be the name of a service", name);
    if (version && !version_valid(version))
        return failure_set(f, LYMPH_EINVAL, "%s: '%s' is not a version of the form x.y.z", name, version);
    for (installed *i = all->first; i; i = i->next) {
        if (strcmp(i->name, name) != 0)
            continue;
        if (i->builtin)
            return failure_set(f, LYMPH_EINVAL, "'%s' is the built-in interface that every instance has already", name);
        if (same_version(i->version, version))
            return failure_set(f, LYMPH_EINVAL, "%s%s%s is installed twice", name, version ? "@" : "",
                               version ? version : "");
    }
    return LYMPH_OK;
}

lymph_status interfaces_add(interfaces *all, const lymph_interface_desc *desc, const void *handlers, const char *name,
                            const char *version, bool builtin, failure *f)
{
    name = name ? name : desc->name;
    version = version ? version : desc->version;
    lymph_status st = check(all, desc, name, version, f);
    if (st)
        return st;
    installed *i = calloc(1, sizeof *i);
    if (!i)
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    i->acting.desc = desc;
    i->handlers = handlers;
    i->builtin = builtin;
    i->name = strdup(name);
    i->version = version ? strdup(version) : NULL;
    if (!i->name || (version && !i->version) || add_subjects(all, i)) {
        installed_free(all, i);
        return failure_set(f, LYMPH_ENOMEM, "out of memory");
    }
    installed **end = &all->first;
    while (*end)
        end = &(*end)->next;
    *end = i;
    return LYMPH_OK;
}

/* No version asked for: the unversioned one, else the latest. Asked for: exactly that one. */
served_method *interfaces_find(const interfaces *all, slice subject, slice version)
{
    served_method *best = NULL;
    for (table_node *n = table_find(&all->subjects, subject.at, subject.size); n; n = table_next_same(n)) {
        served_method *s = (served_method *)n;
        const char *have = s->interface->version;
        if (s->interface->builtin)
            return s;
        if (version.size) {
            if (have && strlen(have) == version.size && memcmp(have, version.at, version.size) == 0)
                return s;
        } else if (!have) {
            return s;
        } else if (!best || version_compare(have, best->interface->version) > 0) {
            best = s;
        }
    }
    return best;
}
