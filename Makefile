# The two commands of the front page are `make run` and `make test`; `make help` lists the others.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.DEFAULT_GOAL := help

CACHE := $(or $(CALLSIGN_CACHE),$(HOME)/.cache/callsign)
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
VENV := $(CACHE)/venv
REAL_VENV := $(CACHE)/real-venv
FUZZ_SECONDS ?= 10
export CALLSIGN_BINARY := $(TARGET)/debug/callsign
export CALLSIGN_REAL_VENV := $(REAL_VENV)
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help
help: ## List the commands.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | column -t -s $$'\t'

.PHONY: run
run: ## Build, look for keys and a local Ollama, and serve on port 12000.
	cargo build --release --locked
	mkdir -p run
	$(TARGET)/release/callsign init --force --output run/callsign.yaml
	exec $(TARGET)/release/callsign serve run/callsign.yaml

.PHONY: test
test: tools lint docs rust python node admin dashboard clients fuzz ## Install what the tests need and run everything.

.PHONY: tools
tools:
	@scripts/prerequisites.sh

.PHONY: lint
lint: ## Format, lints, house rules and, where cargo-deny is installed, dependencies.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo xtask tidy
	@if cargo deny --version >/dev/null 2>&1; then cargo deny --log-level error check bans licenses sources; fi

.PHONY: docs
docs: ## The documentation of the code, without a warning.
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items --locked

.PHONY: rust
rust: ## The Rust tests, by nextest where it is installed.
	@if cargo nextest --version >/dev/null 2>&1; then \
		set -x; cargo nextest run --workspace --locked; \
	else \
		set -x; cargo test --workspace --lib --bins --tests --locked; \
	fi
	cargo test --workspace --doc --locked --quiet

.PHONY: binary
binary:
	cargo build --locked

.PHONY: python
python: binary ## The official Python clients against the binary.
	@scripts/python-env.sh $(VENV) tests/python/requirements.txt
	cd tests/python && $(VENV)/bin/python -m pytest

.PHONY: node
node: binary ## The official Node clients against the binary.
	@scripts/node-env.sh tests/node $(CACHE)/node
	cd tests/node && node --test --test-reporter=spec

.PHONY: dashboard
dashboard: tools binary ## The dashboard in a real Chromium, before the binary and before a gateway that only pretends.
	@scripts/node-env.sh tests/dashboard $(CACHE)/dashboard-node
	cd tests/dashboard && node --test --test-reporter=spec

.PHONY: screenshots
screenshots: tools ## The pictures of the dashboard in docs/images, anew.
	@scripts/node-env.sh tests/dashboard $(CACHE)/dashboard-node
	cd tests/dashboard && node screenshots.mjs

.PHONY: admin
admin: binary ## The admin listener held against its own description; a minute.
	@scripts/python-env.sh $(CACHE)/admin-venv tests/admin/requirements.txt
	cd tests/admin && $(CACHE)/admin-venv/bin/python -m pytest

.PHONY: clients
clients: binary ## Clients and coding agents, each on targets of every dialect; installs a gigabyte once.
	@scripts/python-env.sh $(CACHE)/clients-venv tests/clients/requirements.txt
	@scripts/node-env.sh tests/clients $(CACHE)/clients-node
	cd tests/clients && $(CACHE)/clients-venv/bin/python -m pytest

.PHONY: fuzz
fuzz: ## Each fuzz target for FUZZ_SECONDS seconds.
	fuzz/run.sh $(FUZZ_SECONDS)

.PHONY: test-real
test-real: tools binary ## Install a small real model (compiles for ten minutes, once) and test with it.
	@scripts/python-env.sh $(VENV) tests/python/requirements.txt
	@nice scripts/python-env.sh $(REAL_VENV) tests/python/requirements-real.txt
	cd tests/python && $(VENV)/bin/python -m pytest test_real_model.py

.PHONY: eval
eval: ## What the guardrails find and what they take for it by mistake; EVAL_SETS names a folder with further sets.
	@scripts/eval.sh $(CACHE) $(TARGET) $(EVAL_SETS)

.PHONY: bench
bench: ## Measure against nginx on this machine; four minutes on a quiet one.
	cargo xtask bench
