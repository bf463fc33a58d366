# lymphc, the compiler, and libidlc.a, which its unit tests link.

IDLC_SRC := $(filter-out idlc/main.c,$(wildcard idlc/*.c))
IDLC_OBJ := $(IDLC_SRC:idlc/%.c=$(BUILD)/idlc/%.o) $(BUILD)/idlc/lexer.o $(BUILD)/idlc/parser.o \
	$(patsubst templates/%.tmpl,$(BUILD)/idlc/template_%.o,$(wildcard templates/*.tmpl)) \
	$(patsubst idlc/reserved/%.txt,$(BUILD)/idlc/reserved_%.o,$(wildcard idlc/reserved/*.txt))
IDLC_CFLAGS = $(ALL_CFLAGS) -Itext -Iidlc -I$(BUILD)/idlc -DLYMPH_VERSION='"$(VERSION)"' -DLYMPH_ABI='"$(ABI)"'

# What lymphc makes is touched: it is not written where nothing in it changes, and make would come back for ever.
define lymphc
	@mkdir -p $(@D)
	$(call say,LYMPHC,$<)
	$(BUILD)/bin/lymphc --no-skeleton -o $(@D) $<
	touch $(basename $@).c $(basename $@).h
endef

$(BUILD)/idlc/parser.c $(BUILD)/idlc/parser.h &: idlc/parser.y
	@mkdir -p $(@D)
	$(call say,BISON,$<)
	bison -Wall -Werror --header=$(BUILD)/idlc/parser.h -o $(BUILD)/idlc/parser.c $<

$(BUILD)/idlc/lexer.c $(BUILD)/idlc/lexer.h &: idlc/lexer.l $(BUILD)/idlc/parser.h
	@mkdir -p $(@D)
	$(call say,FLEX,$<)
	flex --header-file=$(BUILD)/idlc/lexer.h -o $(BUILD)/idlc/lexer.c $<

# A list of names becomes a sorted table.
$(BUILD)/idlc/reserved_%.c: idlc/reserved/%.txt
	@mkdir -p $(@D)
	{ printf '#include "reserved.h"\n\nstatic const char *const names[] = {\n'; \
	  grep -v '^#' $< | LC_ALL=C sort -u | sed 's/.*/    "&",/'; \
	  printf '};\nconst reserved_list reserved_%s = {names, sizeof names / sizeof *names};\n' $*; } > $@

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

$(BUILD)/idlc/reserved_%.o: $(BUILD)/idlc/reserved_%.c
	$(call say,CC,$@)
	$(CC) $(IDLC_CFLAGS) -c -o $@ $<

$(BUILD)/idlc/%.o: idlc/%.c $(BUILD)/idlc/parser.h $(BUILD)/idlc/lexer.h
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(CC) $(IDLC_CFLAGS) -c -o $@ $<

# What these print of it.
$(BUILD)/idlc/emit_common.o $(BUILD)/idlc/main.o: runtime/include/lymph/version.h

$(BUILD)/lib/libidlc.a: $(IDLC_OBJ)
	@mkdir -p $(@D)
	$(call say,AR,$@)
	rm -f $@; ar rcs $@ $^

$(BUILD)/bin/lymphc: $(BUILD)/idlc/main.o $(BUILD)/lib/libidlc.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(LINK) -o $@ $^

# Names that the libraries of this machine have and lymphc does not know yet are added to its lists.
.PHONY: reserved
reserved: $(BUILD)/lib/liblymph.so
	idlc/reserved/collect.py runtime/include $<
