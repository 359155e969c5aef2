# Faults of the disk: a preloaded library lets one call of a small storing program fail, and then the next. A sample is a part
# of `make check`; sanitizers do not like to be preloaded, so it runs in the other variants.
#   make fault      every call, every way
FAULT_PROGRAMS := $(B)/fault/store_faults $(B)/fault/fault_shim.so
OBJECTS        += $(call objs,tests/fault/store_faults.c)

$(B)/fault/store_faults: $(call objs,tests/fault/store_faults.c) $(ARCHIVES_daemon)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(LINKS_daemon)

$(B)/fault/fault_shim.so: tests/fault/fault_shim.c Makefile
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(filter-out -fPIE,$(CFLAGS_ALL)) -fPIC -shared -o $@ $< -ldl

ifeq ($(filter asan tsan fuzz,$(VARIANT)),)
CHECKS         += tests/fault/store_sweep.py
story-programs: $(FAULT_PROGRAMS)
endif

fault: $(FAULT_PROGRAMS) ## every call to the disk of a storing program fails once, in every way
	@$(RUN) -t 600 FAULT_FULL=1 tests/fault/store_sweep.py

.PHONY: fault
