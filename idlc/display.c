#include "display.h"

#include <locale.h>
#include <wchar.h>

#include "utf8.h"

/* Takes no room: two texts that look the same must be the same. */
static bool is_hidden(uint32_t code)
{
    return code == 0x00ad || (code >= 0x200b && code <= 0x200d) || (code >= 0x2060 && code <= 0x206f) ||
           code == 0xfeff || (code >= 0xe0000 && code <= 0xe007f);
}

/* Columns of a character: 2 in East Asian scripts, 0 for what is put on the character before; -1 if it is not to be
 * shown as it is. wcwidth knows, in a locale of Unicode; without one all that is not ASCII is taken for ordinary. */
static int width(uint32_t code)
{
    if (!utf8_is_shown(code) || is_hidden(code))
        return -1;
    locale_t unicode = code < 0x80 ? (locale_t)0 : newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (!unicode)
        return 1;
    locale_t before = uselocale(unicode);
    int columns = wcwidth((wchar_t)code);
    uselocale(before);
    freelocale(unicode);
    return columns;
}

bool display_is_plain(uint32_t code)
{
    return width(code) >= 0;
}

/* One character of a text as it is shown. */
typedef struct glyph {
    size_t size; /* in the text */
    int width;
    char escape[12]; /* "": as it is */
} glyph;

static glyph next(const char *text, size_t size)
{
    glyph g = {0};
    uint32_t code;
    g.size = utf8_decode(text, size, &code);
    if (!g.size) {
        g.size = 1;
        g.width = snprintf(g.escape, sizeof g.escape, "<%02X>", (unsigned char)*text);
        return g;
    }
    g.width = width(code);
    if (g.width < 0)
        g.width = snprintf(g.escape, sizeof g.escape, "<U+%04X>", (unsigned)code);
    return g;
}

void display(FILE *out, const char *text, size_t size, bool tabs)
{
    for (size_t i = 0; i < size;) {
        glyph g = next(text + i, size - i);
        if (*g.escape && !(tabs && text[i] == '\t'))
            fputs(g.escape, out);
        else
            fwrite(text + i, 1, g.size, out);
        i += g.size;
    }
}

void display_indent(FILE *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        glyph g = next(text + i, size - i);
        fprintf(out, "%*s", text[i] == '\t' ? 0 : g.width, "");
        if (text[i] == '\t')
            fputc('\t', out);
        i += g.size;
    }
}

size_t display_width(const char *text, size_t size)
{
    size_t columns = 0;
    for (size_t i = 0; i < size;) {
        glyph g = next(text + i, size - i);
        columns += text[i] == '\t' ? 1 : (size_t)g.width;
        i += g.size;
    }
    return columns;
}
