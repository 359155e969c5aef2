# Fuzzing. tests/fuzz/fuzz_x.c links proto; tests/fuzz/LAYER/fuzz_x.c links LAYER and what is below it. Both are found by
# their names. Inputs worth keeping go to tests/fuzz/corpus/fuzz_x/ under a name that says what they show.
#   make fuzz FUZZ_SECONDS=60          every target, that long each; what it finds is kept in tests/fuzz/work/fuzz_x/
#   make fuzz FUZZ_ONLY=fuzz_scan      one of them
#   make fuzz-replay                   the corpora alone, without libFuzzer; a part of `make check`, too
FUZZ_SECONDS ?= 60
FUZZ_JOBS    ?= 2
FUZZ_ONLY    ?= fuzz_%
FUZZ_SRC     := $(sort $(wildcard tests/fuzz/fuzz_*.c $(foreach l,proto certs daemon client,tests/fuzz/$(l)/fuzz_*.c)))
FUZZ_NAMES   := $(filter $(FUZZ_ONLY),$(notdir $(FUZZ_SRC:.c=)))
FUZZERS      := $(addprefix $(B)/fuzzers/,$(FUZZ_NAMES))
REPLAYS      := $(addprefix $(B)/replay/,$(FUZZ_NAMES))
CHECKS       += $(REPLAYS)
OBJECTS      += $(call objs,$(FUZZ_SRC) tests/fuzz/replay.c)

define fuzz_rule # FILE, NAME, LAYER
$(B)/fuzzers/$(2): $(call objs,$(1)) $(B)/libsupport.a $(ARCHIVES_$(3))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$(Q)$$(CC) $$(LDFLAGS_ALL) -fsanitize=fuzzer -o $$@ $$< $(B)/libsupport.a $$(LINKS_$(3))
$(B)/replay/$(2): $(call objs,$(1) tests/fuzz/replay.c) $(B)/libsupport.a $(ARCHIVES_$(3))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$(Q)$$(CC) $$(LDFLAGS_ALL) -o $$@ $(call objs,$(1) tests/fuzz/replay.c) $(B)/libsupport.a $$(LINKS_$(3))
endef
fuzz_layer = $(or $(filter proto certs daemon client,$(notdir $(patsubst %/,%,$(dir $(1))))),proto)
$(foreach f,$(FUZZ_SRC),$(eval $(call fuzz_rule,$(f),$(notdir $(f:.c=)),$(call fuzz_layer,$(f)))))

fuzz: ## fuzz every decoder, FUZZ_SECONDS (60) each
	+@$(SUB) VARIANT=fuzz fuzz-programs
	@tests/run -j $(FUZZ_JOBS) -t $$(($(FUZZ_SECONDS) + 120)) FUZZ_SECONDS=$(FUZZ_SECONDS) -w tests/fuzz/run \
		$(FUZZERS:$(B)/%=build/fuzz/%)

fuzz-programs: $(FUZZERS)

fuzz-replay: $(REPLAYS) ## feed the checked-in corpora to the fuzz targets; VARIANT=asan as you like
	@$(RUN) -j 2 $(REPLAYS)

.PHONY: fuzz fuzz-programs fuzz-replay
