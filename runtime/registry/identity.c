#include "registry/identity.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 2048 /* longer names are cut, which changes nothing but their id */

static void md5_hex(const char *text, identity out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    /* MD5 names things here, it protects nothing. */
    if (!EVP_Digest(text, strlen(text), digest, &size, EVP_md5(), NULL))
        size = 0;
    for (unsigned i = 0; i < 16; i++)
        snprintf(out + 2 * i, 3, "%02x", i < size ? digest[i] : 0);
}

typedef struct text_buffer {
    char text[TEXT_MAX];
    size_t size;
} text_buffer;

static void add(text_buffer *b, const char *text, size_t size)
{
    if (b->size + size >= sizeof b->text)
        size = sizeof b->text - 1 - b->size;
    memcpy(b->text + b->size, text, size);
    b->size += size;
    b->text[b->size] = '\0';
}

/* A text as Python's repr writes it: single quotes, or double ones if it holds a single and no double one. */
static void add_repr(text_buffer *b, const char *text)
{
    char quote = strchr(text, '\'') && !strchr(text, '"') ? '"' : '\'';
    add(b, &quote, 1);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        char escape[8];
        if (c == (unsigned char)quote || c == '\\') {
            snprintf(escape, sizeof escape, "\\%c", c);
            add(b, escape, 2);
        } else if (c == '\n' || c == '\t' || c == '\r') {
            add(b, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r", 2);
        } else if (c < 0x20 || c == 0x7f) {
            snprintf(escape, sizeof escape, "\\x%02x", c);
            add(b, escape, 4);
        } else {
            add(b, text, 1);
        }
    }
    add(b, &quote, 1);
}

void identity_of_endpoint(const char *endpoint, identity out)
{
    text_buffer b = {.size = 0};
    add(&b, "(", 1);
    add_repr(&b, endpoint);
    add(&b, ",)", 2);
    md5_hex(b.text, out);
}

void identity_of_interface(const char *process, const char *name, const char *version, int builtin, identity out)
{
    text_buffer b = {.size = 0};
    add(&b, "(", 1);
    add_repr(&b, process);
    add(&b, ", ", 2);
    add_repr(&b, name);
    add(&b, ", ", 2);
    if (version && !builtin)
        add(&b, "Version(", 8);
    if (version)
        add_repr(&b, version);
    else
        add(&b, "None", 4);
    if (version && !builtin)
        add(&b, ")", 1);
    add(&b, ")", 1);
    md5_hex(b.text, out);
}
