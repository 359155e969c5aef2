# `make bench`: how fast; see tests/bench/run.
BENCH_SECONDS ?= 3
BENCH_SRC := $(sort $(wildcard tests/bench/*.c))
OBJECTS += $(call objs,$(BENCH_SRC))

$(B)/bench: $(call objs,$(BENCH_SRC)) $(B)/libsupport.a $(ARCHIVES_client)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(call objs,$(BENCH_SRC)) $(B)/libsupport.a $(LINKS_client) -lcmocka -lpthread

bench: all $(B)/bench ## pushes a second, latencies, the rate of pulling, beside the raw disk
	@tests/bench/run $(B) $(BENCH_SECONDS)
.PHONY: bench

STORIES += tests/bench/smoke.sh
story-programs: $(B)/bench
