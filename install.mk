# `make install`, `make uninstall`, and lymph.pc, which tells compilers where things are. Folders may have blanks in their names.

.PHONY: install uninstall

# $(1) prefix, $(2) include folder, $(3) library folder, $(4) the file to write. A program finds the shared library without further
# ado: the loader searches /usr/lib by itself and the rpath names every other place.
define lymph_pc
escaped() { printf '%s' "$$1" | sed 's/ /\\ /g'; }; \
printf '%s\n' "prefix=$$(escaped "$(1)")" "includedir=$$(escaped "$(2)")" "libdir=$$(escaped "$(3)")" '' \
	'Name: lymph' 'Description: services for C' 'Version: $(VERSION)' 'Cflags: -I$${includedir}' \
	'Libs: -L$${libdir} -llymph$(if $(filter /usr/lib%,$(3)),, -Wl$(comma)-rpath$(comma)$${libdir})' \
	'Libs.private: $(RUNTIME_LIBS)' > "$(4)"
endef

# Before an installation the file points into this tree.
$(BUILD)/lib/pkgconfig/lymph.pc: Makefile install.mk runtime/runtime.mk runtime/include/lymph/version.h
	@mkdir -p $(@D)
	$(call lymph_pc,$(abspath $(BUILD)),$(abspath runtime/include),$(abspath $(BUILD))/lib,$@)

# What is relative would hold in the folder of this make only: as rpath and in lymph.pc it would be wrong.
absolute = $(if $(filter /%,$(firstword $($(1)))),,$(error $(1) is '$($(1))': an absolute path is expected))

install: all
	$(foreach folder,PREFIX BINDIR LIBDIR INCLUDEDIR,$(call absolute,$(folder)))
	install -d "$(DESTDIR)$(BINDIR)" "$(DESTDIR)$(LIBDIR)/pkgconfig" "$(DESTDIR)$(INCLUDEDIR)/lymph"
	install -m 755 $(BUILD)/bin/lymphc "$(DESTDIR)$(BINDIR)"
	$(LINK) -o "$(DESTDIR)$(BINDIR)/lymph" $(CLI_OBJ) -L$(BUILD)/lib -llymph -lm -Wl,-rpath,"$(LIBDIR)"
	install -m 644 $(BUILD)/lib/liblymph.a "$(DESTDIR)$(LIBDIR)"
	install -m 755 $(BUILD)/lib/$(SONAME) "$(DESTDIR)$(LIBDIR)"
	ln -sf $(SONAME) "$(DESTDIR)$(LIBDIR)/liblymph.so"
	install -m 644 runtime/include/lymph/*.h "$(DESTDIR)$(INCLUDEDIR)/lymph"
	$(call lymph_pc,$(PREFIX),$(INCLUDEDIR),$(LIBDIR),$(DESTDIR)$(LIBDIR)/pkgconfig/lymph.pc)

uninstall:
	rm -f "$(DESTDIR)$(BINDIR)/lymphc" "$(DESTDIR)$(BINDIR)/lymph" "$(DESTDIR)$(LIBDIR)/liblymph.a" \
		"$(DESTDIR)$(LIBDIR)/$(SONAME)" "$(DESTDIR)$(LIBDIR)/liblymph.so" "$(DESTDIR)$(LIBDIR)/pkgconfig/lymph.pc"
	rm -rf "$(DESTDIR)$(INCLUDEDIR)/lymph"
