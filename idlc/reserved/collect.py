#!/usr/bin/python3
"""Collects the names that C means something by: macros.txt and globals.txt, which are compiled into lymphc.

    make reserved

adds what the headers and libraries of this machine know and the lists do not. No name is ever taken out: what lymphc makes of a
.lymph file must be the same on all machines, also where another version of a library has a name less."""

import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

C_HEADERS = """assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic stdbool
    stddef stdint stdio stdlib stdnoreturn string threads time uchar wchar wctype""".split()
# tgmath.h is left out: its macros are the functions of math.h, and only with a '(' behind them.
POSIX_HEADERS = """aio arpa/inet cpio dirent dlfcn fcntl fmtmsg fnmatch ftw glob grp iconv langinfo libgen monetary mqueue net/if netdb
    netinet/in netinet/tcp nl_types poll pthread pwd regex sched search semaphore spawn strings sys/ipc sys/mman sys/msg sys/resource
    sys/select sys/sem sys/shm sys/socket sys/stat sys/statvfs sys/sysmacros sys/time sys/times sys/types sys/uio sys/un sys/utsname sys/wait syslog
    tar termios ulimit unistd utime utmpx wordexp""".split()
NOT_IN_CXX = {"stdatomic", "threads"}
# What programs are built with: the strict standard, X/Open's names, all that glibc has.
FEATURES = ["-std=c99", "-std=c99 -D_XOPEN_SOURCE=700", "-std=gnu11", "-std=gnu11 -D_GNU_SOURCE"]
CXX_FEATURES = ["-std=c++17", "-std=gnu++17", "-std=gnu++20"]

# Beside what liblymph.so is linked to: what its next parts will be, what programs link beside it, and the static library in it.
FURTHER_LIBRARIES = """libcurl.so.4 libevent-2.1.so.7 libevent_extra-2.1.so.7 libevent_openssl-2.1.so.7 libevent_pthreads-2.1.so.7
    liblmdb.so.0""".split()
STATIC_LIBRARIES = ["libboost_context.a"]

IDENTIFIER = re.compile(r"[A-Za-z]\w*")


def run(command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True, errors="replace", check=True)
    return done.stdout


def plain(names):
    """No .lymph file can make a name that begins with '_'."""
    return {n for n in names if IDENTIFIER.fullmatch(n)}


def include(headers):
    return "".join(f"#include <{h}.h>\n" for h in headers)


def macros(public_headers):
    """Of the headers of C, of POSIX and of lymph, for C and C++, in each compiler; and those that compilers define themselves."""
    found, headers = set(), C_HEADERS + POSIX_HEADERS
    inputs = [(c, "c", f, headers) for c in ("gcc", "clang") for f in FEATURES]
    inputs += [(c, "c++", f, [h for h in headers if h not in NOT_IN_CXX]) for c in ("g++", "clang++") for f in CXX_FEATURES]
    for compiler, language, features, names in inputs:
        text = include(names) + "#include <lymph/lymph.h>\n"
        output = run([compiler, "-x", language, *features.split(), "-I", public_headers, "-E", "-dM", "-"], text)
        found |= set(re.findall(r"^#define (\w+)", output, re.M))
    return {n for n in plain(found) if not n.startswith("LYMPH_")}


DECLARED = re.compile(r"""^[|`]-(?:Function|Typedef|Var)Decl\ .*?\ (\w+)\ '        # at file scope
                        | ^.*-(?:Record|Enum)Decl\ .*?\ (?:struct|union|col:\d+|line:\d+:\d+)\ (\w+)(?:\ definition)?$
                        | ^.*-EnumConstantDecl\ .*?\ (\w+)\ '""", re.X)


def declared():
    """Functions, types and variables of the same headers, whether or not a library has a symbol for them."""
    found = set()
    for features in FEATURES:
        command = ["clang", *features.split(), "-fsyntax-only", "-Xclang", "-ast-dump", "-fno-color-diagnostics", "-x", "c", "-"]
        for line in run(command, include(C_HEADERS + POSIX_HEADERS)).splitlines():
            match = DECLARED.match(line)
            if match:
                found.add(next(g for g in match.groups() if g))
    return plain(found)


def libraries(liblymph):
    """Paths of all that liblymph.so is linked to, directly and indirectly, and of what goes with it."""
    cache = dict(reversed(re.findall(r"^\t(\S+) .* => (\S+)$", run(["/sbin/ldconfig", "-p"]), re.M)))
    found = set(re.findall(r" => (/\S+)", run(["ldd", liblymph]))) | {cache[l] for l in FURTHER_LIBRARIES if l in cache}
    static = (run(["cc", f"-print-file-name={l}"]).strip() for l in STATIC_LIBRARIES)
    found = {f for f in found if not re.search(r"/lib(a|l|t|ub)san\.", f)}  # of the compiler, in sanitizer builds only
    return sorted(found) + [s for s in static if os.path.isabs(s)]


def exported(path):
    """What C can call or read in a library: a program's own symbol of that name would take its place."""
    symbols = run(["nm", "--defined-only", "--extern-only", *([] if path.endswith(".a") else ["-D"]), path])
    return plain(re.findall(r"^[0-9a-f]+ [A-Za-z] (\w+)", symbols, re.M))


def collect(public_headers, liblymph):
    """The two lists, by their names, as sets."""
    names = {"macros": macros(public_headers), "globals": declared()}
    for path in libraries(liblymph):
        names["globals"] |= exported(path)
    return names


def listed(name):
    with open(os.path.join(HERE, f"{name}.txt"), encoding="ascii") as f:
        return set(f.read().split())


def main():
    public_headers, liblymph = sys.argv[1:]
    for name, found in collect(public_headers, liblymph).items():
        path = os.path.join(HERE, f"{name}.txt")
        known = listed(name) if os.path.exists(path) else set()
        with open(path, "w", encoding="ascii") as f:
            f.write("".join(f"{n}\n" for n in sorted(known | found)))
        print(f"{path}: {len(known | found)} names, {len(found - known)} of them new")


if __name__ == "__main__":
    main()
