#include "reserved.h"

#include <stdlib.h>
#include <string.h>

/* Both tables are sorted by strcmp. */
static const char *const words[] = {
    "EOF", "INFINITY", "NAN", "NULL", "SIG_DFL", "SIG_ERR", "SIG_IGN", "alignas", "alignof", "and", "and_eq", "asm",
    "assert", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char", "char16_t", "char32_t", "char8_t",
    "class", "co_await", "co_return", "co_yield", "compl", "complex", "concept", "const", "const_cast", "consteval",
    "constexpr", "constinit", "continue", "contract_assert", "decltype", "default", "delete", "do", "double",
    "dynamic_cast", "else", "enum", "errno", "explicit", "export", "extern", "false", "final", "float", "for",
    "friend", "goto", "i386", "if", "import", "inline", "int", "linux", "long", "major", "makedev", "minor", "module",
    "mutable", "namespace", "new", "noexcept", "noreturn", "not", "not_eq", "nullptr", "offsetof", "operator", "or",
    "or_eq", "override", "private", "protected", "public", "register", "reinterpret_cast", "requires", "restrict",
    "return", "setjmp", "short", "signed", "sizeof", "static", "static_assert", "static_cast", "stderr", "stdin",
    "stdout", "struct", "switch", "template", "this", "thread_local", "throw", "true", "try", "typedef", "typeid",
    "typename", "typeof", "typeof_unqual", "union", "unix", "unsigned", "using", "va_arg", "va_copy", "va_end",
    "va_start", "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
};

static const char *const globals[] = {
    "abort", "abs", "accept", "access", "acos", "alarm", "asin", "atan", "atan2", "atexit", "atof", "atoi", "atol",
    "atoll", "basename", "bind", "bsearch", "calloc", "ceil", "chdir", "chmod", "chown", "clearerr", "clock", "close",
    "connect", "copysign", "cos", "cosh", "creat", "ctime", "daemon", "difftime", "dirname", "div", "div_t",
    "dprintf", "dup", "dup2", "environ", "erf", "exit", "exp", "exp2", "fabs", "fclose", "fcntl", "fdim", "fdopen",
    "feof", "ferror", "fflush", "fgetc", "fgetpos", "fgets", "fileno", "floor", "fma", "fmax", "fmin", "fmod",
    "fopen", "fork", "fprintf", "fputc", "fputs", "fread", "free", "freopen", "frexp", "fscanf", "fseek", "fsetpos",
    "fstat", "fsync", "ftell", "fwrite", "gamma", "getc", "getchar", "getcwd", "getenv", "getline", "getopt",
    "getpid", "getppid", "gets", "getuid", "gmtime", "hypot", "imaxabs", "imaxdiv", "index", "ioctl", "isalnum",
    "isalpha", "isatty", "iscntrl", "isdigit", "isgraph", "islower", "isprint", "ispunct", "isspace", "isupper",
    "isxdigit", "j0", "j1", "jmp_buf", "jn", "jrand48", "kill", "labs", "ldexp", "ldiv", "lgamma", "link", "listen",
    "llabs", "lldiv", "localeconv", "localtime", "log", "log10", "log1p", "log2", "logb", "longjmp", "lseek", "lstat",
    "main", "malloc", "memchr", "memcmp", "memcpy", "memmove", "memset", "mkdir", "mknod", "mktime", "mmap", "modf",
    "mprotect", "munmap", "nan", "nice", "off_t", "open", "optarg", "opterr", "optind", "optopt", "pause", "perror",
    "pid_t", "pipe", "poll", "pow", "printf", "ptrdiff_t", "putc", "putchar", "putenv", "puts", "qsort", "raise",
    "rand", "random", "read", "readlink", "realloc", "recv", "remainder", "remove", "rename", "rewind", "rindex",
    "rint", "rmdir", "round", "sbrk", "scanf", "select", "send", "setbuf", "setenv", "setjmp", "setlocale", "setvbuf",
    "shutdown", "signal", "sin", "sinh", "size_t", "sleep", "snprintf", "socket", "sprintf", "sqrt", "srand",
    "srandom", "sscanf", "ssize_t", "stat", "stime", "strcat", "strchr", "strcmp", "strcoll", "strcpy", "strcspn",
    "strdup", "strerror", "strftime", "strlen", "strncat", "strncmp", "strncpy", "strndup", "strpbrk", "strrchr",
    "strsep", "strspn", "strstr", "strtod", "strtof", "strtok", "strtol", "strtold", "strtoll", "strtoul", "strtoull",
    "strxfrm", "symlink", "sync", "syscall", "system", "tan", "tanh", "tgamma", "time", "time_t", "times", "tmpfile",
    "tmpnam", "tolower", "toupper", "trunc", "truncate", "ttyname", "tzset", "uid_t", "umask", "uname", "ungetc",
    "unlink", "unsetenv", "usleep", "utime", "va_list", "vfork", "vfprintf", "vfscanf", "vprintf", "vscanf",
    "vsnprintf", "vsprintf", "vsscanf", "wait", "wcscpy", "wcslen", "wctomb", "write", "y0", "y1", "yn",
};

static int by_text(const void *key, const void *word)
{
    return strcmp(key, *(const char *const *)word);
}

bool reserved_word(const char *name)
{
    return bsearch(name, words, sizeof words / sizeof *words, sizeof *words, by_text) != NULL;
}

bool reserved_global(const char *name)
{
    return reserved_word(name) || bsearch(name, globals, sizeof globals / sizeof *globals, sizeof *globals, by_text) != NULL;
}
