# lymph, the command-line tool. Of the library it knows the public headers only.

CLI_OBJ := $(patsubst cli/%.c,$(BUILD)/cli/%.o,$(wildcard cli/*.c))
CLI_CFLAGS = $(ALL_CFLAGS) -Itext -Iruntime/include -Icli

$(BUILD)/cli/%.o: cli/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(CC) $(CLI_CFLAGS) -c -o $@ $<

$(BUILD)/bin/lymph: $(CLI_OBJ) $(BUILD)/lib/liblymph.so
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(LINK) -o $@ $(CLI_OBJ) -L$(BUILD)/lib -llymph -lm -Wl,-rpath,'$$ORIGIN/../lib'
