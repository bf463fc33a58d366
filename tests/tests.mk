# The test programs in C, the benchmarks, and `make check`, which runs them with all the scripts of tests/.

.PHONY: check check-unit lint bench-rpc bench-events

check:
	@tests/deps.sh check
	@$(MAKE) --no-print-directory -j2 all check-unit
	@$(MAKE) --no-print-directory -j2 SANITIZE=1 all check-unit
	@$(MAKE) --no-print-directory -j2 -k lint || true # tests/lint looks at what failed again, and counts it
	@tests/run.py build build/asan

check-unit: $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*.c tests/integration/*.c tests/memory/*.c)) \
	$(BUILD)/tests/bench/rpc-bench $(BUILD)/tests/bench/events-bench

# ---- lint: what compilers do not see; a file is looked at again only when it, or a header of it, has changed -----------

LINTED = $(wildcard idlc/*.c runtime/*/*.c cli/*.c)

lint: $(LINTED:%.c=$(BUILD)/lint/%.ok)

$(BUILD)/lint/idlc/%.ok: LINT_FLAGS = $(IDLC_CFLAGS)
$(BUILD)/lint/runtime/%.ok: LINT_FLAGS = $(RUNTIME_CFLAGS)
$(BUILD)/lint/cli/%.ok: LINT_FLAGS = $(CLI_CFLAGS)
$(BUILD)/lint/%.ok: %.c $(BUILD)/%.o .clang-tidy
	@mkdir -p $(@D)
	$(call say,LINT,$<)
	clang-tidy --quiet $< -- $(LINT_FLAGS) 2>/dev/null
	cppcheck --quiet --enable=warning,performance,portability --suppress=autoVariables --std=c11 --error-exitcode=1 -D_GNU_SOURCE $(filter -I%,$(LINT_FLAGS)) $<
	touch $@

INNER_LINK = $(BUILD)/lib/libruntime.a $(BOOST_CONTEXT) $(RUNTIME_LIBS)

# ---- unit: one program a source file, which links everything but main --------------------------------------------------

$(BUILD)/tests/unit/idlc_%: tests/unit/idlc_%.c $(BUILD)/lib/libidlc.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(CC) $(IDLC_CFLAGS) $(LDFLAGS) -o $@ $< $(BUILD)/lib/libidlc.a -lcmocka

$(BUILD)/tests/unit/cli_%: tests/unit/cli_%.c $(CLI_OBJ) $(BUILD)/lib/libruntime.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(CC) $(CLI_CFLAGS) $(LDFLAGS) -o $@ $< $(filter-out %/main.o,$(CLI_OBJ)) $(INNER_LINK) -lcmocka

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/lib/libruntime.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(CC) $(RUNTIME_CFLAGS) $(LDFLAGS) -o $@ $< $(INNER_LINK) -lmsgpackc -ljansson -lcmocka

# ---- integration: may also need generated code, NAME.lymph beside NAME.c ------------------------------------------------

INTEGRATION_BIN := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/integration/*.c))
INTEGRATION_GENERATED := $(patsubst %.lymph,$(BUILD)/%,$(wildcard tests/integration/*.lymph))

$(BUILD)/tests/integration/%.lymph.c $(BUILD)/tests/integration/%.lymph.h &: tests/integration/%.lymph $(BUILD)/bin/lymphc
	$(lymphc)

$(INTEGRATION_GENERATED): %: %.lymph.c
$(INTEGRATION_BIN): $(BUILD)/%: %.c $(BUILD)/lib/libruntime.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(CC) $(RUNTIME_CFLAGS) -I$(@D) $(LDFLAGS) -o $@ $(filter %.c,$^) $(INNER_LINK) -lcmocka

# ---- memory: allocations that fail, ours and those of two libraries that are linked statically for it -------------------

MEMORY_LINK := $(patsubst %,-Wl$(comma)--wrap=%,malloc calloc realloc strdup strndup mmap) -l:libyaml.a -l:libevent_core.a

$(BUILD)/tests/memory/%: tests/memory/%.c $(BUILD)/lib/libruntime.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(CC) $(RUNTIME_CFLAGS) -Itests/unit $(LDFLAGS) -o $@ $< $(BUILD)/lib/libruntime.a $(MEMORY_LINK) $(BOOST_CONTEXT) $(RUNTIME_LIBS) -lcmocka

# ---- benchmarks: one program a folder of tests/bench, NAME-bench -------------------------------------------------------

BENCH_SHARED := $(wildcard tests/bench/common/*.[ch])

$(BUILD)/tests/bench/%.lymph.c $(BUILD)/tests/bench/%.lymph.h &: tests/bench/%.lymph $(BUILD)/bin/lymphc
	$(lymphc)

# bench: the folder
define bench
$(BUILD)/tests/bench/$(1)-bench: $(BENCH_SHARED) $(wildcard tests/bench/$(1)/*.[ch]) \
		$(patsubst %.lymph,$(BUILD)/%.lymph.c,$(wildcard tests/bench/$(1)/*.lymph)) $(BUILD)/lib/liblymph.a
	$$(call say,LD,$$@)
	$$(CC) $$(ALL_CFLAGS) -Iruntime/include -Itests/bench/common -Itests/bench/$(1) -I$(BUILD)/tests/bench/$(1) $$(LDFLAGS) \
		-o $$@ $$(filter %.c,$$^) $(BUILD)/lib/liblymph.a $(RUNTIME_LIBS)
endef
$(foreach folder,rpc events,$(eval $(call bench,$(folder))))

bench-rpc: $(BUILD)/tests/bench/rpc-bench
	@$<

bench-events: $(BUILD)/tests/bench/events-bench
	@tests/servers.py rabbitmq -- $<
