# lymph for C. `make` builds, `make demo` shows it working, `make check` runs every test; everything made lies in build/.
#
#   make            lymphc, lymph, liblymph.a, liblymph.so, lymph.pc
#   make demo       installs what is missing, builds, runs the tutorial's first two acts
#   make check      installs what is missing, builds, runs the whole test suite, also under sanitizers
#   make bench-rpc  request/reply through the whole stack against raw libzmq
#   make install    to PREFIX (default /usr/local), honouring DESTDIR
#   make SANITIZE=1 the same into build/asan with ASan and UBSan

VERSION := 0.1.0
comma := ,
PREFIX ?= /usr/local
CC ?= cc
OPT ?= -O2
ifdef SANITIZE
BUILD ?= build/asan
SAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
else
BUILD ?= build
endif

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wno-unused-parameter
CFLAGS ?= $(OPT) -g
ALL_CFLAGS := -std=gnu11 $(WARN) $(CFLAGS) $(SAN) -fPIC -MMD -MP -D_GNU_SOURCE -DTHREADED -DLYMPH_VERSION='"$(VERSION)"'

RUNTIME_LIBS := -lzmq -levent_core -lzookeeper_mt -lrabbitmq -lyaml -lsqlite3 \
	-lcrypto -l:libboost_context.a -ldl -lpthread -lm

# One short line for each file that is made; V=1 shows the commands.
ifdef V
say =
else
.SILENT:
say = @printf '  %-6s %s\n' '$(1)' '$(2)'
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all deps demo check check-unit bench-rpc install clean format format-check

all: $(BUILD)/bin/lymphc $(BUILD)/bin/lymph $(BUILD)/lib/liblymph.a $(BUILD)/lib/liblymph.so \
	$(BUILD)/lib/pkgconfig/lymph.pc

# ---- lymphc: the compiler -------------------------------------------------------------------------------------------

IDLC_SRC := $(filter-out idlc/main.c,$(wildcard idlc/*.c))
IDLC_OBJ := $(IDLC_SRC:idlc/%.c=$(BUILD)/idlc/%.o) $(BUILD)/idlc/lexer.o $(BUILD)/idlc/parser.o \
	$(patsubst templates/%.tmpl,$(BUILD)/idlc/template_%.o,$(wildcard templates/*.tmpl))
IDLC_CFLAGS := $(ALL_CFLAGS) -Iidlc -I$(BUILD)/idlc

$(BUILD)/idlc/parser.c $(BUILD)/idlc/parser.h &: idlc/parser.y
	@mkdir -p $(@D)
	$(call say,BISON,$<)
	bison -Wall -Werror --header=$(BUILD)/idlc/parser.h -o $(BUILD)/idlc/parser.c $<

$(BUILD)/idlc/lexer.c $(BUILD)/idlc/lexer.h &: idlc/lexer.l $(BUILD)/idlc/parser.h
	@mkdir -p $(@D)
	$(call say,FLEX,$<)
	flex --header-file=$(BUILD)/idlc/lexer.h -o $(BUILD)/idlc/lexer.c $<

# A template becomes a C string named template_NAME.
$(BUILD)/idlc/template_%.c: templates/%.tmpl
	@mkdir -p $(@D)
	{ printf 'extern const char template_%s[];\nconst char template_%s[] =\n' $* $*; \
	  sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/    "/' -e 's/$$/\\n"/' $<; printf '    "";\n'; } > $@

$(BUILD)/idlc/lexer.o $(BUILD)/idlc/parser.o: $(BUILD)/idlc/%.o: $(BUILD)/idlc/%.c $(BUILD)/idlc/parser.h $(BUILD)/idlc/lexer.h
	$(call say,CC,$@)
	$(CC) $(IDLC_CFLAGS) -Wno-unused-function -Wno-missing-prototypes -Wno-sign-compare -Wno-shadow -c -o $@ $<

$(BUILD)/idlc/template_%.o: $(BUILD)/idlc/template_%.c
	$(call say,CC,$@)
	$(CC) $(IDLC_CFLAGS) -c -o $@ $<

$(BUILD)/idlc/%.o: idlc/%.c $(BUILD)/idlc/parser.h $(BUILD)/idlc/lexer.h
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(CC) $(IDLC_CFLAGS) -c -o $@ $<

$(BUILD)/lib/libidlc.a: $(IDLC_OBJ)
	@mkdir -p $(@D)
	$(call say,AR,$@)
	rm -f $@; ar rcs $@ $^

$(BUILD)/bin/lymphc: $(BUILD)/idlc/main.o $(BUILD)/lib/libidlc.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(CC) $(SAN) -o $@ $^

# ---- liblymph: the runtime ------------------------------------------------------------------------------------------

RUNTIME_SRC := $(wildcard runtime/*/*.c)
RUNTIME_OBJ := $(RUNTIME_SRC:%.c=$(BUILD)/%.o) $(BUILD)/gen/lymph.lymph.o
RUNTIME_CFLAGS := $(ALL_CFLAGS) -Iruntime/include -Iruntime -I$(BUILD)/gen

$(BUILD)/gen/lymph.lymph.c $(BUILD)/gen/lymph.lymph.h &: idl/lymph.lymph $(BUILD)/bin/lymphc
	@mkdir -p $(@D)
	$(call say,LYMPHC,$<)
	$(BUILD)/bin/lymphc --no-skeleton -o $(@D) $<
	touch $(basename $@).c $(basename $@).h

$(BUILD)/gen/lymph.lymph.o: $(BUILD)/gen/lymph.lymph.c
	$(call say,CC,$@)
	$(CC) $(RUNTIME_CFLAGS) -c -o $@ $<

$(BUILD)/runtime/%.o: runtime/%.c | $(BUILD)/gen/lymph.lymph.h
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(CC) $(RUNTIME_CFLAGS) -c -o $@ $<

$(BUILD)/lib/liblymph.a: $(RUNTIME_OBJ)
	@mkdir -p $(@D)
	$(call say,AR,$@)
	rm -f $@; ar rcs $@ $^

$(BUILD)/lib/liblymph.so: $(RUNTIME_OBJ) runtime/liblymph.map
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(CC) $(SAN) -shared -Wl,-soname,liblymph.so -Wl,--version-script=runtime/liblymph.map -Wl,--as-needed \
		-o $@ $(RUNTIME_OBJ) $(RUNTIME_LIBS)

# Before an installation the file points into this tree; `make install` writes it again for PREFIX.
$(BUILD)/lib/pkgconfig/lymph.pc: Makefile
	@mkdir -p $(@D)
	@$(call lymph_pc,$(abspath $(BUILD)),$(abspath runtime/include),$${prefix}/lib,$@, -Wl$(comma)-rpath$(comma)$${libdir})

define lymph_pc
printf '%s\n' 'prefix=$(1)' 'libdir=$(3)' 'includedir=$(2)' '' 'Name: lymph' 'Description: services for C' \
	'Version: $(VERSION)' 'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -llymph$(5)' \
	'Libs.private: $(RUNTIME_LIBS)' > $(4)
endef

# ---- lymph: the command-line tool -----------------------------------------------------------------------------------

CLI_OBJ := $(patsubst cli/%.c,$(BUILD)/cli/%.o,$(wildcard cli/*.c))

$(BUILD)/cli/%.o: cli/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(CC) $(ALL_CFLAGS) -Iruntime/include -Icli -c -o $@ $<

$(BUILD)/bin/lymph: $(CLI_OBJ) $(BUILD)/lib/liblymph.so
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(CC) $(SAN) -o $@ $(CLI_OBJ) -L$(BUILD)/lib -llymph -lm -Wl,-rpath,'$$ORIGIN/../lib'

# ---- tests ----------------------------------------------------------------------------------------------------------

UNIT_SRC := $(wildcard tests/unit/*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/unit/%)

$(BUILD)/tests/unit/idlc_%: tests/unit/idlc_%.c $(BUILD)/lib/libidlc.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(CC) $(IDLC_CFLAGS) -o $@ $< $(BUILD)/lib/libidlc.a -lcmocka

$(BUILD)/tests/unit/cli_%: tests/unit/cli_%.c $(CLI_OBJ) $(BUILD)/lib/liblymph.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(CC) $(ALL_CFLAGS) -Iruntime/include -Icli -o $@ $< $(filter-out %/main.o,$(CLI_OBJ)) $(BUILD)/lib/liblymph.a $(RUNTIME_LIBS) -lcmocka

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/lib/liblymph.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(CC) $(RUNTIME_CFLAGS) -o $@ $< $(BUILD)/lib/liblymph.a $(RUNTIME_LIBS) -lmsgpackc -ljansson -lcmocka

# Programs that may also need generated code: NAME.lymph beside NAME.c.
INTEGRATION_BIN := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/integration/*.c))
INTEGRATION_GENERATED := $(patsubst %.lymph,$(BUILD)/%,$(wildcard tests/integration/*.lymph))

$(BUILD)/tests/integration/%.lymph.c $(BUILD)/tests/integration/%.lymph.h &: tests/integration/%.lymph $(BUILD)/bin/lymphc
	@mkdir -p $(@D)
	$(call say,LYMPHC,$<)
	$(BUILD)/bin/lymphc --no-skeleton -o $(@D) $<
	touch $(basename $@).c $(basename $@).h

$(INTEGRATION_GENERATED): %: %.lymph.c
$(INTEGRATION_BIN): $(BUILD)/%: %.c $(BUILD)/lib/liblymph.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(CC) $(RUNTIME_CFLAGS) -I$(@D) -o $@ $(filter %.c,$^) $(BUILD)/lib/liblymph.a $(RUNTIME_LIBS) -lcmocka

check-unit: $(UNIT_BIN) $(INTEGRATION_BIN)

# ---- benchmark ------------------------------------------------------------------------------------------------------

RPC_BENCH := $(BUILD)/tests/bench/rpc

$(RPC_BENCH)/echo.lymph.c $(RPC_BENCH)/echo.lymph.h &: tests/bench/rpc/echo.lymph $(BUILD)/bin/lymphc
	@mkdir -p $(@D)
	$(call say,LYMPHC,$<)
	$(BUILD)/bin/lymphc --no-skeleton -o $(RPC_BENCH) $<
	touch $(basename $@).c $(basename $@).h

$(RPC_BENCH)/rpc: $(wildcard tests/bench/rpc/*.[ch]) $(RPC_BENCH)/echo.lymph.c $(BUILD)/lib/liblymph.a
	$(call say,LD,$@)
	$(CC) $(ALL_CFLAGS) -Iruntime/include -I$(RPC_BENCH) -Itests/bench/rpc -o $@ $(filter %.c,$^) $(BUILD)/lib/liblymph.a $(RUNTIME_LIBS)

bench-rpc: $(RPC_BENCH)/rpc
	@$<

# ---- the README's two commands --------------------------------------------------------------------------------------

deps:
	@tests/deps.sh

demo: deps
	@$(MAKE) --no-print-directory -j2 all
	@BUILD=$(BUILD) tests/demo.sh

check:
	@tests/deps.sh check
	@$(MAKE) --no-print-directory format-check
	@$(MAKE) --no-print-directory -j2 all check-unit
	@$(MAKE) --no-print-directory -j2 SANITIZE=1 all check-unit
	@tests/run.py build build/asan

# ---- tests: memory that runs out -----------------------------------------------------------------------------------

# Programs that let allocations fail: ours and those of two libraries that are linked statically for it.
MEMORY_SRC := $(wildcard tests/memory/*.c)
MEMORY_BIN := $(MEMORY_SRC:%.c=$(BUILD)/%)
MEMORY_LINK := $(patsubst %,-Wl$(comma)--wrap=%,malloc calloc realloc strdup strndup mmap) \
	-l:libyaml.a -l:libevent_core.a

$(BUILD)/tests/memory/%: tests/memory/%.c $(BUILD)/lib/liblymph.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(CC) $(RUNTIME_CFLAGS) -Itests/unit -o $@ $< $(BUILD)/lib/liblymph.a $(MEMORY_LINK) $(RUNTIME_LIBS) -lcmocka

check-unit: $(MEMORY_BIN)

# ---- housekeeping ---------------------------------------------------------------------------------------------------

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include/lymph
	install -m 755 $(BUILD)/bin/lymphc $(BUILD)/bin/lymph $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(BUILD)/lib/liblymph.a $(DESTDIR)$(PREFIX)/lib
	install -m 755 $(BUILD)/lib/liblymph.so $(DESTDIR)$(PREFIX)/lib
	install -m 644 runtime/include/lymph/*.h $(DESTDIR)$(PREFIX)/include/lymph
	$(call lymph_pc,$(PREFIX),$${prefix}/include,$${prefix}/lib,$(DESTDIR)$(PREFIX)/lib/pkgconfig/lymph.pc,$(if $(filter /usr,$(PREFIX)),, -Wl$(comma)-rpath$(comma)$${libdir}))

clean:
	rm -rf build

SOURCES = $(wildcard idlc/*.[ch] runtime/*/*.[ch] runtime/include/lymph/*.h cli/*.[ch] tests/*/*.[ch] tests/bench/*/*.[ch])

format:
	clang-format -i $(SOURCES)

format-check:
	clang-format --dry-run -Werror $(SOURCES)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
