#include "template.h"

#include <string.h>

typedef struct data_entry {
    const char *text; /* NULL: a list */
    list items;       /* data */
} data_entry;

data *data_new(arena *a)
{
    data *d = arena_alloc(a, sizeof *d);
    d->arena = a;
    return d;
}

static data_entry *entry(data *d, const char *name)
{
    data_entry *e = arena_alloc(d->arena, sizeof *e);
    data_entry *have = table_put(d->arena, &d->names, name, e);
    return have ? have : e;
}

void data_text(data *d, const char *name, const char *text)
{
    entry(d, name)->text = text;
}

void data_flag(data *d, const char *name, bool yes)
{
    data_text(d, name, yes ? "true" : "");
}

list *data_list(data *d, const char *name)
{
    return &entry(d, name)->items;
}

data *data_add(data *d, list *l)
{
    data *item = data_new(d->arena);
    list_add(d->arena, l, item);
    return item;
}

/* ---- rendering ---- */

#define DEPTH_MAX 32

typedef struct render {
    const source *text;
    diag *diag;
    buffer *out;
    const data *scopes[DEPTH_MAX];
    size_t depth;
} render;

typedef struct tag {
    char kind; /* '#', '^', '/', '!' or 0 for a name */
    char name[64];
    size_t begin, end; /* of what the tag takes away: with its line where it stands alone */
    span at;
} tag;

static bool blank(const char *text, size_t begin, size_t end)
{
    while (begin < end && (text[begin] == ' ' || text[begin] == '\t'))
        begin++;
    return begin == end;
}

/* A section tag alone on its line takes the line with it. */
static void take_line(const source *s, tag *t)
{
    size_t begin = t->begin, end = t->end;
    while (begin > 0 && s->text[begin - 1] != '\n')
        begin--;
    end += strcspn(s->text + end, "\n");
    if (!blank(s->text, begin, t->begin) || !blank(s->text, t->end, end))
        return;
    t->begin = begin;
    t->end = end + (s->text[end] == '\n');
}

/* The next tag from `at`: 1, none: 0, a broken one: -1. */
static int next_tag(render *r, size_t at, tag *t)
{
    const char *open = strstr(r->text->text + at, "{{");
    if (!open)
        return 0;
    const char *close = strstr(open, "}}");
    t->begin = (size_t)(open - r->text->text);
    t->at = (span){r->text, (uint32_t)t->begin, (uint32_t)t->begin + 2};
    if (!close) {
        diag_error(r->diag, t->at, "this tag does not end");
        return -1;
    }
    t->end = (size_t)(close - r->text->text) + 2;
    t->at.end = (uint32_t)t->end;
    const char *name = open + 2;
    t->kind = strchr("#^/!", *name) ? *name++ : 0;
    size_t size = (size_t)(close - name);
    if (t->kind != '!' && (!size || size >= sizeof t->name)) {
        diag_error(r->diag, t->at, "this tag has no name");
        return -1;
    }
    size = size < sizeof t->name ? size : 0;
    memcpy(t->name, name, size);
    t->name[size] = '\0';
    if (t->kind)
        take_line(r->text, t);
    return 1;
}

static const data_entry *look_up(render *r, const tag *t)
{
    for (size_t i = r->depth; i-- > 0;) {
        const data_entry *e = table_get(&r->scopes[i]->names, t->name);
        if (e)
            return e;
    }
    diag_error(r->diag, t->at, "nothing is called '%s' here", t->name);
    return NULL;
}

/* Finds the tag that ends a section which begins behind `at`. */
static bool find_end(render *r, const tag *open, size_t at, tag *end)
{
    int depth = 1;
    int found;
    while ((found = next_tag(r, at, end)) > 0) {
        at = end->end;
        if (strcmp(end->name, open->name) != 0)
            continue;
        depth += end->kind == '#' || end->kind == '^' ? 1 : end->kind == '/' ? -1 : 0;
        if (!depth)
            return true;
    }
    if (!found)
        diag_error(r->diag, open->at, "the section '%s' does not end", open->name);
    return false;
}

static bool render_range(render *r, size_t begin, size_t end);

static bool render_section(render *r, const tag *open, size_t begin, size_t end)
{
    const data_entry *e = look_up(r, open);
    if (!e)
        return false;
    bool empty = e->text ? !*e->text : !e->items.count;
    if (open->kind == '^')
        return !empty || render_range(r, begin, end);
    if (e->text)
        return empty || render_range(r, begin, end);
    if (r->depth == DEPTH_MAX) {
        diag_error(r->diag, open->at, "sections are nested too deep");
        return false;
    }
    for (size_t i = 0; i < e->items.count; i++) {
        r->scopes[r->depth++] = e->items.items[i];
        bool ok = render_range(r, begin, end);
        r->depth--;
        if (!ok)
            return false;
    }
    return true;
}

static bool render_range(render *r, size_t begin, size_t end)
{
    tag t;
    int found;
    while ((found = next_tag(r, begin, &t)) > 0 && t.begin < end) {
        buffer_addn(r->out, r->text->text + begin, t.begin - begin);
        begin = t.end;
        if (t.kind == '!')
            continue;
        if (t.kind == '/') {
            diag_error(r->diag, t.at, "no section '%s' is open", t.name);
            return false;
        }
        if (!t.kind) {
            const data_entry *e = look_up(r, &t);
            if (!e)
                return false;
            if (!e->text) {
                diag_error(r->diag, t.at, "'%s' is a list", t.name);
                return false;
            }
            buffer_add(r->out, e->text);
            continue;
        }
        tag close;
        if (!find_end(r, &t, begin, &close) || !render_section(r, &t, begin, close.begin))
            return false;
        begin = close.end;
    }
    if (found < 0)
        return false;
    if (begin < end)
        buffer_addn(r->out, r->text->text + begin, end - begin);
    return true;
}

bool template_render(const source *text, const data *d, diag *diagnostics, buffer *out)
{
    render r = {.text = text, .diag = diagnostics, .out = out, .scopes = {d}, .depth = 1};
    return render_range(&r, 0, text->size);
}
