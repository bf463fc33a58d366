# lymph for C. `make` builds, `make demo` shows it working, `make check` runs every test; everything made lies in build/.
#
#   make            lymphc, lymph, liblymph.a, liblymph.so, lymph.pc
#   make deps       installs the Debian packages that building needs and that are missing (as root or with sudo)
#   make demo       installs what is missing, builds, runs the tutorial's three acts
#   make check      installs what is missing, builds, runs the whole test suite, also under sanitizers
#   make lint       clang-tidy and cppcheck on what has changed; `make check` has it among its tests
#   make bench-rpc  request/reply through the whole stack against raw libzmq
#   make bench-events  events through the embedded store and RabbitMQ, against rabbitmq-c alone
#   make install    to PREFIX (/usr/local), BINDIR, LIBDIR and INCLUDEDIR below it, honouring DESTDIR; `make uninstall`
#   make SANITIZE=1 the same into build/asan with ASan and UBSan
#   make V=1        shows the commands
#
# CC, CFLAGS, CPPFLAGS and LDFLAGS are the user's. The rules of a part are in NAME.mk in its folder.

CC ?= cc
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
ifdef SANITIZE
BUILD ?= build/asan
SAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
else
BUILD ?= build
endif

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wno-unused-parameter
ALL_CFLAGS = $(CPPFLAGS) -D_GNU_SOURCE -DTHREADED -std=gnu11 $(WARN) -fPIC -MMD -MP $(SAN) $(CFLAGS)
LINK = $(CC) $(SAN) $(LDFLAGS)
comma := ,

# The header is the one place where the version and the number of the ABI stand.
version_number = $(shell sed -n 's/^\#define $(1) *"\?\([0-9.]*\)"\?$$/\1/p' runtime/include/lymph/version.h)
VERSION := $(call version_number,LYMPH_VERSION)
ABI := $(call version_number,LYMPH_ABI)

# One short line for each file that is made.
ifdef V
say =
else
.SILENT:
say = @printf '  %-6s %s\n' '$(1)' '$(2)'
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all deps demo clean format format-check

include idlc/idlc.mk runtime/runtime.mk cli/cli.mk tests/tests.mk install.mk

all: $(BUILD)/bin/lymphc $(BUILD)/bin/lymph $(BUILD)/lib/liblymph.a $(BUILD)/lib/liblymph.so \
	$(BUILD)/lib/pkgconfig/lymph.pc

deps:
	@tests/deps.sh

demo: deps
	@$(MAKE) --no-print-directory -j2 all
	@BUILD=$(BUILD) tests/demo.sh

clean:
	rm -rf "$(BUILD)"

SOURCES = $(wildcard text/*.h idlc/*.[ch] runtime/*/*.[ch] runtime/include/lymph/*.h cli/*.[ch] tests/*/*.[ch] tests/bench/*/*.[ch])

format:
	clang-format -i $(SOURCES)

format-check:
	clang-format --dry-run -Werror $(SOURCES)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
