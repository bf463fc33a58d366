%{
/* parser.y: tokens to tree. */
#include <ctype.h>
#include "parse.h"
#include "parser.h"
#include "lexer.h"
#include "scan.h"
%}

%code requires {
#include "parse.h"
#define YYLTYPE span
#define YYLTYPE_IS_DECLARED 1
typedef void *yyscan_t;
}

%code {
#define YYLLOC_DEFAULT(current, rhs, n)                                                               \
    (current) = (n) ? (span){YYRHSLOC(rhs, 1).file, YYRHSLOC(rhs, 1).begin, YYRHSLOC(rhs, n).end}     \
                    : (span){YYRHSLOC(rhs, 0).file, YYRHSLOC(rhs, 0).end, YYRHSLOC(rhs, 0).end}
#define NEW(pointer) ((pointer) = arena_alloc(p->arena, sizeof *(pointer)))
#define ADD(l, item) list_add(p->arena, &(l), (item))

#define DOC_AT(place) ast_take_doc(p->arena, p->tree, (place).begin)

#define yylex scan
static void yyerror(const YYLTYPE *at, yyscan_t scanner, parse *p, const char *text);
static ast_literal *literal(parse *p, literal_kind kind, const char *text, span at);
static ast_type *type(parse *p, const char *name, span name_at, span at, list args);
static void mark(parse *p, ast_type *type, bool optional, span at);
}

%define api.pure full
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param { yyscan_t scanner }
%parse-param { parse *p }

%union {
    char *text;
    ast_name name;
    ast_type *type;
    ast_literal *literal;
    ast_option *option;
    ast_field *field;
    ast_value *value;
    ast_member *member;
    ast_decl *decl;
    list list;
    bool flag;
}

%token <text> IDENT "a name" STRING "a text" INT "an integer" FLOAT "a number" VERSION "a version" DURATION "a duration"
%token <text> K_IMPORT "'import'" K_NAMESPACE "'namespace'" K_CONST "'const'" K_ENUM "'enum'" K_STRUCT "'struct'" K_ERROR "'error'"
%token <text> K_EVENT "'event'" K_INTERFACE "'interface'" K_RPC "'rpc'" K_EMITS "'emits'" K_ON "'on'" K_HTTP "'http'" K_RAISES "'raises'" K_AS "'as'"
%token <text> K_VOID "'void'" K_TRUE "'true'" K_FALSE "'false'" K_LATER "'task'"
%token DOTDOT "'..'"
%token RESUME /* behind what was not understood */
%token YYEOF 0 "the end of the file"

%type <text> word keyword
%type <name> name type_name dotted version verb
%type <type> type result
%type <literal> literal preset number
%type <option> option
%type <field> field param http_param
%type <value> value
%type <member> member rpc http
%type <decl> decl
%type <list> types fields params param_list http_params http_list values members options option_list raises names
%type <flag> mark by_number

%%

file
    : %empty
    | file decl                 { if ($2) ADD(p->tree->decls, $2); }
    ;

decl
    : K_IMPORT STRING ';'   { NEW($$); *$$ = (ast_decl){.kind = DECL_IMPORT, .doc = DOC_AT(@1), .name = {$2, @2}, .at = @$}; }
    | K_NAMESPACE name ';'  { NEW($$); *$$ = (ast_decl){.kind = DECL_NAMESPACE, .doc = DOC_AT(@1), .name = $2, .at = @$}; }
    | K_CONST type name '=' literal ';'
                                { NEW($$); *$$ = (ast_decl){.kind = DECL_CONST, .doc = DOC_AT(@1), .type = $2, .name = $3, .literal = $5, .at = @$}; }
    | K_ENUM type_name by_number '{' values '}'
                                { NEW($$); *$$ = (ast_decl){.kind = DECL_ENUM, .doc = DOC_AT(@1), .name = $2, .by_number = $3, .items = $5, .at = @$}; }
    | K_STRUCT type_name '{' fields '}'
                                { NEW($$); *$$ = (ast_decl){.kind = DECL_STRUCT, .doc = DOC_AT(@1), .name = $2, .items = $4, .at = @$}; }
    | K_ERROR name options '{' fields '}'
                                { NEW($$); *$$ = (ast_decl){.kind = DECL_ERROR, .doc = DOC_AT(@1), .name = $2, .options = $3, .items = $5, .at = @$}; }
    | K_EVENT dotted '{' fields '}'
                                { NEW($$); *$$ = (ast_decl){.kind = DECL_EVENT, .doc = DOC_AT(@1), .name = $2, .items = $4, .at = @$}; }
    | K_INTERFACE name version options '{' members '}'
                                { NEW($$); *$$ = (ast_decl){.kind = DECL_INTERFACE, .doc = DOC_AT(@1), .name = $2, .version = $3, .options = $4, .items = $6, .at = @$}; }
    | error RESUME              { $$ = NULL; yyerrok; }
    ;

version
    : %empty                    { $$ = (ast_name){0}; }
    | '@' VERSION               { $$ = (ast_name){$2, @2}; }
    | '@' FLOAT                 { $$ = (ast_name){$2, @2}; }
    | '@' INT                   { $$ = (ast_name){$2, @2}; }
    ;

by_number
    : %empty                    { $$ = false; }
    | ':' IDENT                 { $$ = true; if (strcmp($2, "int") != 0) diag_error(p->diag, @2, "an enum is sent by name, or as 'int', not as '%s'", $2); }
    ;

values
    : %empty                    { $$ = (list){0}; }
    | value                     { $$ = (list){0}; ADD($$, $1); }
    | values ',' value          { $$ = $1; ADD($$, $3); }
    | values ','                { $$ = $1; }
    ;

value
    : name number           { NEW($$); *$$ = (ast_value){.doc = DOC_AT(@1), .name = $1, .number = $2, .at = @$}; }
    ;

number
    : %empty                    { $$ = NULL; }
    | '=' INT                   { $$ = literal(p, LITERAL_INT, $2, @2); }
    ;

fields
    : %empty                    { $$ = (list){0}; }
    | fields field              { $$ = $1; if ($2) ADD($$, $2); }
    ;

field
    : type name mark preset options ';'
                                { NEW($$); mark(p, $1, $3, @3); *$$ = (ast_field){.doc = DOC_AT(@1), .type = $1, .name = $2, .preset = $4, .options = $5, .at = @$}; }
    | error RESUME              { $$ = NULL; yyerrok; }
    ;

mark
    : %empty                    { $$ = false; }
    | '?'                       { $$ = true; }
    ;

preset
    : %empty                    { $$ = NULL; }
    | '=' literal               { $$ = $2; }
    | '=' '[' ']'               { $$ = literal(p, LITERAL_EMPTY, "[]", (span){@2.file, @2.begin, @3.end}); }
    | '=' '{' '}'               { $$ = literal(p, LITERAL_EMPTY, "{}", (span){@2.file, @2.begin, @3.end}); }
    ;

members
    : %empty                    { $$ = (list){0}; }
    | members member            { $$ = $1; if ($2) ADD($$, $2); }
    ;

member
    : rpc                       { $$ = $1; $$->doc = DOC_AT(@1); }
    | http                      { $$ = $1; $$->doc = DOC_AT(@1); }
    | K_EMITS dotted ';'    { NEW($$); *$$ = (ast_member){.kind = MEMBER_EMITS, .doc = DOC_AT(@1), .name = $2, .at = @$}; }
    | K_ON dotted options ';'
                                { NEW($$); *$$ = (ast_member){.kind = MEMBER_ON, .doc = DOC_AT(@1), .name = $2, .options = $3, .at = @$}; }
    | K_ON dotted K_AS name options ';'
                                { NEW($$); *$$ = (ast_member){.kind = MEMBER_ON, .doc = DOC_AT(@1), .name = $2, .alias = $4, .options = $5, .at = @$}; }
    | K_ON STRING K_AS name options ';'
                                { NEW($$); *$$ = (ast_member){.kind = MEMBER_ON, .doc = DOC_AT(@1), .name = {$2, @2}, .pattern = true, .alias = $4, .options = $5, .at = @$}; }
    | K_LATER any ';'       { NEW($$); *$$ = (ast_member){.kind = MEMBER_UNSUPPORTED, .doc = DOC_AT(@1), .name = {$1, @1}, .at = @$}; }
    | K_LATER any '{' block '}'
                                { NEW($$); *$$ = (ast_member){.kind = MEMBER_UNSUPPORTED, .doc = DOC_AT(@1), .name = {$1, @1}, .at = @$}; }
    | error RESUME              { $$ = NULL; yyerrok; }
    ;

/* What stands in a member that is not supported yet is read over. */
any
    : %empty
    | any anything
    ;

anything
    : word | STRING | INT | FLOAT | VERSION | DURATION | DOTDOT
    | '(' | ')' | '<' | '>' | '[' | ']' | ',' | ':' | '.' | '=' | '?' | '@' | '*'
    ;

block
    : %empty
    | block anything
    | block ';'
    | block '{' block '}'
    ;

rpc
    : K_RPC result name '(' params ')' raises options ';'
                                { NEW($$); *$$ = (ast_member){.kind = MEMBER_RPC, .result = $2, .name = $3, .params = $5, .raises = $7, .options = $8, .at = @$}; }
    ;

http
    : K_HTTP verb STRING result name '(' http_params ')' raises options ';'
                                { NEW($$); *$$ = (ast_member){.kind = MEMBER_HTTP, .verb = $2, .path = {$3, @3}, .result = $4, .name = $5, .params = $7, .raises = $9, .options = $10, .at = @$}; }
    | K_HTTP verb STRING name options ';'
                                { NEW($$); *$$ = (ast_member){.kind = MEMBER_HTTP, .verb = $2, .path = {$3, @3}, .name = $4, .bare = true, .options = $5, .at = @$}; }
    ;

verb
    : name                      { $$ = $1; }
    | '*'                       { $$ = (ast_name){"*", @1}; }
    ;

http_params
    : %empty                    { $$ = (list){0}; }
    | http_list                 { $$ = $1; }
    ;

http_list
    : http_param                { $$ = (list){0}; ADD($$, $1); }
    | http_list ',' http_param  { $$ = $1; ADD($$, $3); }
    ;

http_param
    : name param                { $$ = $2; $$->source = $1; $$->at = @$; }
    ;

result
    : K_VOID                    { $$ = NULL; }
    | type                      { $$ = $1; }
    ;

params
    : %empty                    { $$ = (list){0}; }
    | param_list                { $$ = $1; }
    ;

param_list
    : param                     { $$ = (list){0}; ADD($$, $1); }
    | param_list ',' param      { $$ = $1; ADD($$, $3); }
    ;

param
    : type name mark preset options
                                { NEW($$); mark(p, $1, $3, @3); *$$ = (ast_field){.doc = "", .type = $1, .name = $2, .preset = $4, .options = $5, .at = @$}; }
    ;

raises
    : %empty                    { $$ = (list){0}; }
    | K_RAISES '(' names ')'    { $$ = $3; }
    ;

names
    : name                      { ast_name *n; NEW(n); *n = $1; $$ = (list){0}; ADD($$, n); }
    | names ',' name            { ast_name *n; NEW(n); *n = $3; $$ = $1; ADD($$, n); }
    ;

options
    : %empty                    { $$ = (list){0}; }
    | '[' option_list ']'       { $$ = $2; }
    ;

option_list
    : option                    { $$ = (list){0}; ADD($$, $1); }
    | option_list ',' option    { $$ = $1; ADD($$, $3); }
    ;

option
    : name                      { NEW($$); *$$ = (ast_option){.name = $1}; }
    | name '=' literal          { NEW($$); *$$ = (ast_option){.name = $1, .value = $3}; }
    | name '=' literal DOTDOT literal
                                { NEW($$); *$$ = (ast_option){.name = $1, .value = $3, .upper = $5}; }
    ;

type
    : IDENT mark                { $$ = type(p, $1, @1, @$, (list){0}); $$->optional = $2; }
    | IDENT '<'                 { if (++p->depth > PARSE_TYPE_DEPTH_MAX) {
                                      diag_error(p->diag, @1, "types are nested deeper than %d levels", PARSE_TYPE_DEPTH_MAX);
                                      p->tree->broken = true;
                                      YYABORT;
                                  } }
      types '>' mark            { p->depth--; $$ = type(p, $1, @1, @$, $4); $$->optional = $6; }
    ;

types
    : type                      { $$ = (list){0}; ADD($$, $1); }
    | types ',' type            { $$ = $1; ADD($$, $3); }
    ;

literal
    : STRING                    { $$ = literal(p, LITERAL_STRING, $1, @1); }
    | INT                       { $$ = literal(p, LITERAL_INT, $1, @1); }
    | FLOAT                     { $$ = literal(p, LITERAL_FLOAT, $1, @1); }
    | DURATION                  { $$ = literal(p, LITERAL_DURATION, $1, @1); }
    | K_TRUE                    { $$ = literal(p, LITERAL_BOOL, $1, @1); }
    | K_FALSE                   { $$ = literal(p, LITERAL_BOOL, $1, @1); }
    | IDENT                     { $$ = literal(p, LITERAL_NAME, $1, @1); }
    | keyword                   { $$ = literal(p, LITERAL_NAME, $1, @1); }
    ;

dotted
    : name                      { $$ = $1; }
    | dotted '.' name           { $$ = (ast_name){arena_printf(p->arena, "%s.%s", $1.text, $3.text), @$}; }
    ;

name
    : word                      { $$ = (ast_name){$1, @1}; }
    ;

/* Every word can be a name: of a field, a parameter, a method. Only a type must be told from what begins a member. */
word
    : IDENT | keyword | K_VOID | K_TRUE | K_FALSE
    ;

keyword
    : K_IMPORT | K_NAMESPACE | K_CONST | K_ENUM | K_STRUCT | K_ERROR | K_EVENT | K_INTERFACE | K_RPC | K_EMITS | K_ON | K_HTTP | K_RAISES | K_AS | K_LATER
    ;

type_name
    : IDENT                     { $$ = (ast_name){$1, @1}; }
    | keyword                   { $$ = (ast_name){$1, @1}; diag_error(p->diag, @1, "'%s' is a word of the language: no type can be called so", $1); }
    ;

%%

static ast_literal *literal(parse *p, literal_kind kind, const char *text, span at)
{
    ast_literal *l;
    NEW(l);
    *l = (ast_literal){kind, text, at};
    return l;
}

static ast_type *type(parse *p, const char *name, span name_at, span at, list args)
{
    ast_type *t;
    NEW(t);
    *t = (ast_type){.name = {name, name_at}, .args = args, .at = at};
    return t;
}

/* The '?' behind a name means the same as one behind its type. */
static void mark(parse *p, ast_type *type, bool optional, span at)
{
    if (type->optional && optional)
        diag_error(p->diag, at, "a '?' stands behind the type or behind the name, not behind both");
    type->optional |= optional;
}

static void yyerror(const YYLTYPE *at, yyscan_t scanner, parse *p, const char *text)
{
    (void)scanner;
    (void)text; /* syntax errors are reported below, so this one is "memory exhausted" */
    p->tree->broken = true;
    diag_error(p->diag, *at, "this is nested too deep");
}

/* ---- what is wrong where the grammar does not fit ---- */

typedef struct expectation {
    yysymbol_kind_t symbols[YYNTOKENS];
    int count;
} expectation;

static bool expects(const expectation *e, yysymbol_kind_t symbol)
{
    for (int i = 0; i < e->count; i++)
        if (e->symbols[i] == symbol)
            return true;
    return false;
}

static bool expects_sign(const expectation *e, const char *sign)
{
    for (int i = 0; i < e->count; i++)
        if (strcmp(yysymbol_name(e->symbols[i]), sign) == 0)
            return true;
    return false;
}

static bool begins_declaration(const expectation *e)
{
    return expects(e, YYSYMBOL_K_INTERFACE) && !expects(e, YYSYMBOL_IDENT);
}

/* Where a declaration or a member begins: the word may be misspelt. */
static bool report_word(parse *p, const expectation *e, span at, const char *word)
{
    static const char *const declarations[] = {"import", "namespace", "const", "enum", "struct", "error", "event", "interface"};
    static const char *const members[] = {"rpc", "emits", "on", "http"};
    bool declaration = begins_declaration(e);
    bool member = expects(e, YYSYMBOL_K_RPC) && !expects(e, YYSYMBOL_IDENT);
    if (!declaration && !member)
        return false;
    diag_error(p->diag, at, declaration ? "'%s' begins no declaration" : "'%s' begins no member of an interface", word);
    if (declaration && strcmp(word, "message") == 0)
        diag_hint(p->diag, "a record is a struct: struct X { ... }");
    else if (declaration && strcmp(word, "service") == 0)
        diag_hint(p->diag, "a service is an interface: interface X { ... }");
    else if (declaration)
        diag_suggest(p->diag, word, declarations, sizeof declarations / sizeof *declarations);
    else
        diag_suggest(p->diag, word, members, sizeof members / sizeof *members);
    return true;
}

/* At most four expectations are named: more tell nothing. Where every word can be a name, the keywords are not listed. */
static const char *expectation_text(parse *p, const expectation *e)
{
    bool any_word = expects(e, YYSYMBOL_K_IMPORT) && expects(e, YYSYMBOL_K_RPC);
    const char *names[4];
    size_t count = 0;
    for (int i = 0; i < e->count; i++) {
        yysymbol_kind_t symbol = e->symbols[i];
        if (any_word && symbol >= YYSYMBOL_K_IMPORT && symbol <= YYSYMBOL_K_LATER)
            continue;
        if (count == 4)
            return "";
        names[count++] = yysymbol_name(symbol);
    }
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = arena_printf(p->arena, "%s%s%s", text, !i ? "; expected: " : i + 1 == count ? " or " : ", ", names[i]);
    return text;
}

/* The word that ends before `end`, which becomes where it begins; "" if there is none. */
static const char *word_before(parse *p, const source *file, size_t *end)
{
    size_t last = *end, begin;
    while (last && strchr(" \t\n", file->text[last - 1]))
        last--;
    for (begin = last; begin && (isalnum((unsigned char)file->text[begin - 1]) || file->text[begin - 1] == '_');)
        begin--;
    *end = begin;
    return arena_strndup(p->arena, file->text + begin, last - begin);
}

/* What other languages write before the type of a field. */
static void hint_at_word(parse *p, const char *before, const char *type, const char *word)
{
    const char *all = *word == '<' ? "<...>" : "";
    if (strcmp(before, "optional") == 0)
        diag_hint(p->diag, "what may be absent has a '?' behind it: %s%s %s?", type, all, *all ? "x" : word);
    else if (strcmp(before, "repeated") == 0)
        diag_hint(p->diag, "a list is written list<%s%s>", type, all);
    else if (strcmp(before, "required") == 0)
        diag_hint(p->diag, "what has neither a '?' nor a default is required");
}

/* What other languages write. */
static void hint_at_habit(parse *p, const expectation *e, yysymbol_kind_t got, span at, const char *word)
{
    size_t begin = at.begin;
    const char *type = word_before(p, at.file, &begin);
    if (*word == ';' && p->before && at.file->text[p->before - 1] == '}')
        diag_hint(p->diag, "no ';' stands behind a '}'");
    else if (*word == '[' && *type && expects(e, YYSYMBOL_IDENT))
        diag_hint(p->diag, "a list is written list<%s>", type);
    else if (*type && (isalpha((unsigned char)*word) || *word == '<'))
        hint_at_word(p, word_before(p, at.file, &begin), type, word);
    else if (got >= YYSYMBOL_K_IMPORT && got <= YYSYMBOL_K_INTERFACE && expects_sign(e, "'}'"))
        diag_hint(p->diag, "no declaration stands within another");
}

static int yyreport_syntax_error(const yypcontext_t *context, yyscan_t scanner, parse *p)
{
    (void)scanner;
    span at = *yypcontext_location(context);
    p->resuming = true;
    expectation e;
    e.count = yypcontext_expected_tokens(context, e.symbols, YYNTOKENS);
    yysymbol_kind_t got = yypcontext_token(context);
    const char *word = arena_strndup(p->arena, at.file->text + at.begin, at.end - at.begin);
    bool is_stray = begins_declaration(&e) && (*word == ';' || *word == '}');
    p->tree->broken |= !scan_in_members(p) && !is_stray; /* else no declaration is lost */
    bool ends = p->token.kind == '}' || source_line(at.file, at.begin) != source_line(at.file, p->before);
    if (expects_sign(&e, "';'") && ends) {
        p->semicolon = true;
        diag_error(p->diag, (span){at.file, p->before, p->before}, "a ';' is missing here");
    } else if (p->token.inserted) {
        ; /* of what is missing was told */
    } else if (got == YYSYMBOL_YYEOF) {
        diag_error(p->diag, at, "the file ends too early%s", expectation_text(p, &e));
    } else if (got == YYSYMBOL_K_VOID && expects(&e, YYSYMBOL_IDENT)) {
        diag_error(p->diag, at, "'void' stands only for the result of a handler that has none");
    } else if (got != YYSYMBOL_IDENT || !report_word(p, &e, at, word)) {
        diag_error(p->diag, at, "'%s' is not expected here%s", word, expectation_text(p, &e));
        hint_at_habit(p, &e, got, at, word);
    }
    return 0;
}

/* Documentation that no node has taken. */
static void warn_of_lost_docs(const ast *tree, diag *d)
{
    for (size_t i = 0; i < tree->comments.count; i++) {
        const ast_comment *c = tree->comments.items[i];
        if (c->doc && !c->taken)
            diag_warning(d, c->at, "this documents nothing: documentation stands before a declaration or one of its members");
    }
}

ast *parse_file(arena *a, const source *file, diag *d)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF"; /* some editors write one */
    ast *tree = arena_alloc(a, sizeof *tree);
    parse p = {.arena = a, .diag = d, .tree = tree};
    yyscan_t scanner;
    unsigned errors = d->errors;
    tree->file = file;
    if (yylex_init_extra(&p, &scanner)) {
        diag_error(d, (span){0}, "out of memory");
        return tree;
    }
    p.offset = strncmp(file->text, byte_order_mark, 3) == 0 ? 3 : 0;
    YY_BUFFER_STATE text = yy_scan_bytes(file->text + p.offset, (int)(file->size - p.offset), scanner);
    yyparse(scanner, &p);
    yy_delete_buffer(text, scanner);
    yylex_destroy(scanner);
    if (d->errors == errors)
        warn_of_lost_docs(tree, d);
    return tree;
}
