/* cnames_guard.c: the macro that keeps a header from being read twice. */
#include <ctype.h>

#include "cnames.h"
#include "file.h"

/* FNV-1a, the end of the text included. */
static uint32_t hash(uint32_t h, const char *text)
{
    do {
        h = (h ^ (unsigned char)*text) * 16777619u;
    } while (*text++);
    return h;
}

static uint32_t hash_declared(uint32_t h, const model_unit *u)
{
    h = hash(h, u->name_space);
    for (size_t i = 0; i < u->consts.count; i++)
        h = hash(h, ((const model_const *)u->consts.items[i])->name);
    for (size_t i = 0; i < u->enums.count; i++)
        h = hash(h, ((const model_enum *)u->enums.items[i])->name);
    for (size_t i = 0; i < u->records.count; i++)
        h = hash(h, ((const model_record *)u->records.items[i])->name);
    for (size_t i = 0; i < u->interfaces.count; i++)
        h = hash(h, ((const model_interface *)u->interfaces.items[i])->name);
    return h;
}

/* The file's name is not enough: a/types.lymph and b/types.lymph, foo-bar.lymph and foo_bar.lymph can be used together.
 * Then they differ in what they declare, or the C names would be the same. Their folders may have other names where
 * another one builds them, and comments and formatting should change nothing. */
const char *cname_guard(arena *a, const model_unit *u)
{
    const char *file = file_base(u->file->path);
    buffer b;
    buffer_init(&b, a);
    buffer_add(&b, isdigit((unsigned char)*file) ? "H_" : "");
    for (const char *p = file; *p; p++) {
        bool plain = isalnum((unsigned char)*p);
        if (plain || (b.size && b.text[b.size - 1] != '_')) /* "__" is for the compiler's names */
            buffer_addc(&b, plain ? (char)toupper((unsigned char)*p) : '_');
    }
    uint32_t h = hash_declared(hash(2166136261u, file), u);
    for (size_t i = 0; i < u->imports.count; i++)
        h = hash_declared(h, u->imports.items[i]);
    buffer_printf(&b, "_%08X_H", h);
    return b.text;
}
