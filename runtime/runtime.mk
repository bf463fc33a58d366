# liblymph: what generated code links to, static and shared; and libruntime.a, the same with every inner name visible,
# which the tests of inner parts link.

RUNTIME_LIBS := -lzmq -levent_core -levent_extra -lzookeeper_mt -lrabbitmq -lyaml -lsqlite3 -lcrypto -ldl -lpthread -lm
BOOST_CONTEXT := -l:libboost_context.a # linked in: two small functions that are written in assembly

RUNTIME_SRC := $(wildcard runtime/*/*.c)
RUNTIME_IDL := $(notdir $(wildcard idl/*.lymph))
RUNTIME_OBJ := $(RUNTIME_SRC:%.c=$(BUILD)/%.o) $(RUNTIME_IDL:%.lymph=$(BUILD)/gen/%.lymph.o)
RUNTIME_CFLAGS = $(ALL_CFLAGS) -Itext -Iruntime/include -Iruntime -I$(BUILD)/gen

$(BUILD)/gen/%.lymph.c $(BUILD)/gen/%.lymph.h &: idl/%.lymph $(BUILD)/bin/lymphc
	$(lymphc)

$(BUILD)/gen/%.lymph.o: $(BUILD)/gen/%.lymph.c
	$(call say,CC,$@)
	$(CC) $(RUNTIME_CFLAGS) -c -o $@ $<

$(BUILD)/runtime/%.o: runtime/%.c | $(RUNTIME_IDL:%.lymph=$(BUILD)/gen/%.lymph.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(CC) $(RUNTIME_CFLAGS) -c -o $@ $<

$(BUILD)/lib/libruntime.a: $(RUNTIME_OBJ)
	@mkdir -p $(@D)
	$(call say,AR,$@)
	rm -f $@; ar rcs $@ $^

# One relocatable object in which only the public names are global: no function of a program can meet an inner one, and a
# program with an interface `lymph` of its own has a descriptor of that name beside ours.
$(BUILD)/lib/liblymph.a: $(RUNTIME_OBJ)
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(CC) -r -nostdlib -o $(BUILD)/runtime/lymph.o $(RUNTIME_OBJ) $(BOOST_CONTEXT)
	objcopy --wildcard --keep-global-symbol='!lymph_descriptor' --keep-global-symbol='lymph_*' $(BUILD)/runtime/lymph.o
	rm -f $@; ar rcs $@ $(BUILD)/runtime/lymph.o

# The soname carries the number of the ABI: a program runs with each library that understands what lymphc wrote for it.
SONAME := liblymph.so.$(ABI)
$(BUILD)/lib/$(SONAME): $(RUNTIME_OBJ) runtime/liblymph.map
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(LINK) -shared -Wl,-soname,$(SONAME) -Wl,--version-script=runtime/liblymph.map -Wl,-z,defs -Wl,--as-needed \
		-o $@ $(RUNTIME_OBJ) $(BOOST_CONTEXT) $(RUNTIME_LIBS)

$(BUILD)/lib/liblymph.so: $(BUILD)/lib/$(SONAME)
	ln -sf $(SONAME) $@
