# kapd: build, test, demo. `make help` lists the targets; VARIANT picks the build directory, V=1 shows commands.
VARIANT ?= plain
B       := build/$(VARIANT)
CC      ?= cc
PKG     ?= pkg-config
OPT     ?= -O2 -g
WARN    := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wvla
WERROR  ?=
SAN     ?=
V       ?= 0
Q       := $(if $(filter 1,$(V)),,@)

# msgpack-c changed the name of its package between Debian 12 and 13.
MSGPACK := $(shell $(PKG) --exists msgpack && echo msgpack || echo msgpack-c)
LIBS_PROTO  := libcrypto $(MSGPACK)
LIBS_CERTS  := libssl
LIBS_DAEMON := libevent_core libevent_openssl
LIBS_CLIENT := libedit libkeyutils jansson libqrencode
# no pkg-config files for these in Debian
LDL_PROTO   := -lunistring
LDL_DAEMON  := -llmdb -linih -lpthread
LDL_CLIENT  := -llmdb

CPPFLAGS += -D_GNU_SOURCE -I.
CFLAGS_ALL = -std=c11 $(OPT) $(WARN) $(WERROR) $(SAN) -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE -MMD -MP \
             $(shell $(PKG) --cflags $(LIBS_PROTO) $(LIBS_CERTS) $(LIBS_DAEMON) $(LIBS_CLIENT)) $(CFLAGS)
LDFLAGS_ALL = $(SAN) -pie -Wl,-z,relro,-z,now $(LDFLAGS)

MAINS   := daemon/kapd_main.c daemon/kapctl_main.c client/kap_main.c
src      = $(filter-out $(MAINS),$(wildcard $(1)/*.c) $(wildcard $(1)/*/*.c))
objs     = $(patsubst %.c,$(B)/%.o,$(1))
PROTO_O := $(call objs,$(call src,proto))
CERTS_O := $(call objs,$(call src,certs))
DAEMON_O := $(call objs,$(call src,daemon))
CLIENT_O := $(call objs,$(call src,client))
PROGRAMS := $(B)/kapd $(B)/kapctl $(B)/kap

LINK_PROTO  = $(B)/libproto.a $(shell $(PKG) --libs $(LIBS_PROTO)) $(LDL_PROTO)
LINK_CERTS  = $(B)/libcerts.a $(B)/libproto.a $(shell $(PKG) --libs $(LIBS_CERTS) $(LIBS_PROTO)) $(LDL_PROTO)
LINK_DAEMON = $(B)/libdaemon.a $(B)/libcerts.a $(B)/libproto.a \
              $(shell $(PKG) --libs $(LIBS_DAEMON) $(LIBS_CERTS) $(LIBS_PROTO)) $(LDL_DAEMON) $(LDL_PROTO)
LINK_CLIENT = $(B)/libclient.a $(B)/libcerts.a $(B)/libproto.a \
              $(shell $(PKG) --libs $(LIBS_CLIENT) $(LIBS_CERTS) $(LIBS_PROTO)) $(LDL_CLIENT) $(LDL_PROTO)

all: $(PROGRAMS)

$(B)/libproto.a: $(PROTO_O)
$(B)/libcerts.a: $(CERTS_O)
$(B)/libdaemon.a: $(DAEMON_O)
$(B)/libclient.a: $(CLIENT_O)
%.a:
	@rm -f $@
	$(Q)ar rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@$(if $(Q),echo "  CC $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -c -o $@ $<

$(B)/kapd: $(B)/daemon/kapd_main.o $(B)/libdaemon.a $(B)/libcerts.a $(B)/libproto.a
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(LINK_DAEMON)
$(B)/kapctl: $(B)/daemon/kapctl_main.o $(B)/libdaemon.a $(B)/libcerts.a $(B)/libproto.a
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(LINK_DAEMON)
$(B)/kap: $(B)/client/kap_main.o $(B)/libclient.a $(B)/libcerts.a $(B)/libproto.a
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(LINK_CLIENT)

# tests/unit/LAYER/test_x.c becomes $(B)/unit/LAYER/test_x, linked with that layer and those below it, and with the
# helpers in tests/unit/support.
SUPPORT_O := $(call objs,$(wildcard tests/unit/support/*.c))
UNIT := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*/test_*.c))
unit_rule = $(B)/unit/$(1)/%: $(B)/tests/unit/$(1)/%.o $(SUPPORT_O) $(2) ; \
	@mkdir -p $$(@D); $(CC) $(LDFLAGS_ALL) -o $$@ $$< $(SUPPORT_O) $(3) -lcmocka
$(eval $(call unit_rule,proto,$(B)/libproto.a,$$(LINK_PROTO)))
$(eval $(call unit_rule,certs,$(B)/libcerts.a $(B)/libproto.a,$$(LINK_CERTS)))
$(eval $(call unit_rule,daemon,$(B)/libdaemon.a $(B)/libcerts.a $(B)/libproto.a,$$(LINK_DAEMON)))
$(eval $(call unit_rule,client,$(B)/libclient.a $(B)/libcerts.a $(B)/libproto.a,$$(LINK_CLIENT)))
unit: $(UNIT)

clean:
	rm -rf build

.SECONDARY:
.PHONY: all unit clean
-include $(shell find $(B) -name '*.d' 2>/dev/null)
