# Confab: one flat Makefile. `make up` starts everything, `make test` checks it.

CC ?= gcc
CFLAGS ?= -O2 -g
LDFLAGS ?=
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=
VERSION := 0.1.0

# What a call may set for the private stack (local/stack reads them).
export SQL SEARCH PERSISTERS INDEXERS COUNTERS PORT INGEST_PORT SEED TLS
export STACK_DIR STACK_OFFSET CACHE_DIR

WARNINGS := -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wshadow \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wformat=2 -Wpointer-arith -Wwrite-strings -Wvla -Wundef \
	-Wimplicit-fallthrough -fno-common -fstack-protector-strong

# package (Debian's -dev package) by its pkg-config name
PACKAGES := librabbitmq:librabbitmq-dev libmariadb:libmariadb-dev \
	hiredis:libhiredis-dev libmicrohttpd:libmicrohttpd-dev \
	libcjson:libcjson-dev libcurl:libcurl4-openssl-dev libssl:libssl-dev \
	libcrypto:libssl-dev nettle:nettle-dev zlib:zlib1g-dev
MODULES := $(foreach p,$(PACKAGES),$(firstword $(subst :, ,$(p))))

# make V=1 shows the commands
Q := $(if $(V),,@)
JOBS := $(if $(findstring j,$(firstword -$(MAKEFLAGS))),,-j$(shell nproc))
BUILD ?= build
BIN ?= bin
export BIN
DAEMONS := api persister indexer counter
PROGRAMS := $(DAEMONS:%=$(BIN)/confab-%) $(BIN)/confabctl

PKG_CFLAGS = $(shell pkg-config --cflags $(MODULES))
PKG_LIBS = $(shell pkg-config --libs $(MODULES)) -lunistring -lm -pthread
ALL_CFLAGS = $(WARNINGS) -I. -DCONFAB_VERSION='"$(VERSION)"' \
	-DCONFAB_SHARE='"$(PREFIX)/share/confab"' $(PKG_CFLAGS) $(CFLAGS)

objects = $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard $(1)/*.c)))
COMMON := $(call objects,common)
# A module of a program without its main.o is what tests link.
parts = $(filter-out %/main.o,$(call objects,$(1)))

UNIT := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%, \
	$(sort $(wildcard tests/unit/test_*.c)))
INTEGRATION := $(patsubst tests/integration/%.c,$(BUILD)/tests/integration/%, \
	$(sort $(wildcard tests/integration/test_*.c)))
# Scripts, linked into the build folder so that what they say lies beside what
# the others say. Those that stand alone need no stack that runs already.
SCRIPTS := $(addprefix $(BUILD)/tests/,documents/test_api_page \
	documents/test_tour openapi/test_openapi install/test_containers \
	monitoring/test_monitoring)
ALONE := $(addprefix $(BUILD)/tests/,model/test_model chaos/test_chaos \
	install/test_install documents/test_links)
HARNESS := $(patsubst %.c,$(BUILD)/%.o,$(sort $(filter-out \
	tests/integration/test_%,$(wildcard tests/integration/*.c))))

SOURCES := $(sort $(wildcard api/*.[ch] persister/*.[ch] indexer/*.[ch] \
	counter/*.[ch] ctl/*.[ch] common/*.[ch] tests/*/*.[ch] bench/*.[ch]))

.PHONY: all packages-check up status stop start logs down reset test check \
	lint format clean install asan tsan bench chaos reference deb deb-test
.DELETE_ON_ERROR:
.SECONDARY:

all: packages-check
	@$(MAKE) --no-print-directory $(JOBS) programs

.PHONY: programs
programs: $(PROGRAMS)

packages-check:
	@command -v pkg-config >/dev/null || { echo "pkg-config is missing;" \
		"install it with: apt-get install pkg-config" >&2; exit 1; }
	@for p in $(PACKAGES); do \
		pkg-config --exists "$${p%%:*}" || { \
			echo "The library $${p%%:*} is missing; install it" \
				"with: apt-get install $${p##*:}" >&2; \
			exit 1; }; \
	done
	@[ -e /usr/include/unistr.h ] || echo '#include <unistr.h>' | \
		$(CC) -E - >/dev/null 2>&1 || { \
		echo "The library libunistring is missing; install it with:" \
			"apt-get install libunistring-dev" >&2; exit 1; }

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $@"
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BIN)/confab-%: $(BUILD)/libconfab.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(BUILD)/libconfab.a \
		$(PKG_LIBS)

$(BIN)/confabctl: $(BUILD)/libconfab.a $(call objects,ctl)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(BUILD)/libconfab.a \
		$(PKG_LIBS)

$(foreach d,$(DAEMONS),$(eval $(BIN)/confab-$(d): $(call objects,$(d))))

$(BUILD)/libconfab.a: $(COMMON)
	@rm -f $@
	@echo "  AR    $@"
	$(Q)ar rcs $@ $^

# what they embed
$(BUILD)/common/migrations.o: $(wildcard sql/*.sql)
$(BUILD)/api/openapi.o: docs/openapi.yaml

# ---- the private stack ----

up:
	@local/stack packages
	@$(MAKE) --no-print-directory $(JOBS) programs
	@local/stack up

status:
	@local/stack status

stop:
	@local/stack stop $(S)

start:
	@local/stack start $(S)

logs:
	@local/stack logs $(S) $(if $(F),-f)

down:
	@local/stack down

reset:
	@local/stack reset $(if $(YES),--yes)

# ---- tests ----

# A unit test links common/ and the parts of the program that it names in a
# line "/* links: api */". A line "/* wraps: malloc */" puts the test's own
# function, whose symbol is __wrap_malloc, in place of that one.
comma := ,
says = $(shell sed -n 's,^/\* $(1): \(.*\) \*/$$,\1,p' $(<:$(BUILD)/%.o=%.c))
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libconfab.a \
		$(foreach d,$(DAEMONS) ctl,$(BUILD)/lib$(d).a)
	@echo "  LINK  $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< \
		$(addprefix -Wl$(comma)--wrap=,$(call says,wraps)) \
		$(addprefix $(BUILD)/lib,$(addsuffix .a,$(call says,links))) \
		$(BUILD)/libconfab.a $(PKG_LIBS) -lcmocka

$(foreach d,$(DAEMONS) ctl,$(eval $(BUILD)/lib$(d).a: $(call parts,$(d))))
$(DAEMONS:%=$(BUILD)/lib%.a) $(BUILD)/libctl.a:
	@mkdir -p $(@D)
	@rm -f $@
	@echo "  AR    $@"
	$(Q)ar rcs $@ $^

$(BUILD)/tests/integration/test_%: $(BUILD)/tests/integration/test_%.o \
		$(HARNESS) $(BUILD)/libconfab.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(HARNESS) $(BUILD)/libconfab.a \
		$(PKG_LIBS) -lcmocka

# What a test puts between a daemon and its sockets (LD_PRELOAD): without a
# sanitizer, whose runtime the daemon brings.
$(BUILD)/tests/integration/test_socket_faults: $(BUILD)/tests/preload/sockets.so
$(BUILD)/tests/preload/%.so: tests/preload/%.c tests/preload/%.h
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) $(filter-out -fsanitize%,$(ALL_CFLAGS)) $(LDFLAGS) -fPIC \
		-shared -o $@ $<

# The proxy is a program of its own, so that it outlives what it is between.
CHAOS := $(BUILD)/tests/chaos/chaos $(BUILD)/tests/chaos/proxy
CHAOS_PROXY := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/chaos/proxy*.c))
$(BUILD)/tests/chaos/proxy: $(CHAOS_PROXY) $(BUILD)/libconfab.a
$(BUILD)/tests/chaos/chaos: $(filter-out $(CHAOS_PROXY),$(patsubst \
		%.c,$(BUILD)/%.o,$(wildcard tests/chaos/*.c))) \
		$(patsubst %,$(BUILD)/tests/integration/%.o,http http_many) \
		$(BUILD)/libconfab.a
$(CHAOS):
	@echo "  LINK  $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(SCRIPTS) $(ALONE): $(BUILD)/%: %
	@mkdir -p $(@D)
	$(Q)ln -sfn $(abspath $<) $@

check: packages-check
	@$(MAKE) --no-print-directory $(JOBS) $(UNIT)
	@tests/run unit $(UNIT)

test:
	@local/stack packages prometheus
	@$(MAKE) --no-print-directory $(JOBS) programs $(UNIT) $(INTEGRATION) \
		$(SCRIPTS) $(ALONE) $(CHAOS)
	@tests/run all $(UNIT) $(ALONE) -- $(INTEGRATION) $(SCRIPTS)

# Faults under load; see docs/reliability.md. SEED= MINUTES= RATE= PLAN=1
chaos:
	@local/stack packages
	@$(MAKE) --no-print-directory $(JOBS) programs $(CHAOS)
	@tests/chaos/run $(CHAOS)

# All tests with sanitized programs and daemons; a report of any of them fails
# the run. ONLY= and KEEP= as in tests/run.
#   asan: AddressSanitizer and UndefinedBehaviorSanitizer, and leaks
#   tsan: ThreadSanitizer
SANITIZE_asan := -fsanitize=address,undefined -fno-sanitize-recover=all
SANITIZE_tsan := -fsanitize=thread

asan tsan: packages-check
	@$(MAKE) --no-print-directory test SANITIZER=$@ BUILD=build/$@ \
		BIN=build/$@/bin \
		CFLAGS="-O1 -g -fno-omit-frame-pointer $(SANITIZE_$@)"

# ---- measuring ----

# Each source with a main() is a program; all others are linked to each.
BENCH := $(patsubst %.c,%,$(shell grep -l '^int main\b' bench/*.c))
BENCH_PARTS := $(patsubst %.c,$(BUILD)/%.o,$(sort $(filter-out \
	$(BENCH:%=%.c),$(wildcard bench/*.c))))

$(BENCH:%=$(BUILD)/%): %: %.o $(BENCH_PARTS)
	@echo "  LINK  $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# See bench/README.md. QUICK=1 ONLY="accept reads" KEEP=1
bench:
	@local/stack packages gnuplot-nox strace
	@$(MAKE) --no-print-directory $(JOBS) programs $(BENCH:%=$(BUILD)/%)
	@BUILD=$(BUILD) bench/run

# ---- installing ----

# What the documents say of settings and verbs comes from the code.
REFERENCE := $(BUILD)/tests/install/reference
export REFERENCE
$(REFERENCE): $(REFERENCE).o $(DAEMONS:%=$(BUILD)/lib%.a) $(BUILD)/libctl.a \
		$(BUILD)/libconfab.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)
$(BUILD)/tests/install/test_install: $(REFERENCE)

reference: $(REFERENCE)
	@tests/install/generate $(REFERENCE) .

# The files that hold settings are the operator's: never replaced.
SHARE = $(DESTDIR)$(PREFIX)/share
UNITDIR ?= $(PREFIX)/lib/systemd/system
UNITS = $(DESTDIR)$(UNITDIR)
ETC = $(DESTDIR)$(SYSCONFDIR)/confab

# INSTALL_NEEDS= installs what was built already.
INSTALL_NEEDS ?= programs
install: $(INSTALL_NEEDS)
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/man/man1 $(SHARE)/man/man5 \
		$(SHARE)/man/man8 $(SHARE)/confab/sql $(SHARE)/confab/rabbitmq \
		$(SHARE)/confab/elasticsearch $(SHARE)/bash-completion/completions \
		$(SHARE)/confab/monitoring/prometheus $(SHARE)/confab/monitoring/grafana \
		$(UNITS)/confab-.service.d $(DESTDIR)$(PREFIX)/lib/sysusers.d \
		$(DESTDIR)$(PREFIX)/lib/tmpfiles.d $(ETC)
	install -m 0755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin
	install -m 0644 sql/*.sql $(SHARE)/confab/sql
	install -m 0644 rabbitmq/definitions.json $(SHARE)/confab/rabbitmq
	install -m 0755 container/broker $(SHARE)/confab/rabbitmq
	install -m 0644 elasticsearch/elasticsearch.yml \
		$(SHARE)/confab/elasticsearch
	for dir in prometheus grafana; do \
		install -m 0644 monitoring/$$dir/* $(SHARE)/confab/monitoring/$$dir || \
			exit 1; \
	done
	install -m 0644 man/confabctl.1 $(SHARE)/man/man1
	install -m 0644 man/confab.conf.5 $(SHARE)/man/man5
	install -m 0644 $(DAEMONS:%=man/confab-%.8) $(SHARE)/man/man8
	install -m 0644 man/completion.bash \
		$(SHARE)/bash-completion/completions/confabctl
	install -m 0644 systemd/confab-.service.d/*.conf $(UNITS)/confab-.service.d
	install -m 0644 systemd/*.timer systemd/*.target $(UNITS)
	for unit in systemd/*.service; do \
		sed -e 's,=/usr/bin/,=$(PREFIX)/bin/,' \
			-e 's,\([-:]\)/etc/confab,\1$(SYSCONFDIR)/confab,' \
			$$unit >$(UNITS)/$${unit#*/} && \
		chmod 0644 $(UNITS)/$${unit#*/} || exit 1; \
	done
	install -m 0644 systemd/confab.sysusers \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/confab.conf
	install -m 0644 systemd/confab.tmpfiles \
		$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/confab.conf
	for file in systemd/etc/*.conf; do \
		[ -e $(ETC)/$${file##*/} ] || \
			install -m 0644 $$file $(ETC) || exit 1; \
	done

# A package of what is in the checkout: var/deb/*.deb
deb:
	@tests/install/deb var/deb

# Installs it in a Debian of its own; see docs/install.md. As root.
deb-test: deb
	@tests/install/deb_test var/deb

lint:
	@tests/lint $(SOURCES)

format:
	clang-format-14 -i $(SOURCES)

clean:
	rm -rf $(BUILD) $(BIN)

-include $(shell find $(BUILD) -name '*.d' -type f 2>/dev/null)
