# Ringup's workshop: `make help` says what can be made.
#
# Everything sets itself up: assets/linux/setup.sh installs the system packages
# that are missing, Go fetches the modules that go.mod pins. One set of compiler
# flags is used throughout, because other flags would compile the C parts of the
# window, which take minutes, once more.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

export GOFLAGS := $(GOFLAGS) -buildvcs=false

VERSION := $(shell sed -n 's/^Version *= *"\(.*\)"/\1/p' FyneApp.toml)
COMMIT  := $(shell git rev-parse --short=12 HEAD 2>/dev/null)
STAMP   := -X main.version=$(VERSION)$(COMMIT:%=+%)

# The window calls Fyne from Fyne's own goroutine only, so the program is built
# without the checks for that; the window's test runs one built with them.
PROGRAM := -tags migrated_fynedo -ldflags '$(STAMP)'
# With this tag Fyne needs no screen and draws with its own fonts alone, so that
# pictures come out the same everywhere.
HEADLESS := -tags ci
# The system of the shops that don't run Linux.
WINDOWS := GOOS=windows GOARCH=amd64

# Where several goroutines meet. The race detector makes them ten times slower:
# with -short, tests that only measure or repeat may do less.
RACED := ./payments/... ./storage/... ./devices/... ./ui/till/...

FUZZTIME ?= 10s
SALES    ?= 1000000
SHARDS   ?= $(shell nproc)
FOR      ?= 0
BURSTS   ?= 500

title = @printf '\n== %s\n' '$(1)'

##@ Use

.PHONY: run
run: build ## open the window
	./build/ringup

.PHONY: build
build: setup-run ## build the program: build/ringup
	@[[ -e build/ringup ]] || echo 'Building; the very first time takes three or four minutes.'
	go build $(PROGRAM) -o build/ringup .

.PHONY: windows
windows: setup-test ## build the program for Windows: build/windows/ringup.exe
	$(call title,The program for Windows)
	$(WINDOWS) CGO_ENABLED=1 CC=x86_64-w64-mingw32-gcc go build -tags migrated_fynedo -ldflags '-H=windowsgui $(STAMP)' -o build/windows/ringup.exe .

##@ Test

# In the order in which a mistake is found soonest.
CHECKS := format vet staticcheck unit race fuzz-short test-window windows

.PHONY: test
test: setup-test ## run every check below and build for Windows, as CI does
	@begin=$$SECONDS; for check in $(CHECKS); do \
		at=$$SECONDS; \
		$(MAKE) --no-print-directory $$check || \
			{ printf '\nmake test stopped: "make %s" failed.\n' $$check >&2; exit 1; }; \
		echo "-- $$check: $$((SECONDS - at)) s"; \
	done; \
	printf '\nmake test: every check passed (%d s).\n' $$((SECONDS - begin))

.PHONY: lint
lint: format vet staticcheck ## the checks that run nothing: format, vet, staticcheck

.PHONY: format
format: ## is every file as gofmt writes it?
	$(call title,gofmt)
	@unformatted=$$(gofmt -l .); [[ -z $$unformatted ]] || \
		{ printf 'Not as gofmt writes them (gofmt -w mends it):\n%s\n' "$$unformatted" >&2; exit 1; }

.PHONY: vet
vet: setup-run ## go vet: for Linux, without a screen, for Windows
	$(call title,go vet)
	go vet ./...
	go vet $(HEADLESS) ./...
	$(WINDOWS) CGO_ENABLED=0 go vet $(HEADLESS) ./...

.PHONY: staticcheck
staticcheck: setup-run ## staticcheck, at the version that go.mod pins
	$(call title,staticcheck)
	@go build -o build/staticcheck honnef.co/go/tools/cmd/staticcheck
	build/staticcheck -checks 'inherit,-ST1*' ./...
	$(WINDOWS) CGO_ENABLED=0 build/staticcheck -checks 'inherit,-ST1*' $(HEADLESS) ./...

.PHONY: unit
unit: setup-test ## the tests of every package, without a screen
	$(call title,Unit tests)
	go test $(HEADLESS) ./...

.PHONY: race
race: setup-test ## the tests of the packages where goroutines meet, with the race detector
	$(call title,Race detector)
	go test -race -short $(HEADLESS) $(RACED)

# The tests start the program that RINGUP_WINDOW names, on a screen of their own
# (Xvfb), and use it as a person does. That program still has Fyne's checks for
# calls from the wrong goroutine; one that logs such a call fails the tests.
.PHONY: test-window
test-window: setup-test ## use the real window, on a screen that nobody sees
	$(call title,The window)
	go build -ldflags '$(STAMP)' -o build/checked/ringup .
	RINGUP_WINDOW='$(CURDIR)/build/checked/ringup' go test -count=1 $(HEADLESS) ./ui/desktop/e2e

##@ More

.PHONY: fuzz
fuzz: setup-test ## run every fuzz target, each for FUZZTIME=10s; ends with a table
	@FUZZTIME='$(FUZZTIME)' assets/linux/fuzz.sh

# The inputs that are kept already run as tests; this looks for new ones, each
# time elsewhere.
.PHONY: fuzz-short
fuzz-short: setup-test
	$(call title,Fuzzing)
	@FUZZTIME=1s FUZZTARGETS=2 assets/linux/fuzz.sh

# Signing is most of the work, so keys are short here; SALES and SHARDS say how
# many sales in how many processes, FOR=30m when to end at the latest.
.PHONY: soak
soak: setup-test ## live through SALES=1000000 sales under every fault, in virtual time; ends with a table
	$(call title,$(SALES) sales in $(SHARDS) processes)
	go test -tags ci,shortkeys -c -o build/soak ./payments/soak
	cd payments/soak && TMPDIR=$$([[ -w /dev/shm ]] && echo /dev/shm || echo "$${TMPDIR:-/tmp}") $(CURDIR)/build/soak \
		-test.v -test.run '^TestSoak$$' -test.timeout 0 -sales $(SALES) -shards $(SHARDS) -for $(FOR) | grep -v '^ *--- PASS'

.PHONY: crash
crash: setup-test ## kill a till, or fail its disk, at every call that it makes; ends with a table
	$(call title,A till that dies at every point of a sale and of a refund)
	go test $(HEADLESS) -c -o build/crash ./ui/console
	cd ui/console && $(CURDIR)/build/crash -test.run '^TestKilledAnywhere$$' -test.timeout 2h -every

.PHONY: model
model: setup-test ## prove the rules of a payment's life, and that each of them is needed
	$(call title,The model of the payment life)
	go test -count=1 -timeout 60m -v ./payments/model -long | grep -v '^ *\(=== RUN\|--- PASS\)'

# A test's table is what it logs: the lines that go test puts around it go.
TABLES := grep -Ev '^ *(=== |--- PASS|PASS$$|\?   )'

.PHONY: devices
devices: setup-test ## try scanners, printers and slips: on terminal lines, over TCP and (BURSTS=500) in the window; ends with tables
	$(call title,Scanners)
	go test -count=1 -v -timeout 30m $(HEADLESS) ./devices/scanner -troubles 2000000 -linescans 10 | $(TABLES)
	$(call title,Printers and displays)
	go test -count=1 -v $(HEADLESS) ./devices/printer/simulator -run 'TestASlip|TestNeverTwice' -long | $(TABLES)
	go test -count=1 $(HEADLESS) ./devices/printer ./devices/display
	$(call title,Every slip on every printer)
	go test -count=1 -v $(HEADLESS) ./ui/till -run '^TestPaper|^TestEverySlip' -every-slip | $(TABLES)
	go test -count=1 $(HEADLESS) ./receipts/...
	$(call title,A scanner that types into the window)
	go build -ldflags '$(STAMP)' -o build/checked/ringup .
	RINGUP_WINDOW='$(CURDIR)/build/checked/ringup' go test -count=1 -v -timeout 30m $(HEADLESS) ./ui/desktop/e2e -run Bursts -bursts $(BURSTS) | $(TABLES)

.PHONY: bench-slips
bench-slips: setup-test ## time slips to bytes beside three encoders of Node
	@assets/linux/setup.sh compare
	cd receipts/escpos/bench && npm ci --ignore-scripts --no-audit --no-fund
	go test $(HEADLESS) -run '^$$' -bench AgainstNode -benchtime 1x ./receipts/escpos -node "$$(command -v node)"

.PHONY: bench
bench: setup-test ## run every benchmark
	go test $(HEADLESS) -run '^$$' -bench . -benchmem ./...

.PHONY: golden
golden: ## write the golden files anew; git diff then shows what changed
	@for package in $$(grep -rl --include='*_test.go' 'flag.Bool("update"' . | xargs -r dirname | sort -u); do \
		go test $(HEADLESS) "$$package" -update; \
	done

.PHONY: clean
clean: ## remove what was built
	rm -rf build ringup ringup.exe

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup-run setup-test
setup-run setup-test: setup-%:
	@assets/linux/setup.sh $*
