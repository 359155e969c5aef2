# kapd: build, test, install. `make help` lists the targets. Everything is built in build/VARIANT/; V=1 shows commands.
VARIANT ?= plain
PREFIX  ?= /usr/local
DESTDIR ?=
PKG     ?= pkg-config
OPT     ?= -O2 -g
JOBS    ?= $(shell nproc 2>/dev/null || echo 2)
# Warnings are errors for CI, not for users; gcc's sanitizers make it warn about code that is right.
WERROR  ?= $(if $(filter true-plain,$(CI)-$(VARIANT)),-Werror)
CLANG_FORMAT ?= clang-format
V       ?= 0
B       := build/$(VARIANT)
Q       := $(if $(filter 1,$(V)),,@)
say      = $(if $(Q),@printf '  %-4s %s\n' $(1) $(2))

# What a variant changes. Tests of one variant never mix with the objects of another.
CC_clang := clang
SAN_asan := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_asan := -O1 -g
SAN_tsan := -fsanitize=thread
OPT_tsan := -O1 -g
CC_fuzz  := clang
SAN_fuzz := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
OPT_fuzz := -O1 -g
SAN_cov  := --coverage
OPT_cov  := -O0 -g
ifdef CC_$(VARIANT)
CC := $(CC_$(VARIANT))
endif
ifdef OPT_$(VARIANT)
OPT := $(OPT_$(VARIANT))
endif
SAN ?= $(SAN_$(VARIANT))

# --- libraries: each layer names its own; a program links those of its layer and of the layers below ---
LIBS_proto  := libcrypto $(shell $(PKG) --exists msgpack 2>/dev/null && echo msgpack || echo msgpack-c)
LIBS_certs  := libssl
LIBS_daemon := libevent_core libevent_openssl
LIBS_client := libedit libkeyutils jansson libqrencode
# not every distribution has pkg-config files for these
LINK_proto  := -lunistring
LINK_daemon := -llmdb -linih -lpthread
LINK_client := -llmdb
LIBS_all    := $(LIBS_client) $(LIBS_daemon) $(LIBS_certs) $(LIBS_proto)

NEEDS_NO_LIBS := help setup check demo fmt clean
ifneq ($(filter-out $(NEEDS_NO_LIBS),$(or $(MAKECMDGOALS),all)),)
ifneq ($(shell $(PKG) --exists $(LIBS_all) 2>/dev/null && echo found),found)
$(error Some libraries are missing. `make setup` installs them on Debian, and elsewhere says which)
endif
endif
pkg_libs = $(shell $(PKG) --libs $(1) 2>/dev/null)

WARN := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wvla
HARD := -fstack-protector-strong -fPIE $(if $(SAN),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
CFLAGS_ALL  := -std=c11 $(OPT) $(WARN) $(WERROR) $(SAN) $(HARD) -D_GNU_SOURCE -I. \
               $(shell $(PKG) --cflags $(LIBS_all) 2>/dev/null) $(CPPFLAGS) $(CFLAGS)
LDFLAGS_ALL := $(SAN) -pie -Wl,-z,relro,-z,now $(LDFLAGS)

# --- what there is: a layer is a folder, its .c files are one archive; main files stay outside ---
MAINS    := $(wildcard daemon/*_main.c client/*_main.c)
src       = $(filter-out $(MAINS),$(sort $(wildcard $(1)/*.c $(1)/*/*.c $(1)/*/*/*.c)))
objs      = $(patsubst %.c,$(B)/%.o,$(1))
UNIT_SRC := $(sort $(wildcard tests/unit/proto/test_*.c tests/unit/certs/test_*.c tests/unit/daemon/test_*.c \
            tests/unit/client/test_*.c))
UNIT     := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))
PROGRAMS := $(patsubst %_main.c,$(B)/%,$(notdir $(MAINS)))
PROGRAMS := $(addprefix $(B)/,$(notdir $(PROGRAMS)))
LINT     := $(sort $(wildcard tests/lint/*.py tests/lint/*.sh))
STORIES  := $(sort $(wildcard $(foreach d,e2e attack fault,tests/$(d)/[0-9]*.sh tests/$(d)/[0-9]*.py)))
# Fragments in tests/*/ may add programs that print TAP: CHECKS stand alone, STORIES need kapd and kap.
CHECKS   :=

all: $(PROGRAMS) $(B)/libproto.a $(B)/libcerts.a $(B)/libdaemon.a $(B)/libclient.a ## build kapd, kapctl and kap

define layer # NAME, LAYERS BELOW: its archive, what links with it, its unit tests
$(B)/lib$(1).a: $(call objs,$(call src,$(1)))
ARCHIVES_$(1) := $(patsubst %,$(B)/lib%.a,$(1) $(2))
LINKS_$(1)    := $(patsubst %,$(B)/lib%.a,$(1) $(2)) \
                 $(call pkg_libs,$(foreach l,$(1) $(2),$(LIBS_$(l)))) $(foreach l,$(1) $(2),$(LINK_$(l)))
OBJECTS       += $(call objs,$(call src,$(1)))
endef
$(eval $(call layer,proto))
$(eval $(call layer,certs,proto))
$(eval $(call layer,daemon,certs proto))
$(eval $(call layer,client,certs proto))

define unit_rule # LAYER: tests/unit/LAYER/test_x.c becomes $(B)/unit/LAYER/test_x
$(B)/unit/$(1)/%: $(B)/tests/unit/$(1)/%.o $(B)/libsupport.a $(ARCHIVES_$(1))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$(Q)$$(CC) $$(LDFLAGS_ALL) -o $$@ $$< $(B)/libsupport.a $$(LINKS_$(1)) -lcmocka
endef
$(foreach l,proto certs daemon client,$(eval $(call unit_rule,$(l))))

SUPPORT := $(call objs,$(sort $(wildcard tests/unit/support/*.c)))
OBJECTS += $(SUPPORT) $(call objs,$(MAINS) $(UNIT_SRC))
$(B)/libsupport.a: $(SUPPORT)

%.a:
	@mkdir -p $(@D); rm -f $@
	$(Q)ar rcs $@ $^

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

define program_rule # MAIN FILE: daemon/x_main.c becomes $(B)/x
$(B)/$(patsubst %_main.c,%,$(notdir $(1))): $(call objs,$(1)) $(ARCHIVES_$(patsubst %/,%,$(dir $(1))))
	$$(call say,LD,$$@)
	$(Q)$$(CC) $$(LDFLAGS_ALL) -o $$@ $$< $$(LINKS_$(patsubst %/,%,$(dir $(1))))
endef
$(foreach m,$(MAINS),$(eval $(call program_rule,$(m))))

-include $(sort $(wildcard tests/*/*.mk))

# --- tests ---
PAR = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
RUN = tests/run BUILD=$(B) ASAN_OPTIONS=detect_stack_use_after_return=1
SUB = $(MAKE) --no-print-directory $(PAR)
objects: $(OBJECTS)
unit-programs: $(UNIT) $(filter $(B)/%,$(CHECKS))
# what the stories run besides kapd and kap; fragments add to it
story-programs: all $(CHECKS)
check-programs: story-programs $(UNIT)

setup: ## install what building and testing need (Debian; asks for root)
	@tests/setup.sh check

check: setup ## everything a change must pass, in a few minutes
	+@$(SUB) check-all

# The stories use the programs as people get them; the unit tests run once, under the sanitizers (`make unit`: without).
check-all: story-programs
	+@$(SUB) VARIANT=clang WERROR=-Werror objects
	+@$(SUB) VARIANT=asan unit-programs
	@$(RUN) -j 2 $(LINT) $(CHECKS) $(patsubst $(B)/%,build/asan/%,$(UNIT) $(filter $(B)/%,$(CHECKS))) $(STORIES)

unit: $(UNIT) ## the unit tests alone; VARIANT=asan or tsan as you like
	@$(RUN) -j 2 $(UNIT)

asan: ## unit tests and stories under the address and undefined-behaviour sanitizers
	+@$(SUB) VARIANT=asan check-programs
	+@$(MAKE) --no-print-directory VARIANT=asan run-variant

tsan: ## the daemon's unit tests and the stories under the thread sanitizer
	+@$(SUB) VARIANT=tsan check-programs
	+@$(MAKE) --no-print-directory VARIANT=tsan run-variant

run-variant:
	@$(RUN) -j 2 -t 600 $(if $(filter tsan,$(VARIANT)),$(filter $(B)/unit/daemon/%,$(UNIT)),$(UNIT) $(CHECKS)) $(STORIES)

cov: ## what share of each file the unit tests and stories run
	@find build/cov -name '*.gcda' -delete 2>/dev/null || :
	+@$(SUB) VARIANT=cov check-programs
	+@$(MAKE) --no-print-directory VARIANT=cov run-variant
	@tests/coverage build/cov

valgrind: all $(UNIT) ## the unit tests and the whole main job under valgrind
	@$(RUN) -j 2 -t 900 -w 'valgrind -q --error-exitcode=99 --leak-check=full' $(filter-out $(B)/unit/client/%,$(UNIT))
	@tests/demo/under-valgrind $(B)

lint: all ## the house rules: layers, sizes, headers, words, exports, globals
	@$(RUN) -j 2 $(LINT)

fmt: ## format the sources in place
	@git ls-files '*.c' '*.h' | xargs $(CLANG_FORMAT) -i

attack: all $(FAULT_PROGRAMS) $(B)/unit/client/test_devices_apart ## the whole attack series; CASES=X01,K02 runs these alone
	@$(RUN) -j 2 -t 3600 ATTACK=all $(filter tests/attack/%,$(STORIES)) \
	    $(if $(CASES),,$(B)/unit/client/test_devices_apart)

demo: ## the story of one clinic, on this machine, in a temporary place
	@tests/setup.sh build
	+@$(SUB) all
	@tests/demo/demo.sh $(B)

install: all ## into DESTDIR/PREFIX: programs, man pages, units
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin
	install -m 755 $(B)/kap $(DESTDIR)$(PREFIX)/bin/
	install -m 755 $(B)/kapd $(B)/kapctl $(DESTDIR)$(PREFIX)/sbin/
	for page in $(wildcard docs/man/*.[1-8]); do \
		install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit 1; done
	for unit in $(wildcard systemd/*.service systemd/*.socket systemd/*.timer); do \
		install -D -m 644 $$unit $(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/} || exit 1; done

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{ printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

clean: ## remove build/
	rm -rf build

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all objects unit-programs check-programs setup check check-all unit asan tsan cov run-variant valgrind lint fmt \
        attack demo install help clean
-include $(OBJECTS:.o=.d)
