# Two commands do everything: make run, make test. make help tells the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

GO   ?= go
NPM  ?= npm
BIN  := bin/officeportal

VERSION := $(shell git -c safe.directory='*' describe --always --dirty 2>/dev/null || echo unknown)
# The version above says what a build was made of; Go's own stamp fails where git distrusts the directory.
export GOFLAGS := $(GOFLAGS) -trimpath -buildvcs=false
LDFLAGS := -s -w -X officeportal/internal/cli.Version=$(VERSION)

# make test-go ARGS='-run TestName ./internal/family'
ARGS ?= ./...

say = @printf '\n== %s  %s\n' "$$(date +%H:%M:%S)" "$(1)"

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- run -------------------------------------------------------------------------------------------

.PHONY: run
run: build ## build everything and start it on SQLite with demo data; prints the address and the demo sign-ins
	@exec $(BIN) serve

.PHONY: build
build: web ## the whole product in one file, bin/officeportal
	$(GO) build -ldflags '$(LDFLAGS)' -o $(BIN) .

# The front end, built when something it is made of is newer.
WEB := frontend/dist/.built
WEB_FROM := $(shell find frontend graph/schema internal/text/locales -type f \
	-not -path 'frontend/dist/*' -not -path '*/node_modules/*' 2>/dev/null)

.PHONY: web
web: $(WEB)

$(WEB): node_modules/.installed $(WEB_FROM) package.json
	$(NPM) run --silent build
	@touch frontend/dist/.keep $@

# What the lock file names and nothing else.
node_modules/.installed: package.json package-lock.json
	$(NPM) ci --no-audit --no-fund
	@touch $@

# --- test ------------------------------------------------------------------------------------------

# What fails soonest comes first; one thing after the other, whatever -j says.
.NOTPARALLEL:
.PHONY: test
test: lint generate-check test-web setup migration-check test-go test-cluster test-e2e ## everything, with whatever that needs
	$(call say,everything passed)

.PHONY: setup
setup: node_modules/.installed ## install what the tests need: MariaDB, Chromium, npm packages
	$(call say,what the tests need)
	@scripts/debian-packages

# Without vet, which lint runs on everything, and without debugging symbols: both cost a cold machine minutes. Tests that
# start the program get the built one. Four at a time, also on two cores: most of their time they wait.
.PHONY: test-go
test-go: build ## Go tests, on SQLite and on a throwaway MariaDB (ARGS='-run Name ./package')
	$(call say,Go tests)
	E2E_BINARY=$(CURDIR)/$(BIN) $(GO) run ./internal/store/dbtest/throwaway -- $(GO) test -vet=off -ldflags '-s -w' -parallel 4 -timeout 8m $(ARGS)

.PHONY: test-race
test-race: node_modules/.installed ## the Go tests under the race detector (needs a C compiler)
	$(call say,Go tests with the race detector)
	$(GO) run ./internal/store/dbtest/throwaway -- $(GO) test -race -timeout 20m $(ARGS)

.PHONY: test-web
test-web: web ## tests of the front end, and the size of what a browser loads first
	$(call say,front end)
	$(NPM) test
	$(NPM) run --silent size

.PHONY: test-e2e
test-e2e: build ## the built program in a real browser
	$(call say,browser tests)
	E2E_BINARY=$(CURDIR)/$(BIN) $(NPM) run --silent test:e2e

# One part: make test-cluster ARGS='-run TestCluster/ledger'. Those of one node are among the Go tests.
.PHONY: test-cluster
test-cluster: build ## three processes of the built program on a Galera cluster of three nodes; a node is killed
	$(call say,Galera)
	E2E_BINARY=$(CURDIR)/$(BIN) $(GO) test -count=1 -v -tags cluster -timeout 8m $(filter-out ./...,$(ARGS)) ./e2e/cluster

# --- check -----------------------------------------------------------------------------------------

# Written by hand: everything git knows and has, but what a generator wrote.
HAND_WRITTEN = git -c safe.directory='*' ls-files -co --exclude-standard -- '*.go' | \
	{ xargs ls -d 2>/dev/null || true; } | xargs grep -LE '^// Code generated .* DO NOT EDIT' --

.PHONY: lint
lint: node_modules/.installed ## formatting, go vet, staticcheck, Biome, types, known vulnerabilities
	$(call say,checks)
	@unformatted=$$($(HAND_WRITTEN) | xargs gofmt -l); \
		[ -z "$$unformatted" ] || { echo "not formatted, run make format:"; echo "$$unformatted"; exit 1; }
	$(GO) mod verify
	$(GO) vet -tags cluster ./...
	$(GO) tool staticcheck -tags cluster ./...
	$(NPM) run --silent lint
	$(NPM) run --silent typecheck
	@scripts/vulnerabilities

.PHONY: format
format: node_modules/.installed ## format what was written by hand
	@$(HAND_WRITTEN) | xargs gofmt -w
	$(NPM) run --silent format

# --- generate --------------------------------------------------------------------------------------

.PHONY: generate
generate: node_modules/.installed ## ent, gqlgen and the GraphQL types of the front end; commit what changes
	$(GO) generate ./ent
	$(GO) tool gqlgen generate
	$(GO) generate ./examples/go
	$(NPM) run --silent generate

.PHONY: generate-check
generate-check: node_modules/.installed ## prove that generating again changes nothing
	$(call say,generated code)
	@scripts/unchanged $(MAKE) generate

.PHONY: migration
migration: ## the migrations that ent/schema needs, for both databases: make migration NAME=what_changes
	@[ -n "$(NAME)" ] || { echo "say what changes: make migration NAME=add_birth_date"; exit 2; }
	$(GO) run ./scripts/migration $(NAME)

.PHONY: migration-check
migration-check: ## prove that the migrations lead to ent/schema
	$(call say,migrations)
	$(GO) run ./scripts/migration -check

# --- measure ---------------------------------------------------------------------------------------

.PHONY: bench
bench: ## measure speed at small and large size; a table at the end (BENCH='-large 10000')
	$(call say,benchmarks)
	$(GO) run ./bench $(BENCH)
	$(GO) test -run '^$$' -bench . ./bench

.PHONY: bench-timing
bench-timing: ## what a stranger with a stopwatch could find out from signIn and forgotPassword (BENCH='-pairs 4000')
	$(call say,timing)
	$(GO) run ./bench/timing $(BENCH)

.PHONY: clean
clean: ## remove what was built; never data/
	rm -rf bin node_modules coverage test-results
	find frontend/dist -mindepth 1 -not -name .keep -delete
