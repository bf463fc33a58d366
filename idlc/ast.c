#include "ast.h"

#include "buffer.h"

/* Index of the first comment that the token at `offset` follows, or the number of comments. */
static size_t first_before(const ast *tree, uint32_t offset)
{
    size_t low = 0, high = tree->comments.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (((const ast_comment *)tree->comments.items[middle])->next < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const char *ast_take_doc(arena *a, ast *tree, uint32_t offset)
{
    buffer text = {0};
    for (size_t i = first_before(tree, offset); i < tree->comments.count; i++) {
        ast_comment *c = tree->comments.items[i];
        if (c->next != offset)
            break;
        if (!c->doc)
            continue;
        c->taken = true;
        if (text.arena)
            buffer_addc(&text, '\n');
        else
            buffer_init(&text, a);
        buffer_add(&text, c->doc);
        while (text.size && (text.text[text.size - 1] == ' ' || text.text[text.size - 1] == '\t'))
            text.text[--text.size] = '\0';
    }
    return text.arena ? text.text : "";
}
