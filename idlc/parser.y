%{
/* parser.y: tokens to tree. */
#include "parse.h"
#include "parser.h"
#include "lexer.h"
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

static void yyerror(const YYLTYPE *at, yyscan_t scanner, parse *p, const char *text);
static ast_literal *literal(parse *p, literal_kind kind, const char *text, span at);
static ast_type *type(parse *p, const char *name, span name_at, span at, list args);
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

%token <text> IDENT "a name" STRING "a text" INT "an integer" FLOAT "a number" VERSION "a version" DURATION "a duration" DOC "documentation"
%token <text> K_IMPORT "'import'" K_NAMESPACE "'namespace'" K_CONST "'const'" K_ENUM "'enum'" K_STRUCT "'struct'" K_ERROR "'error'"
%token <text> K_EVENT "'event'" K_INTERFACE "'interface'" K_RPC "'rpc'" K_EMITS "'emits'" K_ON "'on'" K_RAISES "'raises'" K_AS "'as'"
%token <text> K_VOID "'void'" K_TRUE "'true'" K_FALSE "'false'" K_LATER "'task'"
%token DOTDOT "'..'"
%token YYEOF 0 "the end of the file"

%type <text> doc word
%type <name> name dotted version
%type <type> type result
%type <literal> literal preset number
%type <option> option
%type <field> field param
%type <value> value
%type <member> member rpc
%type <decl> decl
%type <list> types fields params param_list values members options option_list raises names
%type <flag> mark by_number

%%

file
    : %empty
    | file decl                 { if ($2) ADD(p->tree->decls, $2); }
    ;

doc
    : %empty                    { $$ = ""; }
    | DOC                       { $$ = $1; }
    ;

decl
    : doc K_IMPORT STRING ';'   { NEW($$); *$$ = (ast_decl){.kind = DECL_IMPORT, .name = {$3, @3}, .at = @$}; }
    | doc K_NAMESPACE name ';'  { NEW($$); *$$ = (ast_decl){.kind = DECL_NAMESPACE, .name = $3, .at = @$}; }
    | doc K_CONST type name '=' literal ';'
                                { NEW($$); *$$ = (ast_decl){.kind = DECL_CONST, .doc = $1, .type = $3, .name = $4, .literal = $6, .at = @$}; }
    | doc K_ENUM name by_number '{' values '}'
                                { NEW($$); *$$ = (ast_decl){.kind = DECL_ENUM, .doc = $1, .name = $3, .by_number = $4, .items = $6, .at = @$}; }
    | doc K_STRUCT name '{' fields '}'
                                { NEW($$); *$$ = (ast_decl){.kind = DECL_STRUCT, .doc = $1, .name = $3, .items = $5, .at = @$}; }
    | doc K_ERROR name '{' fields '}'
                                { NEW($$); *$$ = (ast_decl){.kind = DECL_ERROR, .doc = $1, .name = $3, .items = $5, .at = @$}; }
    | doc K_EVENT dotted '{' fields '}'
                                { NEW($$); *$$ = (ast_decl){.kind = DECL_EVENT, .doc = $1, .name = $3, .items = $5, .at = @$}; }
    | doc K_INTERFACE name version options '{' members '}'
                                { NEW($$); *$$ = (ast_decl){.kind = DECL_INTERFACE, .doc = $1, .name = $3, .version = $4, .options = $5, .items = $7, .at = @$}; }
    | error ';'                 { $$ = NULL; }
    | error '}'                 { $$ = NULL; }
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
    : doc name number           { NEW($$); *$$ = (ast_value){.doc = $1, .name = $2, .number = $3, .at = @$}; }
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
    : doc type name mark preset options ';'
                                { NEW($$); $2->optional |= $4; *$$ = (ast_field){.doc = $1, .type = $2, .name = $3, .preset = $5, .options = $6, .at = @$}; }
    | error ';'                 { $$ = NULL; }
    ;

mark
    : %empty                    { $$ = false; }
    | '?'                       { $$ = true; }
    ;

preset
    : %empty                    { $$ = NULL; }
    | '=' literal               { $$ = $2; }
    ;

members
    : %empty                    { $$ = (list){0}; }
    | members member            { $$ = $1; if ($2) ADD($$, $2); }
    ;

member
    : doc rpc                   { $$ = $2; $$->doc = $1; }
    | doc K_EMITS dotted ';'    { NEW($$); *$$ = (ast_member){.kind = MEMBER_EMITS, .doc = $1, .name = $3, .at = @$}; }
    | doc K_ON dotted options ';'
                                { NEW($$); *$$ = (ast_member){.kind = MEMBER_ON, .doc = $1, .name = $3, .options = $4, .at = @$}; }
    | doc K_ON dotted K_AS name options ';'
                                { NEW($$); *$$ = (ast_member){.kind = MEMBER_ON, .doc = $1, .name = $3, .alias = $5, .options = $6, .at = @$}; }
    | doc K_ON STRING K_AS name options ';'
                                { NEW($$); *$$ = (ast_member){.kind = MEMBER_ON, .doc = $1, .name = {$3, @3}, .pattern = true, .alias = $5, .options = $6, .at = @$}; }
    | doc K_LATER any ';'       { NEW($$); *$$ = (ast_member){.kind = MEMBER_UNSUPPORTED, .name = {$2, @2}, .at = @$}; }
    | doc K_LATER any '{' block '}'
                                { NEW($$); *$$ = (ast_member){.kind = MEMBER_UNSUPPORTED, .name = {$2, @2}, .at = @$}; }
    | error ';'                 { $$ = NULL; }
    ;

/* What stands in a member that is not supported yet is read over. */
any
    : %empty
    | any anything
    ;

anything
    : IDENT | STRING | INT | FLOAT | VERSION | DURATION | DOTDOT | K_IMPORT | K_NAMESPACE | K_CONST | K_ENUM | K_STRUCT | K_ERROR | K_EVENT
    | K_INTERFACE | K_RPC | K_EMITS | K_ON | K_RAISES | K_AS | K_VOID | K_TRUE | K_FALSE | K_LATER
    | '(' | ')' | '<' | '>' | '[' | ']' | ',' | ':' | '.' | '=' | '?' | '@' | '*'
    ;

block
    : %empty
    | block anything
    | block DOC
    | block ';'
    | block '{' block '}'
    ;

rpc
    : K_RPC result name '(' params ')' raises options ';'
                                { NEW($$); *$$ = (ast_member){.kind = MEMBER_RPC, .result = $2, .name = $3, .params = $5, .raises = $7, .options = $8, .at = @$}; }
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
    : doc type name mark preset options
                                { NEW($$); $2->optional |= $4; *$$ = (ast_field){.doc = $1, .type = $2, .name = $3, .preset = $5, .options = $6, .at = @$}; }
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
    ;

dotted
    : name                      { $$ = $1; }
    | dotted '.' name           { $$ = (ast_name){arena_printf(p->arena, "%s.%s", $1.text, $3.text), @$}; }
    ;

name
    : word                      { $$ = (ast_name){$1, @1}; }
    ;

/* Every word can be a name: of a field, a parameter, a method. */
word
    : IDENT | K_IMPORT | K_NAMESPACE | K_CONST | K_ENUM | K_STRUCT | K_ERROR | K_EVENT | K_INTERFACE | K_RPC | K_EMITS | K_ON | K_RAISES | K_AS
    | K_VOID | K_TRUE | K_FALSE | K_LATER
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

static void yyerror(const YYLTYPE *at, yyscan_t scanner, parse *p, const char *text)
{
    (void)scanner;
    diag_error(p->diag, *at, "%s", text);
}

/* "unexpected X; Y or Z is expected": at most four expectations, else they tell nothing. */
static int yyreport_syntax_error(const yypcontext_t *context, yyscan_t scanner, parse *p)
{
    (void)scanner;
    enum { MAX = 4 };
    yysymbol_kind_t expected[MAX];
    int count = yypcontext_expected_tokens(context, expected, MAX);
    yysymbol_kind_t got = yypcontext_token(context);
    char text[256];
    int n = snprintf(text, sizeof text, "%s is not expected here", got == YYSYMBOL_YYEMPTY ? "this" : yysymbol_name(got));
    for (int i = 0; i < count && n > 0 && (size_t)n < sizeof text; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s%s", i == 0 ? "; expected: " : i == count - 1 ? " or " : ", ", yysymbol_name(expected[i]));
    diag_error(p->diag, *yypcontext_location(context), "%s", text);
    return 0;
}

ast *parse_file(arena *a, source *file, diag *d)
{
    ast *tree = arena_alloc(a, sizeof *tree);
    parse p = {.arena = a, .diag = d, .tree = tree};
    yyscan_t scanner;
    tree->file = file;
    if (yylex_init_extra(&p, &scanner)) {
        diag_error(d, (span){0}, "out of memory");
        return tree;
    }
    YY_BUFFER_STATE text = yy_scan_bytes(file->text, (int)file->size, scanner);
    if (yyparse(scanner, &p) == 2)
        diag_error(d, (span){0}, "'%s' is nested too deep", file->path);
    yy_delete_buffer(text, scanner);
    yylex_destroy(scanner);
    return tree;
}
