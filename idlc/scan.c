/* scan.c: from the lexer's tokens to those that the parser gets. What is missing is put in where that can be known for
 * certain, and behind an error the place is found where the next member or declaration begins, so that one mistake
 * hides no other. */
#include "scan.h"

#include "lexer.h"

static bool is_declaration(int kind)
{
    return kind == K_IMPORT || kind == K_NAMESPACE || kind == K_CONST || kind == K_ENUM || kind == K_STRUCT ||
           kind == K_ERROR || kind == K_EVENT || kind == K_INTERFACE;
}

static bool is_word(int kind)
{
    return kind == IDENT || (kind >= K_IMPORT && kind <= K_LATER);
}

/* ---- where tokens come from ---- */

static token read_token(parse *p, yyscan_t scanner)
{
    token t = {0};
    YYSTYPE value = {0};
    const source *file = p->tree->file;
    size_t comments = p->tree->comments.count;
    t.kind = yylex(&value, &t.at, scanner);
    t.text = value.text;
    if (t.kind == YYEOF)
        t.at = (span){file, (uint32_t)file->size, (uint32_t)file->size};
    for (; comments < p->tree->comments.count; comments++) /* what they stand before */
        ((ast_comment *)p->tree->comments.items[comments])->next = t.at.begin;
    t.first = !p->last || source_line(file, t.at.begin) != source_line(file, p->last);
    p->last = t.at.end;
    return t;
}

static token take(parse *p, yyscan_t scanner)
{
    return p->kept_count ? p->kept[--p->kept_count] : read_token(p, scanner);
}

static void keep(parse *p, token t)
{
    p->kept[p->kept_count++] = t; /* at most the parser's last and one more */
}

/* A token that is not there, behind the last one. */
static token inserted(const parse *p, int kind)
{
    const uint32_t at = p->token.at.end;
    return (token){.kind = kind, .at = {p->tree->file, at, at}, .inserted = true};
}

/* ---- where they stand ---- */

/* "struct Item", "event order.placed": what the next brace belongs to. */
static void follow_heading(parse *p, const token *t)
{
    heading *h = &p->heading;
    if (t->kind == ';' || t->kind == '}')
        *h = (heading){0};
    else if (is_declaration(t->kind) && (!h->keyword || h->closed || t->first))
        *h = (heading){.keyword = t->kind, .word = t->text, .name = "", .begin = t->at.begin};
    else if (h->keyword && !h->named && (is_word(t->kind) || t->kind == '.'))
        h->name = arena_printf(p->arena, "%s%s", h->name, t->kind == '.' ? "." : t->text);
    else
        h->named = true;
}

static void follow(parse *p, token *t)
{
    t->depth = p->open;
    if (!p->open)
        follow_heading(p, t);
    if (t->kind == '{') {
        if (!p->open++)
            p->heading.brace = t->at;
    } else if (t->kind == '}' && p->open && !--p->open) {
        p->heading.closed = true; /* still asked for where the brace itself is wrong */
    }
}

static unsigned column(const parse *p, uint32_t offset)
{
    return source_position(p->tree->file, offset).column;
}

/* ---- a closing brace that is missing ---- */

static void tell_missing_brace(parse *p, const token *before)
{
    const heading *h = &p->heading;
    if (p->ended)
        return;
    p->ended = before->kind == YYEOF;
    if (p->ended)
        diag_error(p->diag, before->at, "the file ends too early: a '}' is missing");
    else
        diag_error(p->diag, before->at, "a '}' is missing before '%s'", before->text);
    if (h->keyword)
        diag_note(p->diag, h->brace, "this brace of %s '%s' is open", h->word, h->name);
    else
        diag_note(p->diag, h->brace, "this brace is open");
}

/* Whether a declaration begins at `t`, no further to the right than the one that is open. */
static bool stands_as_declaration(const parse *p, const token *t)
{
    return is_declaration(t->kind) && t->first &&
           (!p->open || (p->open == 1 && column(p, t->at.begin) <= column(p, p->heading.begin)));
}

/* What begins a declaration begins no field and no member. It can be the name of an enum's value, but no other word
 * follows such. */
static bool is_brace_missing(parse *p, const token *t, yyscan_t scanner)
{
    if (!p->open || (t->kind != YYEOF && !stands_as_declaration(p, t)))
        return false;
    const int before = p->token.kind;
    if (t->kind == YYEOF)
        return true;
    if (p->heading.keyword != K_ENUM)
        return before == ';' || before == '{' || before == '}' || before == RESUME;
    if (before != ',' && before != '{')
        return is_word(before) || before == INT;
    token next = take(p, scanner);
    keep(p, next);
    return is_word(next.kind) || next.kind == STRING;
}

/* ---- behind an error ---- */

bool scan_in_members(const parse *p)
{
    const int k = p->heading.keyword;
    return p->token.depth && (k == K_STRUCT || k == K_ERROR || k == K_EVENT || k == K_INTERFACE);
}

static bool begins_next(const parse *p, const token *t, bool members)
{
    if (members && p->open == 1 && t->first && p->heading.keyword == K_INTERFACE &&
        (t->kind == K_RPC || t->kind == K_EMITS || t->kind == K_ON || t->kind == K_HTTP || t->kind == K_LATER))
        return true;
    return stands_as_declaration(p, t);
}

/* Reads over what was not understood: to the end of the member or the declaration, or up to what begins another. */
static token resume(parse *p, yyscan_t scanner)
{
    const bool members = scan_in_members(p);
    const unsigned level = members ? 1 : 0;
    token t = p->token;
    const bool at_once = p->semicolon;
    p->resuming = p->semicolon = false;
    p->depth = 0;
    p->open = t.depth;
    for (bool is_wrong = true;; is_wrong = false) {
        bool ends = (t.kind == '}' && members && p->open == level) || begins_next(p, &t, members);
        if (t.kind == YYEOF || (!t.kept && (ends || (is_wrong && at_once)))) {
            t.kept = is_wrong;
            keep(p, t);
            break;
        }
        follow(p, &t);
        if (p->open == level && (t.kind == ';' || t.kind == '}'))
            break;
        t = take(p, scanner);
    }
    if (!members && p->open)
        tell_missing_brace(p, &t);
    p->open = level;
    return inserted(p, RESUME);
}

/* ---- what the parser gets ---- */

int scan(YYSTYPE *value, YYLTYPE *at, yyscan_t scanner)
{
    parse *p = yyget_extra(scanner);
    token t = p->resuming ? resume(p, scanner) : take(p, scanner);
    if (t.kind != RESUME && is_brace_missing(p, &t, scanner)) {
        tell_missing_brace(p, &t);
        keep(p, t);
        t = inserted(p, '}');
    }
    follow(p, &t);
    p->before = p->token.at.end;
    p->token = t;
    value->text = t.text;
    *at = t.at;
    return t.kind;
}
